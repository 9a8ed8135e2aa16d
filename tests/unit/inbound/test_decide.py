"""What follows from a report; how much trouble adds up; who may ask how much; where to listen and look."""

from datetime import UTC, datetime, timedelta

import pytest

from stoppress.inbound.bounce_scores import DELAY, HALF_LIFE, points, score
from stoppress.inbound.bounces import OPERATOR_REASONS, Finding, Kind, Reason
from stoppress.inbound.decide import Deed, Reader, deed_for
from stoppress.inbound.receive.listen_addresses import Place, places
from stoppress.inbound.receive.listener_limits import AT_ONCE, FROM_ONE, MESSAGES, REFUSALS, Traffic
from stoppress.inbound.receive.mailbox_url import MailboxAddress
from stoppress.inbound.receive.recipient_check import door
from stoppress.runtime.networks import internet_network

NOW = datetime(2026, 3, 8, 19, 0, tzinfo=UTC)
EARLIER, LATER = NOW - timedelta(days=1), NOW + timedelta(seconds=1)
ADA = Reader("ada@mail.example", sent_at=NOW, confirmed_at=EARLIER)
DEAD = Finding(Kind.BOUNCE, "ada@mail.example", Reason.USER_UNKNOWN, dead=True)


def test_only_the_dead_and_those_who_complain_get_no_more_mail():
    assert deed_for(DEAD, ADA) is Deed.SUPPRESS_DEAD
    assert deed_for(Finding(Kind.COMPLAINT), ADA) is Deed.SUPPRESS_COMPLAINT
    assert deed_for(Finding(Kind.UNSUBSCRIBE), ADA) is Deed.LEAVE
    for kind in (Kind.BOUNCE, Kind.DELAYED, Kind.AUTHENTICATION, Kind.AUTO_REPLY, Kind.NOTHING):
        for reason in Reason:
            assert deed_for(Finding(kind, "", reason), ADA) is Deed.NOTHING
    assert deed_for(Finding(Kind.DELAYED, "", Reason.USER_UNKNOWN, dead=True), ADA) is Deed.NOTHING


@pytest.mark.parametrize(
    ("address", "deed"),
    [
        ("", Deed.SUPPRESS_DEAD),
        ("ADA@MAIL.EXAMPLE", Deed.SUPPRESS_DEAD),
        ("u1042@store7.mail.example", Deed.SUPPRESS_DEAD),
        ("ben@other.example", Deed.NOTHING),
        ("ada@notmail.example", Deed.NOTHING),
    ],
)
def test_a_forwarded_mailbox_does_not_kill_the_address_that_forwards(address, deed):
    assert deed_for(Finding(Kind.BOUNCE, address, Reason.USER_UNKNOWN, dead=True), ADA) is deed


def test_domains_are_compared_as_the_dns_knows_them():
    reader = Reader("ada@bücher.example", NOW, None)
    finding = Finding(Kind.BOUNCE, "ada@xn--bcher-kva.example", Reason.USER_UNKNOWN, dead=True)
    assert deed_for(finding, reader) is Deed.SUPPRESS_DEAD


def test_who_has_confirmed_since_lives_and_without_a_message_nobody_dies():
    assert deed_for(DEAD, Reader("ada@mail.example", NOW, LATER)) is Deed.NOTHING
    assert deed_for(DEAD, Reader("ada@mail.example", NOW, None)) is Deed.SUPPRESS_DEAD
    assert deed_for(DEAD, Reader("ada@mail.example", None, EARLIER)) is Deed.NOTHING
    kept = Reader("ada@mail.example", NOW, EARLIER, changed_since_send=True)  # confirmed by a machine that is behind
    assert deed_for(DEAD, kept) is Deed.NOTHING
    assert deed_for(Finding(Kind.COMPLAINT), Reader("ada@mail.example", None, LATER)) is Deed.SUPPRESS_COMPLAINT


def test_the_erased_and_the_canary_are_only_counted():
    assert deed_for(DEAD, Reader("", NOW, None)) is Deed.NOTHING
    assert deed_for(Finding(Kind.COMPLAINT), Reader("canary@mail.example", NOW, None, real=False)) is Deed.NOTHING


def test_a_score_halves_and_what_is_our_fault_counts_nothing():
    full = (Kind.BOUNCE.value, Reason.MAILBOX_FULL.value)
    assert score([(*full, NOW)], NOW) == 1
    assert score([(*full, NOW - HALF_LIFE), (*full, NOW)], NOW) == 1.5
    assert score([(*full, LATER)], NOW) == 1
    assert all(points("bounce", reason.value) == 0 for reason in OPERATOR_REASONS)
    assert all(points("bounce", reason.value) >= 0 for reason in Reason)
    assert points("delayed", "expired") == DELAY and points("complaint", "") == points("bounce", "") == 0


def test_the_door_opens_for_reports_only_and_at_our_domain_only():
    admit = door("Lists.Example", ["abuse", "postmaster"])
    assert admit("abuse@lists.example") and admit("Abuse@LISTS.example") and admit("Postmaster")
    assert not admit("abuse@elsewhere.example") and not admit("abuse") and not admit("") and not admit("@")
    assert not admit("bounce+1a.0123456789abcdef@lists.example") and not admit("reader@lists.example")


def test_networks_are_counted_and_neighbours_are_not():
    assert internet_network("203.0.113.9") == "" and internet_network("nonsense") == "" and internet_network("") == ""
    assert internet_network("127.0.0.1") == internet_network("10.1.2.3") == internet_network("fe80::1%eth0") == ""
    assert internet_network("::ffff:8.8.8.8") == internet_network("8.8.8.9") == "8.8.8.0/24"
    assert internet_network("2600:1f18:1::5") == "2600:1f18:1::/48"


def test_one_network_has_its_share_and_all_together_have_a_limit():
    traffic = Traffic()
    assert [traffic.may_enter("8.8.8.0/24", 0) for _ in range(FROM_ONE + 1)] == [True] * FROM_ONE + [False]
    assert [traffic.may_enter("", 0) for _ in range(AT_ONCE - FROM_ONE + 1)][-2:] == [True, False]
    traffic.left("8.8.8.0/24", 0, 0)
    assert traffic.may_enter("8.8.8.0/24", 0) and not traffic.may_enter("", 0)


def test_messages_and_refusals_are_limited_by_the_minute():
    traffic = Traffic()
    assert all(traffic.may_send("8.8.8.0/24", 0) for _ in range(MESSAGES))
    assert not traffic.may_send("8.8.8.0/24", 59) and traffic.may_send("", 59) and traffic.may_send("8.8.8.0/24", 60)
    assert traffic.may_enter("9.9.9.0/24", 61)
    traffic.left("9.9.9.0/24", REFUSALS, 61)
    assert not traffic.may_enter("9.9.9.0/24", 62) and traffic.may_enter("9.9.9.0/24", 125)


def test_places_to_listen_at():
    assert places("") == []
    assert places("smtp://0.0.0.0:2525, lmtp:///run/a.sock?mode=666") == [
        Place(False, "0.0.0.0", 2525),
        Place(True, path="/run/a.sock", mode=0o666),
    ]
    assert [str(place) for place in places("smtp://[::]:25?cert=/c&key=/k,lmtp:///a")] == [
        "smtp://[::]:25",
        "lmtp:///a",
    ]
    for wrong in ("smtp:///a", "http://a:1", "smtp://a", "smtp://a:0", "lmtp://", "smtp://a:1?x=1", "smtp://a:x",
                  "lmtp:///a?mode=9", "smtp://a:1/b", "smtp://u@a:1"):  # fmt: skip
        with pytest.raises(ValueError):
            places(wrong)


def test_a_mailbox_is_named_by_its_address_and_never_shows_its_password():
    found = MailboxAddress.parse("imaps://desk%40lists.example:p%2Fw@mail.example/Bounces/In?then=move:Done&verify=no")
    assert (found.user, found.password, found.port) == ("desk@lists.example", "p/w", 993)
    assert (found.folder, found.then, found.verify) == ("Bounces/In", "move:Done", False)
    assert "p/w" not in f"{found!r}{found}" and "desk" not in f"{found!r}{found}"
    assert MailboxAddress.parse("imap://u:p@127.0.0.1").folder == "INBOX"
    for wrong in ("imap://u:p@mail.example", "imaps://mail.example", "imaps://u:p@", "pop://u:p@h", "imaps://u:p@h:x",
                  "imaps://u:p@h?then=burn", "imaps://u:p@h?then=move:", "imaps://u:p@h?x=1", "imaps://u%0a:p@h",
                  "imaps://u:p@h?verify=maybe"):  # fmt: skip
        with pytest.raises(ValueError):
            MailboxAddress.parse(wrong)
