"""Suppress the waiting deliveries of an erased subscriber."""

from datetime import datetime

from stoppress.delivery.ledger.delivery_states import SUPPRESSED, WAITING, check_transition
from stoppress.delivery.recipients.by_subscriber import deliveries_to_subscriber


def suppress_waiting_deliveries(subscriber_id: int, *, now: datetime) -> int:
    """Suppress everything that waits for this subscriber; return how many deliveries."""
    for before in WAITING:
        check_transition(before, SUPPRESSED)
    waiting = deliveries_to_subscriber(subscriber_id).filter(state__in=WAITING)
    return waiting.update(state=SUPPRESSED, next_attempt_at=None, settled_at=now)
