"""Write down who is to get an alert, in slices.

Each slice and the mark of how far it goes are one transaction, so a killed process goes on where it stopped, and one
INSERT, so that the lock is held for some milliseconds. Sending begins with the first slice.

A correction waits until the alert that it corrects is written down, halts it, and goes through its deliveries: what has
not left of them is superseded in the same transaction in which its reader is written down for the correction.
"""

import logging
from datetime import datetime
from typing import Any

from django.db import connection, transaction
from django.db.models import Case, F, Max, Min, Q, QuerySet, Value, When
from django.db.models.functions import Coalesce

from stoppress.delivery.choices import DeliveryState, Urgency
from stoppress.delivery.ledger.delivery_states import IN_FLIGHT, SUPERSEDED, check_move
from stoppress.delivery.ledger.open_alerts import lane_of
from stoppress.delivery.ledger.sql_dialects import DELIVERY, execute, key_of, moment
from stoppress.delivery.models import Alert, Delivery
from stoppress.delivery.recipients.recipient_query import REPLACED, readers_in, readers_of, subscribers_between
from stoppress.subscribers.models import Subscription

log = logging.getLogger(__name__)

SLICE = 1_000
"""Recipients written in one transaction."""


def unfrozen() -> QuerySet[Alert]:
    """Alerts whose recipients are not all written down, the most urgent first."""
    order = Case(
        When(urgency=Urgency.CORRECTION, then=Value(0)), When(urgency=Urgency.DIGEST, then=Value(2)), default=Value(1)
    )
    ready = Q(corrects__isnull=True) | Q(corrects__frozen_at__isnull=False)
    agreed = Q(approval_wanted=False) | Q(approved_at__isnull=False) | Q(halted_at__isnull=False)
    return Alert.objects.filter(ready, agreed, frozen_at__isnull=True).order_by(order, "generation", "created_at")


def freeze_slice(*, now: datetime, size: int = SLICE, alerts: QuerySet[Alert] | None = None) -> Alert | None:
    """Write the next slice of the most urgent alert that needs one, and return the alert; None if none does."""
    candidates = unfrozen() if alerts is None else alerts
    seen = candidates.first()
    if seen is None:
        return None
    between = (0, 0) if seen.corrects_id else _next_subscriptions(seen, size)
    with transaction.atomic():
        alert = candidates.select_for_update(skip_locked=_skips(), of=("self",), no_key=True).filter(pk=seen.pk).first()
        if alert is None or alert.frozen_upto != seen.frozen_upto:
            return seen  # another mailer was faster
        done = _write_readers(alert, now, size) if alert.corrects_id else _write_subscribers(alert, now, *between)
    if done:
        _finish(alert, now)
    return alert


def write_readers_in_flight(alert: Alert, now: datetime) -> None:
    """Create a correction's deliveries to the readers to whom the corrected alert is in flight at Send.

    They are few. Afterwards one of these may be refused, and a refused delivery is one that a correction does not
    follow; so membership is decided here and not when the rows of the others are written.
    """
    write_rows(alert, *readers_in(alert, (IN_FLIGHT,)), now)


def _skips() -> bool:
    return connection.features.has_select_for_update_skip_locked


def _write_subscribers(alert: Alert, now: datetime, after: int, upto: int) -> bool:
    """Write one slice; whether it was the last."""
    write_rows(alert, *subscribers_between(alert, after, upto), now)
    alert.frozen_upto = upto
    alert.save(update_fields=["frozen_upto"])
    return upto >= alert.watermark


def _write_readers(alert: Alert, now: datetime, size: int) -> bool:
    """The same for a correction. Its marks are ids of the corrected alert's deliveries, which lie close together."""
    original = Delivery.objects.filter(alert=alert.corrects)
    if not alert.frozen_upto:
        Alert.objects.filter(corrections=alert).update(halted_at=Coalesce(F("halted_at"), Value(now)))
        ends = original.aggregate(first=Min("pk"), last=Max("pk"))
        alert.frozen_upto, alert.watermark = (ends["first"] or 1) - 1, ends["last"] or 0
    upto = min(alert.frozen_upto + size, alert.watermark)
    for state in REPLACED:
        check_move(state, SUPERSEDED)
    unsent = original.filter(pk__gt=alert.frozen_upto, pk__lte=upto, state__in=REPLACED)
    unsent.update(state=SUPERSEDED, next_at=None, settled_at=now)
    write_rows(alert, *readers_of(alert, alert.frozen_upto, upto), now)
    alert.frozen_upto = upto
    alert.save(update_fields=["frozen_upto", "watermark"])
    return upto >= alert.watermark


def _next_subscriptions(alert: Alert, size: int) -> tuple[int, int]:
    """Between which ids the next `size` subscriptions of the alert's rhythm lie. That may mean passing by a million of
    another rhythm, so it is found without the lock."""
    wanted = Subscription.objects.filter(topic=alert.topic_id, pk__gt=alert.frozen_upto, pk__lte=alert.watermark)
    in_force = wanted.filter(rhythm=alert.rhythm, confirmed_at__isnull=False, left_at__isnull=True)
    known = in_force.filter(generation__lte=alert.generation).order_by("pk")
    ids = known.values_list("pk", flat=True)
    first = next(iter(ids[:1]), alert.watermark + 1)
    return first - 1, next(iter(ids[size - 1 : size]), alert.watermark)


def write_rows(alert: Alert, where: str, params: list[Any], now: datetime) -> None:
    """Insert a row for each recipient that `where` finds (recipients.py) and that has none yet."""
    halted = alert.halted_at is not None
    state = DeliveryState.HALTED if halted else DeliveryState.PENDING
    due = max(now, alert.leaves_at or now)
    facts = [key_of(alert.pk), lane_of(Urgency(alert.urgency)).value, state.value, moment(alert.created_at)]
    times = [None, moment(now)] if halted else [moment(due), None]
    empty = "CAST(%s AS TIMESTAMP WITH TIME ZONE)" if connection.vendor == "postgresql" else "%s"
    execute(
        f"""INSERT INTO {DELIVERY} (alert_id, letter, subscriber_id, back_to, lane, state, attempts, made_at, next_at,
                settled_at, holder, reply)
            SELECT %s, '', s.subscriber_id, '', %s, %s, 0, %s, {empty}, {empty}, '', '' {where}
            ON CONFLICT DO NOTHING""",
        [*facts, *times, *params],
    )


def _finish(alert: Alert, now: datetime) -> None:
    """Mark all recipients as written down, and keep how many of `intended` have no row.

    They are counted without the lock: no row is added to a finished alert.
    """
    shortfall = alert.intended - Delivery.objects.filter(alert=alert).count()
    Alert.objects.filter(pk=alert.pk).update(frozen_at=now, shortfall=shortfall)
    if shortfall:
        log.critical(
            "alert %s: all recipients are written down, but %d of the %d counted at Send are missing",
            alert.pk, shortfall, alert.intended,
        )  # fmt: skip
