"""The result of a delivery from the outcome of its message. Pure: outcome, delivery and time in, result out."""

from collections.abc import Callable
from datetime import datetime, timedelta

from stoppress.bounce_rules.classify import classify_recipient
from stoppress.bounce_rules.report import ReportKind
from stoppress.bounce_rules.smtp_replies import ServerReply, SmtpStep, parse_reply
from stoppress.delivery.choices import DeliveryState
from stoppress.delivery.ledger.delivery_states import ACCEPTED, DEFERRED, REFUSED, UNCERTAIN
from stoppress.delivery.transitions.claim_deliveries import ClaimedDelivery
from stoppress.delivery.transitions.settle import SettledDelivery
from stoppress.smtp import Accepted, Deferred, NotSent, Outcome, Refused, Step, Uncertain
from stoppress.smtp.address_syntax import redact_addresses

FIRST_RETRY_DELAY = timedelta(seconds=30)
MAX_RETRY_DELAY = timedelta(minutes=30)
UNSENT_RETRY_DELAY = timedelta(seconds=2)
"""Delay after a message that the relay never got; the relay pool itself waits until the relay is back."""
MAX_MAIL_RETRY_DELAY = timedelta(seconds=5)
"""Delay after a 4xx to MAIL: it does not concern the recipient, and the relay pool itself waits (relay_pool.py)."""


def settle_outcome(
    delivery: ClaimedDelivery,
    outcome: Outcome,
    *,
    now: datetime,
    random_fraction: Callable[[], float],
    is_stopping: bool = False,
) -> SettledDelivery:
    """Return the result to store.

    Args:
        delivery: the delivery in flight.
        outcome: what happened to its message.
        now: the time.
        random_fraction: returns a number from 0 to 1.
        is_stopping: True if this mailer is about to stop; unsent deliveries are then due at once for the next one.
    """
    match outcome:
        case Accepted():
            return settle_accepted(delivery, outcome)
        case Refused():
            return _final(delivery, REFUSED, outcome.code, outcome.text, is_dead=is_dead_address(outcome))
        case Deferred():
            longest = MAX_MAIL_RETRY_DELAY if outcome.step is Step.MAIL else MAX_RETRY_DELAY
            delay = min(retry_delay(delivery.attempts, random_fraction()), longest)
            return _deferred(delivery, round_up_to_second(now + delay), 1, outcome.code, outcome.text)
        case NotSent():
            return _deferred(delivery, now if is_stopping else now + UNSENT_RETRY_DELAY, 0, None, outcome.reason)
        case Uncertain():
            return _final(delivery, UNCERTAIN, None, outcome.reason)


def settle_accepted(delivery: ClaimedDelivery, outcome: Accepted) -> SettledDelivery:
    """Return the result of an accepted message, by far the most frequent one."""
    return _final(delivery, ACCEPTED, outcome.code, outcome.text)


def postpone(delivery: ClaimedDelivery, seconds: float, reason: str, *, now: datetime) -> SettledDelivery:
    """Return the result of a delivery that was not tried and must wait `seconds`."""
    return _deferred(delivery, round_up_to_second(now + timedelta(seconds=seconds)), 0, None, reason)


def retry_delay(attempts: int, random_fraction: float) -> timedelta:
    """Return the delay after a number of failed attempts, shortened at random so that retries spread out.

    Args:
        attempts: failed attempts so far.
        random_fraction: 0 to 1; shortens the delay by up to a third.

    Returns:
        30 s, 1 min, 2 min … at most 30 min, minus the random part.
    """
    longest: timedelta = min(FIRST_RETRY_DELAY * 2 ** min(attempts, 10), MAX_RETRY_DELAY)
    return longest * (1 - random_fraction / 3)


def round_up_to_second(moment: datetime) -> datetime:
    """Return the first whole second from `moment` on: one statement stores all deliveries with the same values."""
    return moment.replace(microsecond=0) + timedelta(seconds=moment.microsecond > 0)


def is_dead_address(outcome: Refused) -> bool:
    """Return True if the reply to RCPT proves that the address is dead, by the rules that judge bounces.

    Codes and text must agree: a text about policy, the sender, quota or the DNS protects the address beside any code.
    """
    if outcome.step is not Step.RCPT:
        return False
    reply = parse_reply(" ".join((str(outcome.code), outcome.enhanced, outcome.text)))
    reply = ServerReply(reply.text, outcome.code, outcome.enhanced or reply.status, SmtpStep.RCPT)
    return classify_recipient("", ReportKind.BOUNCE, [reply]).dead


def _final(
    delivery: ClaimedDelivery, state: DeliveryState, code: int | None, reply: str, *, is_dead: bool = False
) -> SettledDelivery:
    """Return a result after which the delivery is not tried again."""
    reply = redact_addresses(reply) if "@" in reply else reply
    return SettledDelivery(
        delivery.id, delivery.subscriber_id, state, delivery.attempts + 1, code, reply, None, is_dead
    )


def _deferred(
    delivery: ClaimedDelivery, next_attempt_at: datetime, attempts: int, code: int | None, reply: str
) -> SettledDelivery:
    """Return a deferred result. An attempt after the deadline is moved to the deadline, where the claim expires it."""
    return SettledDelivery(
        delivery.id,
        delivery.subscriber_id,
        DEFERRED,
        delivery.attempts + attempts,
        code,
        redact_addresses(reply),
        next_attempt_at=min(next_attempt_at, delivery.not_after),
    )
