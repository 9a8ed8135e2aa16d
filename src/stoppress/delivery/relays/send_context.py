"""What all relay pools of a mailer share, and the messages of a window."""

import logging
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from stoppress.delivery.relays.circuit_breaker import CircuitBreaker
from stoppress.delivery.relays.message_factory import MessageFactory, MessageNotReadyError
from stoppress.delivery.relays.send_queue import SendQueue
from stoppress.delivery.transitions.claim_deliveries import ClaimedDelivery
from stoppress.smtp import Deferred, Envelope, Outcome, Refused, Step

log = logging.getLogger(__name__)

OutcomeReporter = Callable[[ClaimedDelivery, Outcome], None]
Postponer = Callable[[ClaimedDelivery, float, str], None]
"""Gets the delivery, the seconds, and the reason."""


class PreparedDelivery(NamedTuple):
    """A delivery with its receiving domain and its message."""

    delivery: ClaimedDelivery
    domain: str
    envelope: Envelope


@dataclass(frozen=True)
class SendContext:
    """What the pools share.

    Args:
        queue: claimed deliveries that wait for a connection.
        messages: makes the messages.
        breaker: receiving domains that are paused.
        report: called with the outcome of each delivery, exactly once, unless `postpone` is called for it.
        postpone: called for a delivery that is not sent now.
        on_change: called when a connection opens or closes, or deliveries leave the queue.
        random_fraction: returns a number from 0 to 1.
        mark_started: called with the id of a delivery before the first byte of it is written to a relay.
    """

    queue: SendQueue
    messages: MessageFactory
    breaker: CircuitBreaker
    report: OutcomeReporter
    postpone: Postponer
    on_change: Callable[[], None]
    random_fraction: Callable[[], float]
    mark_started: Callable[[int], None]

    def prepare(self, deliveries: Sequence[ClaimedDelivery]) -> list[PreparedDelivery]:
        """Make the messages of deliveries; report those that cannot be sent, and leave them out."""
        prepared = []
        now, allows, build = time.monotonic(), self.breaker.allows, self.messages.build
        for delivery in deliveries:
            domain = delivery.email.rpartition("@")[2].lower()
            if not allows(domain, now):
                self._postpone_paused(delivery, domain, now)
                continue
            try:
                prepared.append(PreparedDelivery(delivery, domain, build(delivery)))
            except MessageNotReadyError:
                self.report(delivery, Deferred(451, "4.3.0", "the message could not be made yet", Step.DATA))
            except Exception:
                log.exception("the message of delivery %d could not be made", delivery.id)
                refused = Refused(554, "5.6.0", "no message could be made for this delivery", Step.DATA)
                self.report(delivery, refused)
        return prepared

    def record(self, prepared: PreparedDelivery, outcome: Outcome) -> None:
        """Pass an outcome to the circuit breaker and to `report`."""
        if paused := self.breaker.record(prepared.domain, outcome, time.monotonic()):
            log.warning("paused domain %s", paused)
        self.report(prepared.delivery, outcome)

    def _postpone_paused(self, delivery: ClaimedDelivery, domain: str, now: float) -> None:
        """Postpone a delivery beyond the pause of its domain, at random so that not all return at once."""
        remaining = (self.breaker.retry_at(domain, now) or now) - now
        self.postpone(delivery, remaining * (1 + self.random_fraction()), "its domain is paused after many rejections")
