"""Query the deliveries that are due for one window of the mailer, and the state to which each of them moves.

One statement per window. Each subquery below finds ids by an index of its own, so that no lane waits behind a million
rows of another one. The outer query reads, for these ids only, everything that the mailer needs:

    pending, of a sendable alert   index delivery_by_state (alert, state); several alerts of a lane share the limit
    pending, transactional mail    index delivery_by_state, alert IS NULL; "lane + 0" keeps the planner from using the
                                   index of the lane, which an alert may have filled with a million others
    deferred, of any lane          index delivery_to_retry (lane, next_attempt_at) of deferred rows
"""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import NamedTuple

from stoppress.delivery.choices import Lane
from stoppress.delivery.ledger.delivery_states import (
    DEFERRED,
    EXPIRED,
    HALTED,
    IN_FLIGHT,
    PENDING,
    SUPERSEDED,
    SUPPRESSED,
)
from stoppress.delivery.ledger.open_alerts import OpenAlerts
from stoppress.delivery.ledger.sql_dialects import (
    ALERT,
    DELIVERY,
    MUTE,
    SUBSCRIBER,
    SUBSCRIPTION,
    SUPPRESSION,
    is_sqlite,
    key_parameter,
    select_rows,
    time_parameter,
)

RETRY_SHARE_DIVISOR = 8
"""Share of each lane (1/8) reserved for retries, so that new deliveries cannot starve them."""
TRANSACTIONAL_MAIL_LIFETIME = timedelta(days=2)
"""How long a transactional mail is tried: its reader has stopped waiting by then."""


class DueDelivery(NamedTuple):
    """One row of the query below. Ids and times have the database's own form (sql_dialects.parse_uuid, parse_time).

    Args:
        created_at: of an alert, when Send was pressed.
        not_after: of an alert, its end; None for transactional mail.
        state: pending or deferred.
        next_state: the state to which a claim moves it: in flight, or a state that stops it.
    """

    lane: int
    id: int
    subscriber_id: int
    email: str
    secret: str
    language: str
    alert_id: object
    transactional_kind: str
    topic_id: int
    return_slug: str
    attempts: int
    created_at: object
    not_after: object
    state: str
    next_state: str


# The columns of DueDelivery. The last one computes the delivery's next state in the same statement. Transactional
# mail is sent unless it is too old or its reader was erased: its reader requested it just now. Deliveries of an alert
# are stopped if the alert is halted, corrected or too old, or if the reader has since been erased, has unsubscribed,
# is suppressed, or has muted the story (of a correction: alert_threads.py). Each EXISTS finds its row by the unique
# index of its table.
_COLUMNS = f"""
    d.lane, d.id, d.subscriber_id, s.email, s.secret, s.language, d.alert_id, d.transactional_kind,
    COALESCE(a.topic_id, d.topic_id), d.return_slug, d.attempts, COALESCE(a.created_at, d.created_at), a.not_after,
    d.state,
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
            AND (a.corrects_id IS NOT NULL
                OR NOT EXISTS (SELECT 1 FROM {MUTE} m WHERE m.subscriber_id = s.id AND m.blog_id = a.blog_id))
            THEN '{IN_FLIGHT}'
        ELSE '{SUPPRESSED}' END
"""


def select_due_deliveries(open_alerts: OpenAlerts, limits: Mapping[Lane, int], *, now: datetime) -> list[DueDelivery]:
    """Return deliveries that are due, in each lane at most about twice its limit; on PostgreSQL they are locked.

    Args:
        open_alerts: the alerts whose pending deliveries may be sent.
        limits: how many deliveries of each lane are wanted, at least 1.
        now: the time.
    """
    ids, parameters = _due_ids(open_alerts, limits, now)
    rest = f"""({ids}) u JOIN {DELIVERY} d ON d.id = u.id JOIN {SUBSCRIBER} s ON s.id = d.subscriber_id
        LEFT JOIN {ALERT} a ON a.id = d.alert_id"""
    oldest = time_parameter(now - TRANSACTIONAL_MAIL_LIFETIME)
    return select_rows(DueDelivery._make, _COLUMNS, rest, [oldest, time_parameter(now), *parameters])


def retry_share(count: int) -> int:
    """Return how many of `count` places in a lane are reserved for retries, at least 1."""
    return -(-count // RETRY_SHARE_DIVISOR)


def _due_ids(open_alerts: OpenAlerts, limits: Mapping[Lane, int], now: datetime) -> tuple[str, list[object]]:
    """Return the union of the sources in the module's docstring, and its parameters."""
    sources: list[str] = []
    parameters: list[object] = []
    for lane, limit in limits.items():
        alerts = open_alerts.sendable_ids_in(lane)
        for alert in alerts:
            sources.append(_source(f"alert_id = %s AND state = '{PENDING}'"))
            parameters += [key_parameter(alert), -(-limit // len(alerts))]
        sources.append(_source(f"alert_id IS NULL AND state = '{PENDING}' AND lane + 0 = %s AND next_attempt_at <= %s"))
        parameters += [lane.value, time_parameter(now), limit]
        if not open_alerts.has_alerts_to_cancel(lane):
            sources.append(_source(f"lane = %s AND next_attempt_at <= %s AND state = '{DEFERRED}'", "next_attempt_at"))
            parameters += [lane.value, time_parameter(now), retry_share(limit) if alerts else limit]
    return " UNION ALL ".join(sources), parameters


def _source(condition: str, order: str = "") -> str:
    """Return one subquery of ids.

    Pending rows are not ordered on PostgreSQL: it would sort a million of them for each window.
    """
    if is_sqlite():
        return f"SELECT * FROM (SELECT id FROM {DELIVERY} WHERE {condition} ORDER BY {order or 'id'} LIMIT %s)"
    by = f"ORDER BY {order} " if order else ""
    return f"SELECT * FROM (SELECT id FROM {DELIVERY} WHERE {condition} {by}LIMIT %s FOR UPDATE SKIP LOCKED) AS part"
