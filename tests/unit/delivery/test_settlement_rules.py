"""The result of a delivery from the outcome of its message."""

from datetime import UTC, datetime, timedelta

import pytest

from stoppress.delivery.choices import DeliveryState as State
from stoppress.delivery.choices import Lane
from stoppress.delivery.sender.settlement_rules import MAX_RETRY_DELAY, retry_delay, settle_outcome
from stoppress.delivery.transitions.claim_deliveries import ClaimedDelivery
from stoppress.smtp import Accepted, Deferred, NotSent, Refused, RelayUnavailableError, Step, Uncertain

NOW = datetime(2026, 3, 8, 20, 4, tzinfo=UTC)
DELIVERY = ClaimedDelivery(
    id=1,
    subscriber_id=2,
    email="a@example.com",
    secret="s",
    alert_id=None,
    transactional_kind=None,
    language="",
    lane=Lane.BREAKING,
    topic_id=1,
    return_slug="",
    attempts=2,
    created_at=NOW,
    not_after=NOW + timedelta(hours=1),
)


def settle(outcome, delivery=DELIVERY, **more):
    return settle_outcome(delivery, outcome, now=NOW, random_fraction=lambda: 0.5, **more)


def test_accepted_delivery_stores_the_reply():
    settled = settle(Accepted(250, "2.0.0 Ok: queued as 4F2"))
    assert (settled.state, settled.code, settled.reply, settled.attempts) == (
        State.ACCEPTED,
        250,
        "2.0.0 Ok: queued as 4F2",
        3,
    )
    assert settled.next_attempt_at is None


@pytest.mark.parametrize(
    ("outcome", "is_dead"),
    [
        (Refused(550, "5.1.1", "no such user", Step.RCPT), True),
        (Refused(550, "", "User unknown", Step.RCPT), True),
        (Refused(553, "", "sorry, no such user here", Step.RCPT), True),
        (Refused(550, "5.1.2", "Host unknown", Step.RCPT), True),
        (Refused(551, "5.1.6", "User has moved", Step.RCPT), True),
        (Refused(550, "5.1.1", "Message refused by policy of the recipient's domain", Step.RCPT), False),
        (Refused(550, "5.1.1", "Recipient does not accept mail from your address", Step.RCPT), False),
        (Refused(550, "5.1.1", "Your network is on a block list", Step.RCPT), False),
        (Refused(550, "5.1.1", "Mailbox full, quota exceeded", Step.RCPT), False),
        (Refused(550, "5.1.1", "Too many messages from you, try again later", Step.RCPT), False),
        (Refused(550, "5.1.1", "Relaying denied", Step.RCPT), False),
        (Refused(550, "5.1.2", "DNS server failure, domain lookup timed out", Step.RCPT), False),
        (Refused(550, "5.1.1", "The gardener is on holiday", Step.RCPT), False),
        (Refused(550, "5.1.8", "Sender's domain does not exist", Step.RCPT), False),
        (Refused(550, "5.1.1", "no such user", Step.MAIL), False),
        (Refused(550, "5.1.10", "null MX", Step.RCPT), True),
        (Refused(550, "5.7.1", "blocked by policy", Step.RCPT), False),
        (Refused(552, "5.2.2", "mailbox full", Step.RCPT), False),
        (Refused(550, "", "no", Step.RCPT), False),
        (Refused(554, "5.1.1", "concerns the message", Step.FINAL_DOT), False),
    ],
)
def test_address_is_dead_only_when_the_reply_concerns_the_address(outcome, is_dead):
    settled = settle(outcome)
    assert settled.state is State.REFUSED
    assert settled.no_such_address is is_dead


def test_retry_delay_grows_up_to_a_limit():
    waits = [retry_delay(attempts, random_fraction=0) for attempts in range(20)]
    assert waits[:3] == [timedelta(seconds=30), timedelta(seconds=60), timedelta(seconds=120)]
    assert waits == sorted(waits)
    assert waits[-1] == MAX_RETRY_DELAY
    assert retry_delay(0, random_fraction=1) == timedelta(seconds=20)


def test_deferred_delivery_is_retried_at_the_deadline_when_the_delay_exceeds_it():
    late = Deferred(451, "4.3.2", "busy")
    settled = settle(late, DELIVERY._replace(attempts=12, not_after=NOW + timedelta(minutes=2)))
    assert (settled.state, settled.next_attempt_at) == (State.DEFERRED, NOW + timedelta(minutes=2))


def test_attempts_do_not_grow_when_the_message_was_not_sent():
    settled = settle(NotSent("connection refused", RelayUnavailableError("connection refused")))
    assert (settled.state, settled.attempts) == (State.DEFERRED, DELIVERY.attempts)
    assert settle(NotSent("stopping"), is_stopping=True).next_attempt_at == NOW


def test_uncertain_delivery_has_no_next_attempt():
    settled = settle(Uncertain("the relay closed the connection"))
    assert (settled.state, settled.next_attempt_at, settled.attempts) == (State.UNCERTAIN, None, 3)


def test_stored_reply_contains_no_address():
    assert "a@example.com" not in settle(Refused(550, "5.1.1", "<a@example.com>: unknown", Step.RCPT)).reply
