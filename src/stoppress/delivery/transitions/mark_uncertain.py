"""Mark all unfinished deliveries as uncertain after a database was restored, so that none is sent a second time.

Deliveries that wait or are in flight in the restored database may have been sent already. They become uncertain, by way
of in flight, and only an editor can resend them. Alerts that are not materialised are materialised first, so that no
recipient is missing.
"""

from datetime import datetime

from django.db import transaction
from django.db.models import Max, Q

from stoppress.delivery.ledger.delivery_states import IN_FLIGHT, UNCERTAIN, WAITING, check_transition
from stoppress.delivery.models import Alert, Delivery
from stoppress.delivery.recipients.materialise_recipients import materialise_batch
from stoppress.delivery.recipients.send_order import block_sends

BATCH_SIZE = 5_000
"""Deliveries changed in one transaction."""
REPLY = "it may have been sent before the database was restored"


def mark_all_uncertain(*, now: datetime) -> int:
    """Mark every unfinished delivery in the ledger as uncertain; return how many.

    Alerts sent and transactional mail queued meanwhile are not affected. They are recognised by the order of Sends and
    of ids, not by times: the machine that sent an alert may have another clock.
    """
    with transaction.atomic():
        block_sends()
        newest = Delivery.objects.aggregate(last=Max("pk"))["last"] or 0
        unmaterialised = list(Alert.objects.filter(materialised_at__isnull=True).values_list("pk", flat=True))
    remaining = Alert.objects.filter(pk__in=unmaterialised, materialised_at__isnull=True).order_by(
        "generation", "created_at"
    )
    while materialise_batch(now=now, size=BATCH_SIZE, alerts=remaining):
        pass
    for state in WAITING:
        check_transition(state, IN_FLIGHT)
    check_transition(IN_FLIGHT, UNCERTAIN)
    old = Q(pk__lte=newest) | Q(alert__in=unmaterialised)
    total = 0
    while count := _mark_batch(old, now):
        total += count
    return total


def _mark_batch(old: Q, now: datetime) -> int:
    unfinished = Delivery.objects.filter(old, state__in=[*WAITING, IN_FLIGHT])
    with transaction.atomic():
        ids = list(unfinished.values_list("pk", flat=True)[:BATCH_SIZE])
        deliveries = Delivery.objects.filter(pk__in=ids)
        deliveries.filter(state__in=WAITING).update(state=IN_FLIGHT, next_attempt_at=None, holder="restore")
        return deliveries.filter(state=IN_FLIGHT).update(state=UNCERTAIN, settled_at=now, reply=REPLY)
