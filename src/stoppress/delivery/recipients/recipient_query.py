"""Select an alert's recipients: the subscriptions in force when Send committed, in the order of commits.

A recipient's subscription is confirmed, not ended, and of the alert's topic and frequency (of a digest: also of its
zone). Its subscriber is neither erased nor suppressed and has not muted the story. All of this is read from the tables
as they are now, and only for subscriptions that have not changed since Send (send_order.py). A subscription that
changes before its recipient has a delivery gets one in the transaction that changes it (before_subscription_change.py).
No clock takes part.

A subscriber who unsubscribes after Send stays in the ledger, and is suppressed and counted before the first attempt.

A correction goes to the readers whom the corrected alert reached or may have reached, and to those whom it would still
reach.
"""

from collections.abc import Collection, Iterable
from typing import Any, NamedTuple

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
    key_parameter,
    keys_parameter,
)
from stoppress.delivery.models import Alert
from stoppress.subscribers.choices import Frequency

SUPERSEDABLE = (PENDING, DEFERRED, HALTED)
"""States of the corrected alert's deliveries that the correction replaces."""
REACHED = (ACCEPTED, UNCERTAIN, IN_FLIGHT, SUPERSEDED)
"""States of the corrected alert's deliveries whose readers get the correction."""


class RecipientQuery(NamedTuple):
    """A part of a statement, `FROM … WHERE …`, that selects recipients as `s.subscriber_id`, and its parameters."""

    clause: str
    parameters: list[Any]


def select_subscriptions(
    alert: Alert, after: int, up_to: int, subscriber_ids: Collection[int] | None = None
) -> RecipientQuery:
    """Build `FROM … WHERE …` for an alert's recipients that have not changed since Send; `s` is the subscription.

    Index: subscription_in_force by topic, or with `subscriber_ids` the unique index (subscriber, topic).

    Args:
        alert: no correction.
        after: the range of subscription ids begins after this one.
        up_to: the last id of the range.
        subscriber_ids: only these subscribers.

    """
    by_subscriber = subscriber_ids is not None
    parts = [
        f"FROM {SUBSCRIPTION} s JOIN {SUBSCRIBER} r ON r.id = s.subscriber_id",
        f"WHERE {'+' if by_subscriber else ''}s.topic_id = %s",  # "+": use the index by subscriber, not by topic
        "AND s.frequency = %s AND s.id > %s AND s.id <= %s AND s.generation <= %s",
        "AND s.confirmed_at IS NOT NULL AND s.unsubscribed_at IS NULL AND r.erased_at IS NULL",
        f"AND NOT EXISTS (SELECT 1 FROM {SUPPRESSION} x WHERE x.subscriber_id = s.subscriber_id",
        "AND x.lifted_at IS NULL)",
    ]
    parameters = [alert.topic_id, alert.frequency, after, up_to, alert.generation]
    if alert.blog_id:
        muted = f"SELECT 1 FROM {MUTE} m WHERE m.subscriber_id = s.subscriber_id AND m.blog_id = %s"
        parts.append(f"AND NOT EXISTS ({muted})")
        parameters.append(alert.blog_id)
    if alert.frequency != Frequency.INSTANT and alert.zone:
        parts.append("AND r.zone IN (%s, %s)")
        parameters += [alert.zone, "" if alert.zone == settings.DEFAULT_ZONE else alert.zone]
    if subscriber_ids is not None:
        parts.append(f"AND s.subscriber_id {in_keys()}")
        parameters.append(keys_parameter(subscriber_ids))
    return RecipientQuery(" ".join(parts), parameters)


def select_corrected_range(alert: Alert, after: int, up_to: int) -> RecipientQuery:
    """Build the same for a correction, from the corrected alert's deliveries; `s` is the delivery.

    Index: the primary key.

    Args:
        alert: the correction.
        after: the range of delivery ids begins after this one.
        up_to: the last id of the range.
    """
    assert alert.corrects_id, "only a correction has a corrected alert"
    clause = f"FROM {DELIVERY} s WHERE s.alert_id = %s AND s.id > %s AND s.id <= %s AND s.state IN ({_quoted(REACHED)})"
    return RecipientQuery(clause, [key_parameter(alert.corrects_id), after, up_to])


def select_corrected_states(
    alert: Alert, states: Collection[DeliveryState], subscriber_ids: Collection[int] | None = None
) -> RecipientQuery:
    """Build the same from all of the corrected alert's deliveries in certain states. Index: delivery_by_state.

    Args:
        alert: the correction.
        states: the states.
        subscriber_ids: only these subscribers.
    """
    assert alert.corrects_id, "only a correction has a corrected alert"
    clause = f"FROM {DELIVERY} s WHERE s.alert_id = %s AND s.state IN ({_quoted(states)})"
    parameters: list[Any] = [key_parameter(alert.corrects_id)]
    if subscriber_ids is not None:
        clause, parameters = f"{clause} AND s.subscriber_id {in_keys()}", [*parameters, keys_parameter(subscriber_ids)]
    return RecipientQuery(clause, parameters)


def count_intended(alert: Alert) -> int:
    """Return the number of recipients of an alert that was just created.

    For a correction: the readers whom the corrected alert reached or may have reached, and those whose delivery the
    correction replaces. Recipients that the corrected alert has not materialised are included.
    """
    if alert.corrects is None:
        return _count(*select_subscriptions(alert, 0, alert.last_source_id))
    states = _quoted((*REACHED, *SUPERSEDABLE))
    existing = _count(f"FROM {DELIVERY} WHERE alert_id = %s", [key_parameter(alert.corrects.pk)])
    addressed = _count(
        f"FROM {DELIVERY} WHERE alert_id = %s AND state IN ({states})", [key_parameter(alert.corrects.pk)]
    )
    return addressed + (0 if alert.corrects.materialised_at else max(0, alert.corrects.intended - existing))


def _count(clause: str, parameters: list[Any]) -> int:
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT COUNT(*) {clause}", parameters)
        return int(cursor.fetchone()[0])


def _quoted(states: Iterable[DeliveryState]) -> str:
    return ", ".join(f"'{state}'" for state in states)
