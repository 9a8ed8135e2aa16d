"""Take up a window of deliveries: look once more at each, stop what must not leave, commit the rest as in flight.

deferred rows that are due, pending rows of open alerts, letters; lane by lane
    └──► left or muted since? ► suppressed    too late? ► expired    halted? ► halted    corrected? ► superseded
            └──► in flight, held by this mailer ──► (commit) ──► sent
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, NamedTuple
from uuid import UUID

from django.db import transaction

from stoppress.delivery.choices import OUTDATING_CHANGES, DeliveryState, Lane, TransactionalKind, Urgency
from stoppress.delivery.ledger.delivery_states import (
    DEFERRED,
    EXPIRED,
    HALTED,
    IN_FLIGHT,
    PENDING,
    SUPERSEDED,
    SUPPRESSED,
    WAITING,
    check_transition,
)
from stoppress.delivery.ledger.muted_stories import apply_mutes
from stoppress.delivery.ledger.open_alerts import OpenAlerts, find_open_alerts
from stoppress.delivery.ledger.outdated_digests import find_outdated_digests
from stoppress.delivery.ledger.sql_dialects import (
    ALERT,
    CHANGE,
    DELIVERY,
    MUTE,
    SUBSCRIBER,
    SUBSCRIPTION,
    SUPPRESSION,
    in_keys,
    execute,
    keys_parameter,
    is_sqlite,
    key_parameter,
    time_parameter,
    parse_time,
    select_rows,
    parse_uuid,
)
from stoppress.delivery.recipients.send_order import block_sends

LANE_RESERVE_DIVISOR = 8
"""Every lane that has something due gets at least this part (one eighth) of a window, so that none starves."""
RETRY_SHARE_DIVISOR = 8
"""Of what a lane gets, so much (one eighth) is for what is to be tried again, however much was never tried yet."""
NOTHING: frozenset[str] = frozenset()
TRANSACTIONAL_MAIL_LIFETIME = timedelta(days=2)
"""How long a letter is tried: who asked for it has stopped waiting by then."""

COLUMNS = f"""
    d.lane, d.id, d.subscriber_id, s.email, s.secret, s.language, d.alert_id, d.transactional_kind,
    COALESCE(a.topic_id, d.topic_id), d.return_slug, d.attempts, COALESCE(a.created_at, d.created_at), a.not_after, d.state,
    CASE
        WHEN s.erased_at IS NOT NULL AND a.id IS NULL THEN '{SUPPRESSED}'
        WHEN a.id IS NULL THEN CASE WHEN d.created_at > %s THEN '{IN_FLIGHT}' ELSE '{EXPIRED}' END
        WHEN a.halted_at IS NOT NULL AND EXISTS (SELECT 1 FROM {ALERT} c WHERE c.corrects_id = a.id) THEN '{SUPERSEDED}'
        WHEN a.halted_at IS NOT NULL THEN '{HALTED}'
        WHEN a.not_after <= %s THEN '{EXPIRED}'
        WHEN s.erased_at IS NULL
            AND EXISTS (SELECT 1 FROM {SUBSCRIPTION} w WHERE w.subscriber_id = s.id AND w.topic_id = a.topic_id
                AND w.confirmed_at IS NOT NULL AND w.unsubscribed_at IS NULL)
            AND NOT EXISTS (SELECT 1 FROM {SUPPRESSION} x WHERE x.subscriber_id = s.id AND x.lifted_at IS NULL)
            AND NOT EXISTS (SELECT 1 FROM {MUTE} m WHERE m.subscriber_id = s.id AND m.blog_id = a.blog_id)
            THEN '{IN_FLIGHT}'
        ELSE '{SUPPRESSED}' END
"""
"""What a mailer needs to know of a delivery, then its state, and last what becomes of it. For letters only time counts,
since their reader asked for them just now."""


class ClaimedDelivery(NamedTuple):
    """One delivery in flight: all that a mailer needs to know of it. `created_at`: of an alert, when Send was pressed.
    `without`: of a digest, the slugs of its stories that the reader has muted."""

    id: int
    subscriber_id: int
    email: str
    secret: str
    language: str
    alert_id: UUID | None
    transactional_kind: TransactionalKind | None
    topic_id: int
    return_slug: str
    attempts: int
    created_at: datetime
    not_after: datetime
    lane: Lane
    muted_stories: frozenset[str] = frozenset()


def claim_deliveries(
    size: int,
    *,
    holder: str,
    now: datetime,
    open_alerts: OpenAlerts | None = None,
    lane_limits: Mapping[Lane, int] | None = None,
) -> list[ClaimedDelivery]:
    """Take up to `size` deliveries in flight, most urgent lane first. They are committed when this returns, unless the
    caller's own transaction is still open.

    Args:
        holder: the mailer.
        open_alerts: the docket to take from, if one is at hand.
        lane_limits: how many may be taken of each lane, if that matters.
    """
    known = find_open_alerts(now=now) if open_alerts is None else open_alerts
    with transaction.atomic(savepoint=False):
        block_sends()
        _halt_overtaken(known, now)
        judged, without = apply_mutes(select_window(_judged(size, known, lane_limits, now), size))
        for state in (IN_FLIGHT, SUPPRESSED, EXPIRED, HALTED, SUPERSEDED):
            _move([row[1] for row in judged if row[-1] == state], state, holder, now)
    return _parcels((row for row in judged if row[-1] == IN_FLIGHT), without)


def select_window(candidates: Iterable[Sequence[Any]], size: int) -> list[Sequence[Any]]:
    """The window out of what is due, most urgent first: every lane its reserve, what is left by urgency."""
    lanes: dict[int, list[Sequence[Any]]] = {lane: [] for lane in Lane}
    for row in candidates:
        lanes[row[0]].append(row)
    reserve = max(1, size // LANE_RESERVE_DIVISOR)
    waiting = sum(min(len(found), reserve) for found in lanes.values())
    taken, left = [], size
    for found in lanes.values():
        mine = min(len(found), reserve)
        waiting -= mine
        count = min(len(found), max(mine, left - waiting), left)
        taken += _in_turn(found, count)
        left -= count
    return taken


def _in_turn(found: Sequence[Sequence[Any]], count: int) -> list[Sequence[Any]]:
    """So many of one lane's rows: the share of those to be tried again, then the others, then more of the first."""
    again = [row for row in found if row[-2] == DEFERRED]
    if not again or count == len(found):
        return list(found[:count])
    others = [row for row in found if row[-2] != DEFERRED]
    share = _share(count)
    return [*again[:share], *others, *again[share:]][:count]


def _share(count: int) -> int:
    return -(-count // RETRY_SHARE_DIVISOR)


def _judged(size: int, known: OpenAlerts, lane_limits: Mapping[Lane, int] | None, now: datetime) -> Sequence[Sequence[Any]]:
    due, params = _due(_limits(size, lane_limits), known, now)
    rest = f"""({due}) u JOIN {DELIVERY} d ON d.id = u.id JOIN {SUBSCRIBER} s ON s.id = d.subscriber_id
        LEFT JOIN {ALERT} a ON a.id = d.alert_id"""
    return select_rows(COLUMNS, rest, [time_parameter(now - TRANSACTIONAL_MAIL_LIFETIME), time_parameter(now), *params])


def _limits(size: int, lane_limits: Mapping[Lane, int] | None) -> dict[Lane, int]:
    if lane_limits is None:
        return dict.fromkeys(Lane, size)
    return {lane: room for lane, room in lane_limits.items() if room}


def _due(limits: Mapping[Lane, int], known: OpenAlerts, now: datetime) -> tuple[str, list[object]]:
    """The statement that finds the ids of due rows, and its parameters; on PostgreSQL it locks them.

    Pending rows of alerts are found by their alert, so that an alert which is being halted, or a large one, is in
    nobody's way; several alerts of a lane share it. Deferred rows are found by an index of their own.
    """
    parts: list[str] = []
    params: list[object] = []
    for lane, limit in limits.items():
        alerts = known.lane(lane)
        for alert in alerts:
            parts.append(_part(f"alert_id = %s AND state = '{PENDING}'"))
            params += [key_parameter(alert), -(-limit // len(alerts))]
        # "+ 0": found by being nobody's, not by the lane, which an alert may have filled with a million others.
        parts.append(_part(f"alert_id IS NULL AND state = '{PENDING}' AND lane + 0 = %s AND next_attempt_at <= %s"))
        params += [lane.value, time_parameter(now), limit]
        if not known.has_alerts_to_cancel(lane):
            parts.append(_part(f"lane = %s AND next_attempt_at <= %s AND state = '{DEFERRED}'", "next_attempt_at"))
            params += [lane.value, time_parameter(now), _share(limit) if alerts else limit]
    return " UNION ALL ".join(parts), params


def _part(condition: str, order: str = "") -> str:
    """One source of ids. Pending rows come in no order on PostgreSQL: it would sort a million for each window."""
    if is_sqlite():
        return f"SELECT * FROM (SELECT id FROM {DELIVERY} WHERE {condition} ORDER BY {order or 'id'} LIMIT %s)"
    by = f"ORDER BY {order} " if order else ""
    return f"SELECT * FROM (SELECT id FROM {DELIVERY} WHERE {condition} {by}LIMIT %s FOR UPDATE SKIP LOCKED) AS part"


def _halt_overtaken(known: OpenAlerts, now: datetime) -> None:
    """Mark what the log has overtaken since the docket was made (decision 006)."""
    if not known.all_sendable:
        return
    kinds = ", ".join(f"'{kind}'" for kind in OUTDATING_CHANGES)
    execute(
        f"""UPDATE {ALERT} SET halted_at = %s WHERE id {in_keys()} AND halted_at IS NULL AND EXISTS (
            SELECT 1 FROM {CHANGE} c WHERE c.post_id = {ALERT}.post_id AND c.seq > {ALERT}.seq
                AND c.kind IN ({kinds}))""",
        [time_parameter(now), keys_parameter(alert.pk for alert in known.all_sendable)],
    )
    if digests := find_outdated_digests(alert for alert in known.all_sendable if alert.urgency == Urgency.DIGEST):
        execute(
            f"UPDATE {ALERT} SET halted_at = %s WHERE id {in_keys()} AND halted_at IS NULL",
            [time_parameter(now), keys_parameter(alert.pk for alert in digests)],
        )


def _move(numbers: list[int], to: DeliveryState, holder: str, now: datetime) -> None:
    if not numbers:
        return
    for before in WAITING:
        check_transition(before, to)
    facts, params = ("holder = %s", [holder]) if to is IN_FLIGHT else ("settled_at = %s", [time_parameter(now)])
    execute(
        f"UPDATE {DELIVERY} SET state = '{to}', next_attempt_at = NULL, {facts} WHERE id {in_keys()} "
        f"AND state || '' IN ('{PENDING}', '{DEFERRED}')",  # found by their ids: see settling.py
        [*params, keys_parameter(numbers)],
    )


def _parcels(judged: Iterable[Sequence[Any]], without: Mapping[int, frozenset[str]]) -> list[ClaimedDelivery]:
    """Parcels of rows as COLUMNS gives them. What all copies of an alert share is read once."""
    shared: dict[object, tuple[UUID | None, datetime, datetime]] = {}
    parcels = []
    for lane, pk, subscriber, email, secret, language, alert, letter, topic, return_slug, attempts, at, until, *_ in judged:
        facts = shared.get(alert)
        if facts is None:
            made = parse_time(at)
            facts = parse_uuid(alert), made, parse_time(until) if until else made + TRANSACTIONAL_MAIL_LIFETIME
            if alert:
                shared[alert] = facts
        alert_id, created_at, not_after = facts
        kind = TransactionalKind(letter) if letter else None
        parcels.append(
            ClaimedDelivery(
                pk, subscriber, email, secret, language, alert_id, kind, topic, return_slug, attempts, created_at, not_after,
                Lane(lane), without.get(pk, NOTHING),
            )
        )  # fmt: skip
    return parcels
