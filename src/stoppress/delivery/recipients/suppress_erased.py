"""What waits for a reader who is no more."""

from datetime import datetime

from stoppress.delivery.ledger.delivery_states import SUPPRESSED, WAITING, check_move
from stoppress.delivery.recipients.by_subscriber import of_reader


def suppress_waiting(subscriber_id: int, *, now: datetime) -> int:
    """Nothing that waits for this subscriber will be sent; how many that were."""
    for before in WAITING:
        check_move(before, SUPPRESSED)
    waiting = of_reader(subscriber_id).filter(state__in=WAITING)
    return waiting.update(state=SUPPRESSED, next_at=None, settled_at=now)
