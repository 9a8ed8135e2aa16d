"""Claim recipients directly from the subscriptions, while an alert is sent as fast as a relay accepts it.

    subscriptions ──► deliveries in flight, held by this mailer ──► (commit) ──► sent

A row that is inserted as pending, found again and moved costs more than twice as much as one that is inserted in
flight. Recipients that have no row yet count as pending (ledger/receipt_totals.py). The mailer materialises them when
it has time (recipients/materialise_recipients.py). Of several mailers, each locks the alert's row while it claims.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import NamedTuple

from django.db import connection
from django.db.models import Min

from stoppress.delivery.ledger.delivery_states import IN_FLIGHT
from stoppress.delivery.ledger.sql_dialects import (
    ALERT,
    DELIVERY,
    execute,
    is_sqlite,
    key_parameter,
    keys_parameter,
    select_rows,
    time_parameter,
)
from stoppress.delivery.models import Alert
from stoppress.delivery.recipients.recipient_query import select_subscriptions
from stoppress.delivery.transitions.claim_deliveries import ClaimedDelivery
from stoppress.subscribers.models import Subscription

MAX_SUBSCRIPTIONS_SCANNED = 20_000
"""Subscription ids scanned for one window: ids of other topics may lie between those of the alert's recipients."""

CLAIMABLE = f"""id = %s AND halted_at IS NULL AND materialised_at IS NULL AND not_after > %s
    AND NOT EXISTS (SELECT 1 FROM {ALERT} c WHERE c.corrects_id = {ALERT}.id)"""
"""The alert, by its primary key, if its recipients may still be claimed directly."""


class AlertProgress(NamedTuple):
    """How far the recipients of an alert are materialised."""

    materialised_up_to_id: int
    last_source_id: int


class ListedSubscription(NamedTuple):
    """A subscription in force at Send that has no delivery yet."""

    subscription_id: int
    subscriber_id: int
    email: str
    secret: str
    language: str


class ClaimedSubscribers(NamedTuple):
    """The claimed deliveries, and True if the next claim may find as many.

    Otherwise the rest, if any, is left to materialise_recipients.py.
    """

    deliveries: list[ClaimedDelivery]
    has_more: bool


def claim_from_subscriptions(alert: Alert, size: int, *, holder: str, now: datetime) -> ClaimedSubscribers:
    """Create up to `size` deliveries in flight for recipients that have none, inside the caller's transaction.

    Args:
        alert: one of `OpenAlerts.unmaterialised`.
        size: maximum number of deliveries.
        holder: the mailer.
        now: the time.
    """
    lock = "" if is_sqlite() else " FOR NO KEY UPDATE"
    columns = ", ".join(AlertProgress._fields)
    parameters = [key_parameter(alert.pk), time_parameter(now)]
    rows = select_rows(AlertProgress._make, columns, f"{ALERT} WHERE {CLAIMABLE}{lock}", parameters)
    if not rows:
        return ClaimedSubscribers([], has_more=False)
    [progress] = rows
    after = progress.materialised_up_to_id or _first_subscription(alert) - 1
    end = min(after + MAX_SUBSCRIPTIONS_SCANNED, progress.last_source_id)
    listed = _select_listed(alert, after, end, size)
    up_to = listed[-1].subscription_id if len(listed) == size else end
    ids = _insert(alert, [row.subscriber_id for row in listed], holder)
    execute(f"UPDATE {ALERT} SET materialised_up_to_id = %s WHERE id = %s", [up_to, key_parameter(alert.pk)])
    has_more = len(listed) == size and up_to < progress.last_source_id
    return ClaimedSubscribers(_to_claimed(alert, ids, listed), has_more)


def _first_subscription(alert: Alert) -> int:
    """Return the id of the topic's first subscription: a million older ones may be of other topics."""
    first = Subscription.objects.filter(topic=alert.topic_id).aggregate(Min("pk"))["pk__min"]
    return int(first or 1)


def _select_listed(alert: Alert, after: int, end: int, size: int) -> Sequence[ListedSubscription]:
    """Return the next subscriptions in the order of their ids. Index: subscription_in_force."""
    query = select_subscriptions(alert, after, end)
    columns = "s.id AS id, s.subscriber_id AS subscriber_id, r.email, r.secret, r.language"
    return select_rows(
        ListedSubscription._make,
        "id, subscriber_id, email, secret, language",
        f"(SELECT {columns} {query.clause} ORDER BY s.id LIMIT %s) listed",
        [*query.parameters, size],
    )


def _insert(alert: Alert, subscriber_ids: Sequence[int], holder: str) -> Mapping[int, int]:
    """Insert deliveries in flight; return their ids by subscriber. A subscriber that has a delivery is left out."""
    if not subscriber_ids:
        return {}
    each = "json_each(%s)" if is_sqlite() else "unnest(%s::bigint[]) j(value)"
    with connection.cursor() as cursor:
        cursor.execute(
            f"""INSERT INTO {DELIVERY} (alert_id, transactional_kind, subscriber_id, return_slug, lane, state, attempts,
                    created_at, holder, reply)
                SELECT %s, '', value, '', %s, %s, 0, %s, %s, '' FROM {each} WHERE true
                ON CONFLICT DO NOTHING RETURNING subscriber_id, id""",
            [
                key_parameter(alert.pk), alert.lane.value, IN_FLIGHT.value,
                time_parameter(alert.created_at), holder, keys_parameter(subscriber_ids),
            ],
        )  # fmt: skip
        return dict(cursor.fetchall())


def _to_claimed(alert: Alert, ids: Mapping[int, int], listed: Iterable[ListedSubscription]) -> list[ClaimedDelivery]:
    lane = alert.lane
    return [
        ClaimedDelivery(
            id=ids[row.subscriber_id],
            subscriber_id=row.subscriber_id,
            email=row.email,
            secret=row.secret,
            language=row.language,
            alert_id=alert.pk,
            transactional_kind=None,
            topic_id=alert.topic_id,
            return_slug="",
            attempts=0,
            created_at=alert.created_at,
            not_after=alert.not_after,
            lane=lane,
        )
        for row in listed
        if row.subscriber_id in ids
    ]
