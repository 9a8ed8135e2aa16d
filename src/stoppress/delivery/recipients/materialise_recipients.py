"""Materialise the recipients of alerts: insert one delivery per recipient, batch by batch.

A batch and the mark of its end are one transaction, so a killed process continues where it stopped. It is one INSERT,
so that the lock is held for some milliseconds. Sending begins with the first batch.

A correction waits until the alert that it corrects is materialised, halts it, and goes through its deliveries. Unsent
ones are superseded in the same transaction that inserts their reader's delivery of the correction.
"""

import logging
from datetime import datetime

from django.db import connection, transaction
from django.db.models import Case, F, Max, Min, Q, QuerySet, Value, When
from django.db.models.functions import Coalesce

from stoppress.delivery.choices import DeliveryState, Urgency
from stoppress.delivery.ledger.delivery_states import IN_FLIGHT, SUPERSEDED, check_transition
from stoppress.delivery.ledger.sql_dialects import DELIVERY, execute, key_parameter, time_parameter
from stoppress.delivery.models import Alert, Delivery
from stoppress.delivery.recipients.recipient_query import (
    SUPERSEDABLE,
    RecipientQuery,
    select_corrected_range,
    select_corrected_states,
    select_subscriptions,
)
from stoppress.subscribers.models import Subscription

log = logging.getLogger(__name__)

BATCH_SIZE = 1_000
"""Recipients inserted in one transaction."""


def unmaterialised_alerts() -> QuerySet[Alert]:
    """Return alerts whose recipients are not all materialised, the most urgent first."""
    order = Case(
        When(urgency=Urgency.CORRECTION, then=Value(0)), When(urgency=Urgency.DIGEST, then=Value(2)), default=Value(1)
    )
    ready = Q(corrects__isnull=True) | Q(corrects__materialised_at__isnull=False)
    approved = Q(needs_approval=False) | Q(approved_at__isnull=False) | Q(halted_at__isnull=False)
    return Alert.objects.filter(ready, approved, materialised_at__isnull=True).order_by(
        order, "generation", "created_at"
    )


def materialise_batch(*, now: datetime, size: int = BATCH_SIZE, alerts: QuerySet[Alert] | None = None) -> Alert | None:
    """Insert the next batch of the most urgent alert that needs one; return the alert, or None if none does.

    Args:
        now: the time.
        size: maximum number of recipients.
        alerts: the alerts to choose from; by default all.
    """
    candidates = unmaterialised_alerts() if alerts is None else alerts
    candidate = candidates.first()
    if candidate is None:
        return None
    id_range = (0, 0) if candidate.corrects_id else _next_subscriptions(candidate, size)
    with transaction.atomic():
        alert = (
            candidates.select_for_update(skip_locked=_can_skip_locked(), of=("self",), no_key=True)
            .filter(pk=candidate.pk)
            .first()
        )
        if alert is None or alert.materialised_up_to_id != candidate.materialised_up_to_id:
            return candidate  # another mailer was first
        done = _insert_corrected(alert, now, size) if alert.corrects_id else _insert_subscribers(alert, now, *id_range)
    if done:
        _finish(alert, now)
    return alert


def insert_in_flight_recipients(alert: Alert, now: datetime) -> None:
    """Create a correction's deliveries to the readers to whom the corrected alert is in flight at Send.

    They are few. One of them may be refused afterwards, and a correction does not go to readers of a refused delivery.
    So they are inserted now and not when the others are.
    """
    insert_deliveries(alert, select_corrected_states(alert, (IN_FLIGHT,)), now)


def _can_skip_locked() -> bool:
    return connection.features.has_select_for_update_skip_locked


def _insert_subscribers(alert: Alert, now: datetime, after: int, up_to: int) -> bool:
    """Insert one batch; return True if it was the last."""
    insert_deliveries(alert, select_subscriptions(alert, after, up_to), now)
    alert.materialised_up_to_id = up_to
    alert.save(update_fields=["materialised_up_to_id"])
    return up_to >= alert.last_source_id


def _insert_corrected(alert: Alert, now: datetime, size: int) -> bool:
    """Insert one batch of a correction; return True if it was the last.

    The batch is a range of ids of the corrected alert's deliveries, which are close together.
    """
    original = Delivery.objects.filter(alert=alert.corrects)
    if not alert.materialised_up_to_id:
        Alert.objects.filter(corrections=alert).update(halted_at=Coalesce(F("halted_at"), Value(now)))
        ends = original.aggregate(first=Min("pk"), last=Max("pk"))
        alert.materialised_up_to_id, alert.last_source_id = (ends["first"] or 1) - 1, ends["last"] or 0
    up_to = min(alert.materialised_up_to_id + size, alert.last_source_id)
    for state in SUPERSEDABLE:
        check_transition(state, SUPERSEDED)
    unsent = original.filter(pk__gt=alert.materialised_up_to_id, pk__lte=up_to, state__in=SUPERSEDABLE)
    unsent.update(state=SUPERSEDED, next_attempt_at=None, settled_at=now)
    insert_deliveries(alert, select_corrected_range(alert, alert.materialised_up_to_id, up_to), now)
    alert.materialised_up_to_id = up_to
    alert.save(update_fields=["materialised_up_to_id", "last_source_id"])
    return up_to >= alert.last_source_id


def _next_subscriptions(alert: Alert, size: int) -> tuple[int, int]:
    """Return the range of ids that holds the next `size` subscriptions of the alert's frequency.

    It may have to pass a million of another frequency, so it is found without the lock. Index: subscription_in_force.
    """
    subscriptions = Subscription.objects.filter(
        topic=alert.topic_id, pk__gt=alert.materialised_up_to_id, pk__lte=alert.last_source_id
    )
    in_force = subscriptions.filter(frequency=alert.frequency, confirmed_at__isnull=False, unsubscribed_at__isnull=True)
    earlier = in_force.filter(generation__lte=alert.generation).order_by("pk")
    ids = earlier.values_list("pk", flat=True)
    first = next(iter(ids[:1]), alert.last_source_id + 1)
    return first - 1, next(iter(ids[size - 1 : size]), alert.last_source_id)


def insert_deliveries(alert: Alert, recipients: RecipientQuery, now: datetime) -> None:
    """Insert a delivery for each selected recipient that has none yet."""
    halted = alert.halted_at is not None
    state = DeliveryState.HALTED if halted else DeliveryState.PENDING
    due = max(now, alert.not_before or now)
    values = [
        key_parameter(alert.pk),
        alert.lane.value,
        state.value,
        time_parameter(alert.created_at),
    ]
    times = [None, time_parameter(now)] if halted else [time_parameter(due), None]
    empty = "CAST(%s AS TIMESTAMP WITH TIME ZONE)" if connection.vendor == "postgresql" else "%s"
    execute(
        f"""INSERT INTO {DELIVERY} (alert_id, transactional_kind, subscriber_id, return_slug, lane, state,
                attempts, created_at, next_attempt_at, settled_at, holder, reply)
            SELECT %s, '', s.subscriber_id, '', %s, %s, 0, %s, {empty}, {empty}, '', '' {recipients.clause}
            ON CONFLICT DO NOTHING""",
        [*values, *times, *recipients.parameters],
    )


def _finish(alert: Alert, now: datetime) -> None:
    """Mark the alert as materialised, and store how many of `intended` have no delivery.

    They are counted without the lock: no row is added to a materialised alert.
    """
    shortfall = alert.intended - Delivery.objects.filter(alert=alert).count()
    Alert.objects.filter(pk=alert.pk).update(materialised_at=now, shortfall=shortfall)
    if shortfall:
        log.critical(
            "alert %s: all recipients are materialised, but %d of the %d counted at Send have no delivery",
            alert.pk, shortfall, alert.intended,
        )  # fmt: skip
