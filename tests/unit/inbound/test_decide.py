"""The action that follows from a report."""

from datetime import UTC, datetime, timedelta

import pytest

from stoppress.inbound.bounces import BounceReason, RecipientReport, ReportKind
from stoppress.inbound.decide import ReportAction, ReportedSubscriber, decide_action

NOW = datetime(2026, 3, 8, 19, 0, tzinfo=UTC)
EARLIER, LATER = NOW - timedelta(days=1), NOW + timedelta(seconds=1)
ADA = ReportedSubscriber("ada@mail.example", sent_at=NOW, confirmed_at=EARLIER)
DEAD = RecipientReport(ReportKind.BOUNCE, "ada@mail.example", BounceReason.USER_UNKNOWN, dead=True)
COMPLAINT = RecipientReport(ReportKind.COMPLAINT)


def test_decide_action_suppresses_only_dead_addresses_and_complaints():
    assert decide_action(DEAD, ADA) is ReportAction.SUPPRESS_DEAD
    assert decide_action(COMPLAINT, ADA) is ReportAction.SUPPRESS_COMPLAINT
    assert decide_action(RecipientReport(ReportKind.UNSUBSCRIBE), ADA) is ReportAction.UNSUBSCRIBE
    for kind in set(ReportKind) - {ReportKind.COMPLAINT, ReportKind.UNSUBSCRIBE}:
        for reason in BounceReason:
            assert decide_action(RecipientReport(kind, "", reason), ADA) is ReportAction.NONE
    delayed = RecipientReport(ReportKind.DELAYED, "", BounceReason.USER_UNKNOWN, dead=True)
    assert decide_action(delayed, ADA) is ReportAction.NONE


@pytest.mark.parametrize(
    ("address", "action"),
    [
        ("", ReportAction.SUPPRESS_DEAD),
        ("ADA@MAIL.EXAMPLE", ReportAction.SUPPRESS_DEAD),
        ("u1042@store7.mail.example", ReportAction.SUPPRESS_DEAD),
        ("ben@other.example", ReportAction.NONE),
        ("ada@notmail.example", ReportAction.NONE),
    ],
)
def test_decide_action_ignores_bounce_when_it_concerns_another_domain(address, action):
    report = RecipientReport(ReportKind.BOUNCE, address, BounceReason.USER_UNKNOWN, dead=True)
    assert decide_action(report, ADA) is action


def test_decide_action_compares_domains_in_dns_form():
    subscriber = ReportedSubscriber("ada@bücher.example", NOW, None)
    report = RecipientReport(ReportKind.BOUNCE, "ada@xn--bcher-kva.example", BounceReason.USER_UNKNOWN, dead=True)
    assert decide_action(report, subscriber) is ReportAction.SUPPRESS_DEAD


def test_decide_action_ignores_bounce_when_subscriber_may_have_confirmed_since():
    email = "ada@mail.example"
    assert decide_action(DEAD, ReportedSubscriber(email, NOW, LATER)) is ReportAction.NONE
    assert decide_action(DEAD, ReportedSubscriber(email, NOW, None)) is ReportAction.SUPPRESS_DEAD
    assert decide_action(DEAD, ReportedSubscriber(email, None, EARLIER)) is ReportAction.NONE
    # confirmed by a machine whose clock is slow
    changed = ReportedSubscriber(email, NOW, EARLIER, changed_since_send=True)
    assert decide_action(DEAD, changed) is ReportAction.NONE
    unknown_message = ReportedSubscriber(email, None, LATER)
    assert decide_action(COMPLAINT, unknown_message) is ReportAction.SUPPRESS_COMPLAINT


def test_decide_action_ignores_erased_subscriber_and_canary():
    canary = ReportedSubscriber("canary@mail.example", NOW, None, is_canary=True)
    assert decide_action(DEAD, ReportedSubscriber("", NOW, None)) is ReportAction.NONE
    assert decide_action(COMPLAINT, canary) is ReportAction.NONE
