"""What follows from a report; how much trouble adds up; who may ask how much; where to listen and look."""

from datetime import UTC, datetime, timedelta

import pytest

from stoppress.inbound.bounce_scores import DELAY_POINTS, HALF_LIFE, report_points, decayed_score
from stoppress.inbound.bounces import OPERATOR_REASONS, RecipientReport, ReportKind, BounceReason
from stoppress.inbound.decide import ReportAction, ReportedSubscriber, decide_action
from stoppress.inbound.receive.listen_addresses import ListenAddress, parse_listen_addresses
from stoppress.inbound.receive.listener_limits import MAX_CONNECTIONS, MAX_CONNECTIONS_PER_NETWORK, MAX_MESSAGES_PER_MINUTE, MAX_REFUSALS_PER_MINUTE, ConnectionLimiter
from stoppress.inbound.receive.mailbox_url import MailboxUrl
from stoppress.inbound.receive.recipient_check import make_recipient_check
from stoppress.runtime.networks import internet_network

NOW = datetime(2026, 3, 8, 19, 0, tzinfo=UTC)
EARLIER, LATER = NOW - timedelta(days=1), NOW + timedelta(seconds=1)
ADA = ReportedSubscriber("ada@mail.example", sent_at=NOW, confirmed_at=EARLIER)
DEAD = RecipientReport(ReportKind.BOUNCE, "ada@mail.example", BounceReason.USER_UNKNOWN, dead=True)


def test_only_the_dead_and_those_who_complain_get_no_more_mail():
    assert decide_action(DEAD, ADA) is ReportAction.SUPPRESS_DEAD
    assert decide_action(RecipientReport(ReportKind.COMPLAINT), ADA) is ReportAction.SUPPRESS_COMPLAINT
    assert decide_action(RecipientReport(ReportKind.UNSUBSCRIBE), ADA) is ReportAction.UNSUBSCRIBE
    for kind in (ReportKind.BOUNCE, ReportKind.DELAYED, ReportKind.AUTHENTICATION, ReportKind.AUTO_REPLY, ReportKind.NOTHING):
        for reason in BounceReason:
            assert decide_action(RecipientReport(kind, "", reason), ADA) is ReportAction.NONE
    assert decide_action(RecipientReport(ReportKind.DELAYED, "", BounceReason.USER_UNKNOWN, dead=True), ADA) is ReportAction.NONE


@pytest.mark.parametrize(
    ("address", "deed"),
    [
        ("", ReportAction.SUPPRESS_DEAD),
        ("ADA@MAIL.EXAMPLE", ReportAction.SUPPRESS_DEAD),
        ("u1042@store7.mail.example", ReportAction.SUPPRESS_DEAD),
        ("ben@other.example", ReportAction.NONE),
        ("ada@notmail.example", ReportAction.NONE),
    ],
)
def test_a_forwarded_mailbox_does_not_kill_the_address_that_forwards(address, deed):
    assert decide_action(RecipientReport(ReportKind.BOUNCE, address, BounceReason.USER_UNKNOWN, dead=True), ADA) is deed


def test_domains_are_compared_as_the_dns_knows_them():
    reader = ReportedSubscriber("ada@bücher.example", NOW, None)
    finding = RecipientReport(ReportKind.BOUNCE, "ada@xn--bcher-kva.example", BounceReason.USER_UNKNOWN, dead=True)
    assert decide_action(finding, reader) is ReportAction.SUPPRESS_DEAD


def test_who_has_confirmed_since_lives_and_without_a_message_nobody_dies():
    assert decide_action(DEAD, ReportedSubscriber("ada@mail.example", NOW, LATER)) is ReportAction.NONE
    assert decide_action(DEAD, ReportedSubscriber("ada@mail.example", NOW, None)) is ReportAction.SUPPRESS_DEAD
    assert decide_action(DEAD, ReportedSubscriber("ada@mail.example", None, EARLIER)) is ReportAction.NONE
    kept = ReportedSubscriber("ada@mail.example", NOW, EARLIER, changed_since_send=True)  # confirmed by a machine that is behind
    assert decide_action(DEAD, kept) is ReportAction.NONE
    assert decide_action(RecipientReport(ReportKind.COMPLAINT), ReportedSubscriber("ada@mail.example", None, LATER)) is ReportAction.SUPPRESS_COMPLAINT


def test_the_erased_and_the_canary_are_only_counted():
    assert decide_action(DEAD, ReportedSubscriber("", NOW, None)) is ReportAction.NONE
    assert decide_action(RecipientReport(ReportKind.COMPLAINT), ReportedSubscriber("canary@mail.example", NOW, None, is_canary=True)) is ReportAction.NONE


def test_a_score_halves_and_what_is_our_fault_counts_nothing():
    full = (ReportKind.BOUNCE.value, BounceReason.MAILBOX_FULL.value)
    assert decayed_score([(*full, NOW)], NOW) == 1
    assert decayed_score([(*full, NOW - HALF_LIFE), (*full, NOW)], NOW) == 1.5
    assert decayed_score([(*full, LATER)], NOW) == 1
    assert all(report_points("bounce", reason.value) == 0 for reason in OPERATOR_REASONS)
    assert all(report_points("bounce", reason.value) >= 0 for reason in BounceReason)
    assert report_points("delayed", "expired") == DELAY_POINTS and report_points("complaint", "") == report_points("bounce", "") == 0


def test_the_door_opens_for_reports_only_and_at_our_domain_only():
    admit = make_recipient_check("Lists.Example", ["abuse", "postmaster"])
    assert admit("abuse@lists.example") and admit("Abuse@LISTS.example") and admit("Postmaster")
    assert not admit("abuse@elsewhere.example") and not admit("abuse") and not admit("") and not admit("@")
    assert not admit("bounce+1a.0123456789abcdef@lists.example") and not admit("reader@lists.example")


def test_networks_are_counted_and_neighbours_are_not():
    assert internet_network("203.0.113.9") == "" and internet_network("nonsense") == "" and internet_network("") == ""
    assert internet_network("127.0.0.1") == internet_network("10.1.2.3") == internet_network("fe80::1%eth0") == ""
    assert internet_network("::ffff:8.8.8.8") == internet_network("8.8.8.9") == "8.8.8.0/24"
    assert internet_network("2600:1f18:1::5") == "2600:1f18:1::/48"


def test_one_network_has_its_share_and_all_together_have_a_limit():
    traffic = ConnectionLimiter()
    assert [traffic.open_connection("8.8.8.0/24", 0) for _ in range(MAX_CONNECTIONS_PER_NETWORK + 1)] == [True] * MAX_CONNECTIONS_PER_NETWORK + [False]
    assert [traffic.open_connection("", 0) for _ in range(MAX_CONNECTIONS - MAX_CONNECTIONS_PER_NETWORK + 1)][-2:] == [True, False]
    traffic.close_connection("8.8.8.0/24", 0, 0)
    assert traffic.open_connection("8.8.8.0/24", 0) and not traffic.open_connection("", 0)


def test_messages_and_refusals_are_limited_by_the_minute():
    traffic = ConnectionLimiter()
    assert all(traffic.allow_message("8.8.8.0/24", 0) for _ in range(MAX_MESSAGES_PER_MINUTE))
    assert not traffic.allow_message("8.8.8.0/24", 59) and traffic.allow_message("", 59) and traffic.allow_message("8.8.8.0/24", 60)
    assert traffic.open_connection("9.9.9.0/24", 61)
    traffic.close_connection("9.9.9.0/24", MAX_REFUSALS_PER_MINUTE, 61)
    assert not traffic.open_connection("9.9.9.0/24", 62) and traffic.open_connection("9.9.9.0/24", 125)


def test_places_to_listen_at():
    assert parse_listen_addresses("") == []
    assert parse_listen_addresses("smtp://0.0.0.0:2525, lmtp:///run/a.sock?mode=666") == [
        ListenAddress(False, "0.0.0.0", 2525),
        ListenAddress(True, path="/run/a.sock", mode=0o666),
    ]
    assert [str(place) for place in parse_listen_addresses("smtp://[::]:25?cert=/c&key=/k,lmtp:///a")] == [
        "smtp://[::]:25",
        "lmtp:///a",
    ]
    for wrong in ("smtp:///a", "http://a:1", "smtp://a", "smtp://a:0", "lmtp://", "smtp://a:1?x=1", "smtp://a:x",
                  "lmtp:///a?mode=9", "smtp://a:1/b", "smtp://u@a:1"):  # fmt: skip
        with pytest.raises(ValueError):
            parse_listen_addresses(wrong)


def test_a_mailbox_is_named_by_its_address_and_never_shows_its_password():
    found = MailboxUrl.parse("imaps://desk%40lists.example:p%2Fw@mail.example/Bounces/In?then=move:Done&verify=no")
    assert (found.user, found.password, found.port) == ("desk@lists.example", "p/w", 993)
    assert (found.folder, found.then, found.verifies_certificate) == ("Bounces/In", "move:Done", False)
    assert "p/w" not in f"{found!r}{found}" and "desk" not in f"{found!r}{found}"
    assert MailboxUrl.parse("imap://u:p@127.0.0.1").folder == "INBOX"
    for wrong in ("imap://u:p@mail.example", "imaps://mail.example", "imaps://u:p@", "pop://u:p@h", "imaps://u:p@h:x",
                  "imaps://u:p@h?then=burn", "imaps://u:p@h?then=move:", "imaps://u:p@h?x=1", "imaps://u%0a:p@h",
                  "imaps://u:p@h?verify=maybe"):  # fmt: skip
        with pytest.raises(ValueError):
            MailboxUrl.parse(wrong)
