"""When the database may be older than what has happened: nothing of what waits in it is sent as if it were new.

What waits, or is in flight, may have left already; so it becomes uncertain, by way of in flight, and only an editor's
word sends it again. Alerts whose recipients are not all written down are written down first, so that nobody is missing.
"""

from datetime import datetime

from django.db import transaction
from django.db.models import Max, Q

from stoppress.delivery.ledger.delivery_states import IN_FLIGHT, UNCERTAIN, WAITING, check_transition
from stoppress.delivery.models import Alert, Delivery
from stoppress.delivery.recipients.materialise_recipients import materialise_batch
from stoppress.delivery.recipients.send_order import block_sends

SLICE = 5_000
WHY = "it may have left before the database was put back"


def mark_all_uncertain(*, now: datetime) -> int:
    """Make everything uncertain that is in the ledger now and has not ended; return how many deliveries that were.

    Alerts that are sent and letters that are posted meanwhile go on. They are told apart by the order of Sends and of
    ids, not by times: the machine that sent an alert may have another clock.
    """
    with transaction.atomic():
        block_sends()
        newest = Delivery.objects.aggregate(last=Max("pk"))["last"] or 0
        unwritten = list(Alert.objects.filter(materialised_at__isnull=True).values_list("pk", flat=True))
    left = Alert.objects.filter(pk__in=unwritten, materialised_at__isnull=True).order_by("generation", "created_at")
    while materialise_batch(now=now, size=SLICE, alerts=left):
        pass
    for state in WAITING:
        check_transition(state, IN_FLIGHT)
    check_transition(IN_FLIGHT, UNCERTAIN)
    old = Q(pk__lte=newest) | Q(alert__in=unwritten)
    total = 0
    while done := _slice(old, now):
        total += done
    return total


def _slice(old: Q, now: datetime) -> int:
    unended = Delivery.objects.filter(old, state__in=[*WAITING, IN_FLIGHT])
    with transaction.atomic():
        ids = list(unended.values_list("pk", flat=True)[:SLICE])
        rows = Delivery.objects.filter(pk__in=ids)
        rows.filter(state__in=WAITING).update(state=IN_FLIGHT, next_attempt_at=None, holder="fence")
        return rows.filter(state=IN_FLIGHT).update(state=UNCERTAIN, settled_at=now, reply=WHY)
