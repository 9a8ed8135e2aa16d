"""What an outcome means for its delivery."""

from datetime import UTC, datetime, timedelta

import pytest

from stoppress.delivery.choices import DeliveryState as State
from stoppress.delivery.choices import Lane
from stoppress.delivery.sender.settlement_rules import MAX_RETRY_DELAY, settle_outcome, retry_delay
from stoppress.delivery.transitions.claim_deliveries import ClaimedDelivery
from stoppress.smtp import Accepted, Deferred, NotSent, Refused, RelayUnavailableError, SmtpStep, Uncertain

NOW = datetime(2026, 3, 8, 20, 4, tzinfo=UTC)
PARCEL = ClaimedDelivery(
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


def settled(outcome, parcel=PARCEL, **more):
    return settle_outcome(parcel, outcome, now=NOW, chance=lambda: 0.5, **more)


def test_an_accepted_delivery_keeps_what_the_server_said():
    done = settled(Accepted(250, "2.0.0 Ok: queued as 4F2"))
    assert (done.state, done.code, done.reply, done.attempts) == (State.ACCEPTED, 250, "2.0.0 Ok: queued as 4F2", 3)
    assert done.next_attempt_at is None


@pytest.mark.parametrize(
    ("outcome", "dead"),
    [
        (Refused(550, "5.1.1", "no such user", SmtpStep.RCPT), True),
        (Refused(550, "5.1.10", "null MX", SmtpStep.RCPT), True),
        (Refused(550, "5.7.1", "blocked by policy", SmtpStep.RCPT), False),
        (Refused(552, "5.2.2", "mailbox full", SmtpStep.RCPT), False),
        (Refused(550, "", "no", SmtpStep.RCPT), False),
        (Refused(554, "5.1.1", "said of the message", SmtpStep.FINAL_DOT), False),
    ],
)
def test_only_what_the_server_says_of_the_address_suppresses_it(outcome, dead):
    done = settled(outcome)
    assert done.state is State.REFUSED
    assert done.no_such_address is dead


def test_a_deferred_delivery_waits_longer_each_time_but_not_for_ever():
    waits = [retry_delay(attempts, chance=0) for attempts in range(20)]
    assert waits[:3] == [timedelta(seconds=30), timedelta(seconds=60), timedelta(seconds=120)]
    assert waits == sorted(waits)
    assert waits[-1] == MAX_RETRY_DELAY
    assert retry_delay(0, chance=1) == timedelta(seconds=20)


def test_a_deferred_delivery_never_waits_beyond_its_deadline():
    late = Deferred(451, "4.3.2", "busy")
    done = settled(late, PARCEL._replace(attempts=12, not_after=NOW + timedelta(minutes=2)))
    assert (done.state, done.next_attempt_at) == (State.DEFERRED, NOW + timedelta(minutes=2))


def test_a_relay_that_is_not_there_is_not_held_against_the_recipient():
    done = settled(NotSent("connection refused", RelayUnavailableError("connection refused")))
    assert (done.state, done.attempts) == (State.DEFERRED, PARCEL.attempts)
    assert settled(NotSent("stopping"), letting_go=True).next_attempt_at == NOW


def test_silence_after_the_final_dot_is_uncertain_and_does_not_come_due_again():
    done = settled(Uncertain("the relay closed the connection"))
    assert (done.state, done.next_attempt_at, done.attempts) == (State.UNCERTAIN, None, 3)


def test_addresses_in_replies_are_cut_out():
    assert "a@example.com" not in settled(Refused(550, "5.1.1", "<a@example.com>: unknown", SmtpStep.RCPT)).reply
