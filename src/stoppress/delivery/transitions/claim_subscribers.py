"""Write recipients down and take them up in one step, while an alert leaves as fast as a relay takes it.

    list of subscriptions ──► in flight, held by this mailer ──► (commit) ──► sent

A row that is written as pending, found again and moved costs more than twice as much as one that is in flight from the
first. Nobody has to have been written down before: those who have not count as pending (receipt.py), and are written
down when the mailer has time (freezing.py). Of several mailers each holds the alert's row while it takes up a window.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple

from django.db import connection
from django.db.models import Min

from stoppress.delivery.choices import Urgency
from stoppress.delivery.ledger.delivery_states import IN_FLIGHT
from stoppress.delivery.ledger.open_alerts import lane_for_urgency
from stoppress.delivery.ledger.sql_dialects import ALERT, DELIVERY, execute, keys_parameter, is_sqlite, key_parameter, time_parameter, select_rows
from stoppress.delivery.models import Alert
from stoppress.delivery.recipients.recipient_query import select_subscriptions
from stoppress.delivery.transitions.claim_deliveries import ClaimedDelivery
from stoppress.subscribers.models import Subscription

MAX_SUBSCRIPTIONS_SCANNED = 20_000
"""Numbers of subscriptions that are looked at for one window: others may lie between those who get the alert."""

OPEN = f"""id = %s AND halted_at IS NULL AND materialised_at IS NULL AND not_after > %s
    AND NOT EXISTS (SELECT 1 FROM {ALERT} c WHERE c.corrects_id = {ALERT}.id)"""


class ClaimedSubscribers(NamedTuple):
    """What was taken up, and whether as much may come next time: else the rest, if any, is for freezing.py."""

    deliveries: list[ClaimedDelivery]
    has_more: bool


def claim_from_subscriptions(alert: Alert, size: int, *, holder: str, now: datetime) -> ClaimedSubscribers:
    """Take up to `size` of those in flight who are not written down yet, inside the caller's transaction.

    Args:
        alert: one of a docket's `unwritten`.
        holder: the mailer.
    """
    alone = "" if is_sqlite() else " FOR NO KEY UPDATE"
    found = select_rows("materialised_up_to_id, last_source_id", f"{ALERT} WHERE {OPEN}{alone}", [key_parameter(alert.pk), time_parameter(now)])
    if not found:
        return ClaimedSubscribers([], has_more=False)
    after, last_source_id = found[0]
    after = after or _first(alert) - 1
    end = min(after + MAX_SUBSCRIPTIONS_SCANNED, last_source_id)
    listed = _listed(alert, after, end, size)
    upto = listed[-1][0] if len(listed) == size else end
    numbers = _write(alert, [row[1] for row in listed], holder)
    execute(f"UPDATE {ALERT} SET materialised_up_to_id = %s WHERE id = %s", [upto, key_parameter(alert.pk)])
    return ClaimedSubscribers(_parcels(alert, numbers, listed), has_more=len(listed) == size and upto < last_source_id)


def _first(alert: Alert) -> int:
    """The first subscription of the alert's topic: a million of older ones may be about others."""
    first = Subscription.objects.filter(topic=alert.topic_id).aggregate(Min("pk"))["pk__min"]
    return int(first or 1)


def _listed(alert: Alert, after: int, end: int, size: int) -> Sequence[Sequence[Any]]:
    """Subscription, subscriber, address, secret and language of each; in order."""
    where, params = select_subscriptions(alert, after, end)
    columns = "s.id AS id, s.subscriber_id AS reader, r.email, r.secret, r.language"
    return select_rows(
        "id, reader, email, secret, language",
        f"(SELECT {columns} {where} ORDER BY s.id LIMIT %s) listed",
        [*params, size],
    )


def _write(alert: Alert, subscribers: Sequence[int], holder: str) -> Mapping[int, int]:
    """Write rows; their ids by subscriber. Who stood in the ledger before is left out."""
    if not subscribers:
        return {}
    each = "json_each(%s)" if is_sqlite() else "unnest(%s::bigint[]) j(value)"
    with connection.cursor() as cursor:
        cursor.execute(
            f"""INSERT INTO {DELIVERY} (alert_id, transactional_kind, subscriber_id, return_slug, lane, state, attempts, created_at,
                    holder, reply)
                SELECT %s, '', value, '', %s, %s, 0, %s, %s, '' FROM {each} WHERE true
                ON CONFLICT DO NOTHING RETURNING subscriber_id, id""",
            [
                key_parameter(alert.pk), lane_for_urgency(Urgency(alert.urgency)).value, IN_FLIGHT.value, time_parameter(alert.created_at),
                holder, keys_parameter(subscribers),
            ],
        )  # fmt: skip
        return dict(cursor.fetchall())


def _parcels(alert: Alert, numbers: Mapping[int, int], listed: Iterable[Sequence[Any]]) -> list[ClaimedDelivery]:
    pk, topic, lane = alert.pk, alert.topic_id, lane_for_urgency(Urgency(alert.urgency))
    made, until = alert.created_at, alert.not_after
    return [
        ClaimedDelivery(numbers[reader], reader, email, secret, language, pk, None, topic, "", 0, made, until, lane)
        for _, reader, email, secret, language in listed
        if reader in numbers
    ]
