"""When the database may be older than what has happened: nothing of what waits in it is sent as if it were new.

What waits, or is in flight, may have left already; so it becomes uncertain, by way of in flight, and only an editor's
word sends it again. Alerts whose recipients are not all written down are written down first, so that nobody is missing.
"""

from datetime import datetime

from django.db import transaction

from stoppress.alerts.ledger.freezing import freeze_slice
from stoppress.alerts.ledger.states import IN_FLIGHT, UNCERTAIN, WAITING, check_move
from stoppress.alerts.models import Alert, Delivery

SLICE = 5_000
WHY = "it may have left before the database was put back"


def set_aside(*, now: datetime) -> int:
    """Make everything uncertain that was made before `now` and has not ended; returns how many that were."""
    unwritten = Alert.objects.filter(frozen_at__isnull=True, created_at__lte=now).order_by("created_at")
    while freeze_slice(now=now, size=SLICE, alerts=unwritten):
        pass
    for state in WAITING:
        check_move(state, IN_FLIGHT)
    check_move(IN_FLIGHT, UNCERTAIN)
    total = 0
    while done := _slice(now):
        total += done
    return total


def _slice(now: datetime) -> int:
    unended = Delivery.objects.filter(made_at__lte=now, state__in=[*WAITING, IN_FLIGHT])
    with transaction.atomic():
        ids = list(unended.values_list("pk", flat=True)[:SLICE])
        rows = Delivery.objects.filter(pk__in=ids)
        rows.filter(state__in=WAITING).update(state=IN_FLIGHT, next_at=None, holder="fence")
        return rows.filter(state=IN_FLIGHT).update(state=UNCERTAIN, settled_at=now, reply=WHY)
