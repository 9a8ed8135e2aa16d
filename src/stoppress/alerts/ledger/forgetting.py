"""What waits for a reader who is no more."""

from datetime import datetime

from stoppress.alerts.ledger.of_reader import of_reader
from stoppress.alerts.ledger.states import SUPPRESSED, WAITING, check_move


def suppress_waiting(subscriber_id: int, *, now: datetime) -> int:
    """Nothing that waits for this subscriber will be sent; how many that were."""
    for before in WAITING:
        check_move(before, SUPPRESSED)
    waiting = of_reader(subscriber_id).filter(state__in=WAITING)
    return waiting.update(state=SUPPRESSED, next_at=None, settled_at=now)
