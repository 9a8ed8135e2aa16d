"""Write down who is to get an alert, in slices.

Who that is was fixed at Send: subscriptions up to the watermark, confirmed by then, not left by then. Whoever leaves
while the slices are written stands in the ledger all the same, and is suppressed and counted before the first try. Each
slice and the mark of how far it goes are one transaction, so a killed process goes on where it stopped, and one INSERT,
so that the lock is held for some milliseconds.
"""

from datetime import datetime
from typing import Any

from django.db import connection, models, transaction

from stoppress.alerts.models import Alert, Delivery, Subscription, Suppression
from stoppress.alerts.words import DeliveryState, Lane, Urgency

SLICE = 1_000
"""Subscriptions looked at in one transaction."""

INSERT = f"""
INSERT INTO {Delivery._meta.db_table}
    (alert_id, letter, subscriber_id, back_to, lane, state, attempts, made_at, next_at, holder, reply, settled_at)
SELECT %s, '', s.subscriber_id, '', %s, %s, 0, %s, {{next_at}}, '', '', {{settled_at}}
FROM {Subscription._meta.db_table} s
WHERE s.topic_id = %s AND s.id > %s AND s.id <= %s
    AND s.confirmed_at <= %s AND (s.left_at IS NULL OR s.left_at > %s)
    AND NOT EXISTS (
        SELECT 1 FROM {Suppression._meta.db_table} x
        WHERE x.subscriber_id = s.subscriber_id AND x.at <= %s AND (x.lifted_at IS NULL OR x.lifted_at > %s))
ON CONFLICT DO NOTHING
"""


def lane_of(urgency: Urgency) -> Lane:
    """The lane in which an alert of this urgency travels."""
    return Lane.CORRECTION if urgency is Urgency.CORRECTION else Lane.BREAKING


def freeze_slice(*, now: datetime, size: int = SLICE) -> bool:
    """Write the next slice of the oldest alert that needs one; False if none does."""
    with transaction.atomic():
        alert = Alert.objects.select_for_update().filter(frozen_at__isnull=True).order_by("created_at").first()
        if alert is None:
            return False
        upto = min(alert.frozen_upto + size, alert.watermark)
        _insert(alert, upto, now)
        alert.frozen_upto = upto
        if upto >= alert.watermark:
            alert.frozen_at = now
            alert.intended = Delivery.objects.filter(alert=alert).count()
        alert.save(update_fields=["frozen_upto", "frozen_at", "intended"])
    return True


def _insert(alert: Alert, upto: int, now: datetime) -> None:
    halted = alert.halted_at is not None
    state = DeliveryState.HALTED if halted else DeliveryState.PENDING
    at_send = _stored(Alert, "created_at", alert.created_at)
    due = _stored(Delivery, "next_at", now)
    with connection.cursor() as cursor:
        cursor.execute(
            INSERT.format(next_at="NULL" if halted else "%s", settled_at="%s" if halted else "NULL"),
            [
                _stored(Alert, "id", alert.id),
                lane_of(Urgency(alert.urgency)).value,
                state.value,
                at_send,
                due,
                alert.topic_id,
                alert.frozen_upto,
                upto,
                at_send,
                at_send,
                at_send,
                at_send,
            ],
        )


def _stored(model: type[models.Model], field: str, value: Any) -> Any:
    """`value` as this database keeps it."""
    return model._meta.get_field(field).get_db_prep_save(value, connection)  # type: ignore[union-attr]
