"""What the outcome of a try means for its delivery. Pure: outcome, parcel and clock in, settlement out."""

from collections.abc import Callable
from datetime import datetime, timedelta

from stoppress.delivery.choices import DeliveryState
from stoppress.delivery.ledger.delivery_states import ACCEPTED, DEFERRED, REFUSED, UNCERTAIN
from stoppress.delivery.transitions.claim_deliveries import ClaimedDelivery
from stoppress.delivery.transitions.settle import SettledDelivery
from stoppress.smtp import Accepted, Deferred, NotSent, Outcome, Refused, SmtpStep, Uncertain
from stoppress.smtp.address_syntax import redact_addresses

FIRST_RETRY_DELAY = timedelta(seconds=30)
MAX_RETRY_DELAY = timedelta(minutes=30)
UNSENT_RETRY_DELAY = timedelta(seconds=2)
"""Before what the relay never got is offered to it again; the mailer itself waits until the relay is back."""
MAX_MAIL_RETRY_DELAY = timedelta(seconds=5)
"""At most, after a 4xx to MAIL: it says nothing about the recipient, and the line itself waits (lines.py)."""
DEAD_ADDRESS_CODES = ("5.1.1", "5.1.2", "5.1.3", "5.1.6", "5.1.10")
"""RFC 3463 and 7505: no such mailbox, no such domain, no such syntax, moved away, takes no mail at all."""


def settle_outcome(
    parcel: ClaimedDelivery, outcome: Outcome, *, now: datetime, chance: Callable[[], float], letting_go: bool = False
) -> SettledDelivery:
    """What to write down. `chance` gives a number from 0 to 1; `letting_go`: this mailer is about to stop."""
    match outcome:
        case Accepted():
            return settle_accepted(parcel, outcome)
        case Refused():
            return _settled(parcel, REFUSED, 1, outcome.code, outcome.text, is_dead_address(outcome))
        case Deferred():
            longest = MAX_MAIL_RETRY_DELAY if outcome.step is SmtpStep.MAIL else MAX_RETRY_DELAY
            again = round_up_to_second(now + min(retry_delay(parcel.attempts, chance()), longest))
            return _waiting(parcel, again, 1, outcome.code, outcome.text)
        case NotSent():
            return _waiting(parcel, now if letting_go else now + UNSENT_RETRY_DELAY, 0, None, outcome.reason)
        case Uncertain():
            return _settled(parcel, UNCERTAIN, 1, None, outcome.reason)


def settle_accepted(parcel: ClaimedDelivery, outcome: Accepted) -> SettledDelivery:
    """The same for what it is nearly always."""
    return _settled(parcel, ACCEPTED, 1, outcome.code, outcome.text)


def postpone(parcel: ClaimedDelivery, seconds: float, reason: str, *, now: datetime) -> SettledDelivery:
    """What to write down of one that was not tried, and will not be for so long."""
    return _waiting(parcel, round_up_to_second(now + timedelta(seconds=seconds)), 0, None, reason)


def retry_delay(attempts: int, chance: float) -> timedelta:
    """After so many failed tries: 30 s, 1 min, 2 min … 30 min, each shortened by up to a third so that tries spread."""
    longest: timedelta = min(FIRST_RETRY_DELAY * 2 ** min(attempts, 10), MAX_RETRY_DELAY)
    return longest * (1 - chance / 3)


def round_up_to_second(moment: datetime) -> datetime:
    """The first whole second from then on: what is alike for many is written down in one statement."""
    return moment.replace(microsecond=0) + timedelta(seconds=moment.microsecond > 0)


def is_dead_address(outcome: Refused) -> bool:
    """Whether the server spoke of the address itself, not of us, our message or its policy: only that suppresses."""
    return outcome.step is SmtpStep.RCPT and outcome.code in (550, 551, 553) and outcome.enhanced in DEAD_ADDRESS_CODES


def _settled(
    parcel: ClaimedDelivery, state: DeliveryState, tries: int, code: int | None, reply: str, dead: bool = False
) -> SettledDelivery:
    reply = redact_addresses(reply) if "@" in reply else reply
    return SettledDelivery(parcel.id, parcel.subscriber_id, state, parcel.attempts + tries, code, reply, None, dead)


def _waiting(parcel: ClaimedDelivery, again: datetime, tries: int, code: int | None, reply: str) -> SettledDelivery:
    """Deferred. If its next try would be too late, it comes due at the deadline, where claiming makes it expire."""
    again = min(again, parcel.not_after)
    return SettledDelivery(
        parcel.id, parcel.subscriber_id, DEFERRED, parcel.attempts + tries, code, redact_addresses(reply), next_attempt_at=again
    )
