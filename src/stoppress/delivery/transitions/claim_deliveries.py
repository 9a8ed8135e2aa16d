"""Claim a window of deliveries: check each one again, stop what must not be sent, commit the rest as in flight.

    deferred and due, pending of sendable alerts, transactional mail; lane by lane
        └──► unsubscribed, muted? ► suppressed   too late? ► expired   halted? ► halted   corrected? ► superseded
                └──► in flight, held by this mailer ──► (commit) ──► sent

A claim is one transaction.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from django.db import transaction

from stoppress.delivery.choices import OUTDATING_CHANGES, DeliveryState, Lane, TransactionalKind, Urgency
from stoppress.delivery.ledger.alert_threads import Thread, apply_threads
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
from stoppress.delivery.ledger.due_deliveries import (
    TRANSACTIONAL_MAIL_LIFETIME,
    DueDelivery,
    retry_share,
    select_due_deliveries,
)
from stoppress.delivery.ledger.muted_stories import apply_mutes
from stoppress.delivery.ledger.open_alerts import OpenAlerts, find_open_alerts
from stoppress.delivery.ledger.outdated_digests import find_outdated_digests
from stoppress.delivery.ledger.sql_dialects import (
    ALERT,
    CHANGE,
    DELIVERY,
    execute,
    in_keys,
    keys_parameter,
    parse_time,
    parse_uuid,
    time_parameter,
)
from stoppress.delivery.recipients.send_order import block_sends

LANE_RESERVE_DIVISOR = 8
"""Share of a window (1/8) reserved for every lane that has something due, so that none starves."""
NO_STORIES: frozenset[str] = frozenset()


class ClaimedDelivery(NamedTuple):
    """One delivery in flight, with everything that the mailer needs to send it.

    Args:
        alert_id: None for transactional mail.
        created_at: of an alert, when Send was pressed.
        muted_stories: of a digest, the slugs of its stories that the reader has muted.
        thread: of a correction, the alerts with the error that the reader got, oldest first.
    """

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
    muted_stories: frozenset[str] = NO_STORIES
    thread: Thread = ()


def claim_deliveries(
    size: int,
    *,
    holder: str,
    now: datetime,
    open_alerts: OpenAlerts | None = None,
    lane_limits: Mapping[Lane, int] | None = None,
) -> list[ClaimedDelivery]:
    """Move up to `size` deliveries to in flight, the most urgent lane first.

    They are committed when this returns, unless the caller's own transaction is still open.

    Args:
        size: maximum number of deliveries.
        holder: the mailer.
        now: the time.
        open_alerts: the alerts to claim from; by default they are queried.
        lane_limits: maximum number of deliveries of each lane; by default `size`.
    """
    known = find_open_alerts(now=now) if open_alerts is None else open_alerts
    limits = dict.fromkeys(Lane, size) if lane_limits is None else {lane: n for lane, n in lane_limits.items() if n}
    with transaction.atomic(savepoint=False):
        block_sends()
        _halt_outdated(known, now)
        window, left_out = apply_mutes(select_window(select_due_deliveries(known, limits, now=now), size))
        window, threads = apply_threads(window)
        for state in (IN_FLIGHT, SUPPRESSED, EXPIRED, HALTED, SUPERSEDED):
            _move([delivery.id for delivery in window if delivery.next_state == state], state, holder, now)
    return _to_claimed((delivery for delivery in window if delivery.next_state == IN_FLIGHT), left_out, threads)


def select_window(due: Iterable[DueDelivery], size: int) -> list[DueDelivery]:
    """Return the window: every lane gets its reserve; the most urgent lanes get the remaining places."""
    lanes: dict[int, list[DueDelivery]] = {lane: [] for lane in Lane}
    for delivery in due:
        lanes[delivery.lane].append(delivery)
    reserve = max(1, size // LANE_RESERVE_DIVISOR)
    reserved = sum(min(len(lane_deliveries), reserve) for lane_deliveries in lanes.values())
    window, places_left = [], size
    for lane_deliveries in lanes.values():
        own = min(len(lane_deliveries), reserve)
        reserved -= own
        count = min(len(lane_deliveries), max(own, places_left - reserved), places_left)
        window += _mix_retries(lane_deliveries, count)
        places_left -= count
    return window


def _mix_retries(lane_deliveries: Sequence[DueDelivery], count: int) -> list[DueDelivery]:
    """Return `count` deliveries of one lane: the share of retries, then new deliveries, then more retries."""
    retries = [delivery for delivery in lane_deliveries if delivery.state == DEFERRED]
    if not retries or count == len(lane_deliveries):
        return list(lane_deliveries[:count])
    new = [delivery for delivery in lane_deliveries if delivery.state != DEFERRED]
    share = retry_share(count)
    return [*retries[:share], *new, *retries[share:]][:count]


def _halt_outdated(known: OpenAlerts, now: datetime) -> None:
    """Mark alerts as halted whose post was corrected or withdrawn since `known` was queried (decision 006).

    The first statement looks up the changes of each alert's post by the log's index of posts. Digests have several
    posts and are compared in Python.
    """
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


def _move(ids: list[int], to: DeliveryState, holder: str, now: datetime) -> None:
    """Move waiting deliveries to another state, by their ids alone: `|| ''` keeps indexes of the state out of it.

    On PostgreSQL such an index is full of rows that were in another state recently.
    """
    if not ids:
        return
    for before in WAITING:
        check_transition(before, to)
    column, value = ("holder", holder) if to is IN_FLIGHT else ("settled_at", time_parameter(now))
    execute(
        f"UPDATE {DELIVERY} SET state = '{to}', next_attempt_at = NULL, {column} = %s WHERE id {in_keys()} "
        f"AND state || '' IN ('{PENDING}', '{DEFERRED}')",
        [value, keys_parameter(ids)],
    )


def _to_claimed(
    due: Iterable[DueDelivery], left_out: Mapping[int, frozenset[str]], threads: Mapping[int, Thread]
) -> list[ClaimedDelivery]:
    """Return deliveries in flight. What all deliveries of an alert share is parsed once."""
    shared: dict[object, tuple[UUID | None, datetime, datetime]] = {}
    claimed = []
    for delivery in due:
        values = shared.get(delivery.alert_id)
        if values is None:
            created = parse_time(delivery.created_at)
            end = parse_time(delivery.not_after) if delivery.not_after else created + TRANSACTIONAL_MAIL_LIFETIME
            values = parse_uuid(delivery.alert_id), created, end
            if delivery.alert_id:
                shared[delivery.alert_id] = values
        alert_id, created_at, not_after = values
        kind = TransactionalKind(delivery.transactional_kind) if delivery.transactional_kind else None
        claimed.append(
            ClaimedDelivery(
                id=delivery.id,
                subscriber_id=delivery.subscriber_id,
                email=delivery.email,
                secret=delivery.secret,
                language=delivery.language,
                alert_id=alert_id,
                transactional_kind=kind,
                topic_id=delivery.topic_id,
                return_slug=delivery.return_slug,
                attempts=delivery.attempts,
                created_at=created_at,
                not_after=not_after,
                lane=Lane(delivery.lane),
                muted_stories=left_out.get(delivery.id, NO_STORIES),
                thread=threads.get(delivery.id, ()),
            )
        )
    return claimed
