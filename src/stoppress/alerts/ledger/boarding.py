"""Write recipients down and take them up in one step, while an alert leaves as fast as a relay takes it (SQLite).

    list of subscriptions ──► left since Send? ──yes──► suppressed
                                    └────no────► in flight, held by this mailer ──► (commit) ──► sent

A row that is written as pending, found again and moved costs more than twice as much as one that is in flight from the
first. Nobody has to have been written down before: those who have not count as pending (receipt.py), and are written
down when the mailer has time (freezing.py). With PostgreSQL several mailers would wait for the alert's row.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple

from stoppress.alerts.ledger.claiming import Parcel
from stoppress.alerts.ledger.docket import lane_of
from stoppress.alerts.ledger.recipients import subscribers_between
from stoppress.alerts.ledger.sql import ALERT, DELIVERY, MUTE, SUPPRESSION, execute, ids, key_of, moment, rows
from stoppress.alerts.ledger.states import IN_FLIGHT, SUPPRESSED
from stoppress.alerts.models import Alert
from stoppress.alerts.words import DeliveryState, Urgency

SPAN = 20_000
"""Numbers of subscriptions that are looked at for one window: others may lie between those who get the alert."""

STAYS = f"""r.erased_at IS NULL AND s.left_at IS NULL
    AND NOT EXISTS (SELECT 1 FROM {SUPPRESSION} x WHERE x.subscriber_id = r.id AND x.lifted_at IS NULL)
    AND NOT EXISTS (SELECT 1 FROM {MUTE} m WHERE m.subscriber_id = r.id AND m.blog_id = %s)"""
"""Whether somebody for whom the alert was meant still wants it. `s`: the subscription, `r`: the subscriber."""
OPEN = f"""id = %s AND halted_at IS NULL AND frozen_at IS NULL AND not_after > %s
    AND NOT EXISTS (SELECT 1 FROM {ALERT} c WHERE c.corrects_id = {ALERT}.id)"""


class Boarded(NamedTuple):
    """What was taken up, and whether as much may come next time: else the rest, if any, is for freezing.py."""

    parcels: list[Parcel]
    more: bool


def board(alert: Alert, size: int, *, holder: str, now: datetime) -> Boarded:
    """Take up to `size` of those in flight who are not written down yet, inside the caller's transaction.

    Args:
        alert: one of a docket's `unwritten`.
        holder: the mailer.
    """
    found = rows("frozen_upto, watermark", f"{ALERT} WHERE {OPEN}", [key_of(alert.pk), moment(now)])
    if not found:
        return Boarded([], more=False)
    after, watermark = found[0]
    end = min(after + SPAN, watermark)
    listed = _listed(alert, after, end, size)
    upto = listed[-1][0] if len(listed) == size else end
    staying = [row for row in listed if row[-1]]
    numbers = _write(alert, [row[1] for row in staying], IN_FLIGHT, holder, now)
    _write(alert, [row[1] for row in listed if not row[-1]], SUPPRESSED, "", now)
    execute(f"UPDATE {ALERT} SET frozen_upto = %s WHERE id = %s", [upto, key_of(alert.pk)])
    parcels = [_parcel(alert, numbers[row[1]], row) for row in staying if row[1] in numbers]
    return Boarded(parcels, more=len(listed) == size and upto < watermark)


def _listed(alert: Alert, after: int, end: int, size: int) -> Sequence[Sequence[Any]]:
    """Subscription, subscriber, address, secret, language, and whether they still want it; in order."""
    where, params = subscribers_between(alert, after, end)
    columns = f"s.id AS id, s.subscriber_id AS reader, r.email, r.secret, r.language, {STAYS} AS stays"
    return rows(
        "id, reader, email, secret, language, stays",
        f"(SELECT {columns} {where} ORDER BY s.id LIMIT %s)",
        [alert.blog_id or 0, *params, size],
    )


def _write(
    alert: Alert, subscribers: Sequence[int], state: DeliveryState, holder: str, now: datetime
) -> Mapping[int, int]:
    """Write rows with ids one after the other, which nobody else can take meanwhile. Returns them by subscriber; who
    stood in the ledger before is left out."""
    if not subscribers:
        return {}
    last = rows("seq", "sqlite_sequence WHERE name = %s", [DELIVERY])
    first = (last[0][0] if last else 0) + 1
    settled = None if state is IN_FLIGHT else moment(now)
    written = execute(
        f"""INSERT INTO {DELIVERY} (id, alert_id, letter, subscriber_id, back_to, lane, state, attempts, made_at,
                next_at, settled_at, holder, reply)
            SELECT %s + j.key, %s, '', j.value, '', %s, %s, 0, %s, NULL, %s, %s, '' FROM json_each(%s) j WHERE true
            ON CONFLICT DO NOTHING""",
        [
            first, key_of(alert.pk), lane_of(Urgency(alert.urgency)).value, state.value, moment(alert.created_at),
            settled, holder, ids(subscribers),
        ],
    )  # fmt: skip
    if written == len(subscribers):
        return {subscriber: first + place for place, subscriber in enumerate(subscribers)}
    return {row[0]: row[1] for row in rows("subscriber_id, id", f"{DELIVERY} WHERE id >= %s", [first])}


def _parcel(alert: Alert, delivery: int, row: Sequence[Any]) -> Parcel:
    _, reader, email, secret, language, _ = row
    return Parcel(
        delivery, reader, email, secret, language, alert.pk, None, alert.topic_id, "", 0, alert.created_at,
        alert.not_after, lane_of(Urgency(alert.urgency)),
    )  # fmt: skip
