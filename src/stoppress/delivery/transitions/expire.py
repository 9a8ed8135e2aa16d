"""What could not leave in time does not leave any more."""

from datetime import datetime

from stoppress.delivery.ledger.open_alerts import docket
from stoppress.delivery.transitions.cancel_unsent import close_slice

SLICE = 2_000


def expire(*, now: datetime) -> int:
    """Close every waiting delivery of an alert that is halted or whose time is over; returns how many."""
    total = 0
    for alert in docket(now=now).closing:
        while closed := close_slice(alert, now=now, size=SLICE):
            total += closed
    return total
