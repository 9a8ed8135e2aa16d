"""What could not leave in time does not leave any more."""

from datetime import datetime

from stoppress.alerts.ledger.states import EXPIRED, WAITING, check_move
from stoppress.alerts.models import Delivery


def expire(*, now: datetime) -> int:
    """Expire every waiting delivery of an alert whose time is over; returns how many."""
    for state in WAITING:
        check_move(state, EXPIRED)
    late = Delivery.objects.filter(next_at__isnull=False, alert__not_after__lte=now)
    return late.update(state=EXPIRED, next_at=None, settled_at=now)
