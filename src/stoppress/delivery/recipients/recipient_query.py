"""Select an alert's recipients: the subscriptions that were in force when Send committed, in the order of commits.

A recipient's subscription is confirmed and not left, of the alert's topic and frequency (of a digest: also of its zone);
its subscriber is neither erased nor suppressed and has not muted the story. All of this is read from the tables as they
are now, and only for subscriptions that have not changed since Send (send_order.py). A subscription that changes before
its recipient has a row gets the row in the transaction that changes it (before_change.py). No clock takes part.

A subscriber who leaves after Send stands in the ledger, and is suppressed and counted before the first try.

A correction is for those whom the corrected alert reached or may have reached, and for those whom it would still reach.
"""

from collections.abc import Collection, Iterable
from typing import Any

from django.conf import settings
from django.db import connection

from stoppress.delivery.choices import DeliveryState
from stoppress.delivery.ledger.delivery_states import (
    ACCEPTED,
    DEFERRED,
    HALTED,
    IN_FLIGHT,
    PENDING,
    SUPERSEDED,
    UNCERTAIN,
)
from stoppress.delivery.ledger.sql_dialects import (
    DELIVERY,
    MUTE,
    SUBSCRIBER,
    SUBSCRIPTION,
    SUPPRESSION,
    in_keys,
    keys_parameter,
    key_parameter,
)
from stoppress.delivery.models import Alert
from stoppress.subscribers.choices import Frequency

SUPERSEDABLE = (PENDING, DEFERRED, HALTED)
"""What a correction goes out in place of."""
REACHED = (ACCEPTED, UNCERTAIN, IN_FLIGHT, SUPERSEDED)
"""What a correction follows."""


def select_subscriptions(
    alert: Alert, after: int, upto: int, of: Collection[int] | None = None
) -> tuple[str, list[Any]]:
    """Build `FROM … WHERE …` for an alert's recipients that have not changed since Send; `s` is the subscription.

    Args:
        alert: no correction.
        after, upto: ids of subscriptions, the first excluded.
        of: only these subscribers.

    Returns:
        The clause and its parameters.
    """
    by_subscriber = of is not None
    parts = [
        f"FROM {SUBSCRIPTION} s JOIN {SUBSCRIBER} r ON r.id = s.subscriber_id",
        f"WHERE {'+' if by_subscriber else ''}s.topic_id = %s",  # "+": found by the subscriber, not by the topic
        "AND s.frequency = %s AND s.id > %s AND s.id <= %s AND s.generation <= %s",
        "AND s.confirmed_at IS NOT NULL AND s.unsubscribed_at IS NULL AND r.erased_at IS NULL",
        f"AND NOT EXISTS (SELECT 1 FROM {SUPPRESSION} x WHERE x.subscriber_id = s.subscriber_id",
        "AND x.lifted_at IS NULL)",
    ]
    params = [alert.topic_id, alert.frequency, after, upto, alert.generation]
    if alert.blog_id:
        muted = f"SELECT 1 FROM {MUTE} m WHERE m.subscriber_id = s.subscriber_id AND m.blog_id = %s"
        parts.append(f"AND NOT EXISTS ({muted})")
        params.append(alert.blog_id)
    if alert.frequency != Frequency.INSTANT and alert.zone:
        parts.append("AND r.zone IN (%s, %s)")
        params += [alert.zone, "" if alert.zone == settings.DEFAULT_ZONE else alert.zone]
    if of is not None:
        parts.append(f"AND s.subscriber_id {in_keys()}")
        params.append(keys_parameter(of))
    return " ".join(parts), params


def select_corrected_range(alert: Alert, after: int, upto: int) -> tuple[str, list[Any]]:
    """Likewise for a correction, out of the corrected alert's deliveries with ids in between; `s` is the delivery."""
    assert alert.corrects_id, "only a correction goes to the readers of another alert"
    where = f"FROM {DELIVERY} s WHERE s.alert_id = %s AND s.id > %s AND s.id <= %s AND s.state IN ({_listed(REACHED)})"
    return where, [key_parameter(alert.corrects_id), after, upto]


def select_corrected_states(
    alert: Alert, states: Collection[DeliveryState], of: Collection[int] | None = None
) -> tuple[str, list[Any]]:
    """Likewise out of all deliveries of the corrected alert in certain states, or only those to some subscribers."""
    assert alert.corrects_id, "only a correction goes to the readers of another alert"
    where = f"FROM {DELIVERY} s WHERE s.alert_id = %s AND s.state IN ({_listed(states)})"
    params: list[Any] = [key_parameter(alert.corrects_id)]
    if of is not None:
        where, params = f"{where} AND s.subscriber_id {in_keys()}", [*params, keys_parameter(of)]
    return where, params


def count_intended(alert: Alert) -> int:
    """How many an alert that was just made will go to. Of a correction: whom it follows or replaces, rows that the
    corrected alert has not written yet included."""
    if alert.corrects is None:
        where, params = select_subscriptions(alert, 0, alert.last_source_id)
        return _count(where, params)
    states = _listed((*REACHED, *SUPERSEDABLE))
    written = _count(f"FROM {DELIVERY} WHERE alert_id = %s", [key_parameter(alert.corrects.pk)])
    meant = _count(f"FROM {DELIVERY} WHERE alert_id = %s AND state IN ({states})", [key_parameter(alert.corrects.pk)])
    return meant + (0 if alert.corrects.materialised_at else max(0, alert.corrects.intended - written))


def _count(where: str, params: list[Any]) -> int:
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT COUNT(*) {where}", params)
        return int(cursor.fetchone()[0])


def _listed(states: Iterable[DeliveryState]) -> str:
    return ", ".join(f"'{state}'" for state in states)
