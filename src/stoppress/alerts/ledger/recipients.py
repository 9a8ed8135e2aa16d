"""Who an alert is for: decided by what was so at Send, whatever happens while it is written down.

Subscriptions up to the watermark, confirmed by then and not left by then, of the alert's rhythm (of a digest: also of
its zone); without who was suppressed, erased or had muted the story by then. Whoever leaves afterwards stands in the
ledger all the same, and is suppressed and counted before the first try.

A correction is for those whom the corrected alert reached or may have reached, and for those whom it would still reach.
"""

from typing import Any

from django.conf import settings
from django.db import connection

from stoppress.alerts.ledger.sql import DELIVERY, MUTE, SUBSCRIBER, SUBSCRIPTION, SUPPRESSION, key_of, moment
from stoppress.alerts.ledger.states import ACCEPTED, DEFERRED, HALTED, IN_FLIGHT, PENDING, SUPERSEDED, UNCERTAIN
from stoppress.alerts.models import Alert
from stoppress.alerts.words import DeliveryState, Rhythm

REPLACED = (PENDING, DEFERRED, HALTED)
"""What a correction goes out in place of."""
FOLLOWED = (ACCEPTED, UNCERTAIN, IN_FLIGHT, SUPERSEDED)
"""What a correction follows."""


def subscribers_between(alert: Alert, after: int, upto: int) -> tuple[str, list[Any]]:
    """`FROM … WHERE …` for the recipients of an alert whose subscriptions have ids after the one and up to the other,
    and its parameters; `s` is the subscription."""
    at = moment(alert.created_at)
    parts = [
        f"FROM {SUBSCRIPTION} s JOIN {SUBSCRIBER} r ON r.id = s.subscriber_id",
        "WHERE s.topic_id = %s AND s.id > %s AND s.id <= %s AND s.rhythm = %s",
        "AND s.confirmed_at <= %s AND (s.left_at IS NULL OR s.left_at > %s)",
        "AND (r.erased_at IS NULL OR r.erased_at > %s)",
        f"AND NOT EXISTS (SELECT 1 FROM {SUPPRESSION} x WHERE x.subscriber_id = s.subscriber_id",
        "AND x.at <= %s AND (x.lifted_at IS NULL OR x.lifted_at > %s))",
    ]
    params = [alert.topic_id, after, upto, alert.rhythm, at, at, at, at, at]
    if alert.blog_id:
        muted = f"SELECT 1 FROM {MUTE} m WHERE m.subscriber_id = s.subscriber_id AND m.blog_id = %s AND m.at <= %s"
        parts.append(f"AND NOT EXISTS ({muted})")
        params += [alert.blog_id, at]
    if alert.rhythm != Rhythm.INSTANT and alert.zone:
        parts.append("AND r.zone IN (%s, %s)")
        params += [alert.zone, "" if alert.zone == settings.DEFAULT_ZONE else alert.zone]
    return " ".join(parts), params


def readers_of(alert: Alert, after: int, upto: int) -> tuple[str, list[Any]]:
    """Likewise for a correction, out of the corrected alert's deliveries with ids in between; `s` is the delivery."""
    assert alert.corrects_id, "only a correction goes to the readers of another alert"
    where = f"FROM {DELIVERY} s WHERE s.alert_id = %s AND s.id > %s AND s.id <= %s AND s.state IN ({_listed(FOLLOWED)})"
    return where, [key_of(alert.corrects_id), after, upto]


def count_intended(alert: Alert) -> int:
    """How many an alert that was just made will go to. Of a correction: whom it follows or replaces, rows that the
    corrected alert has not written yet included."""
    if alert.corrects is None:
        where, params = subscribers_between(alert, 0, alert.watermark)
        return _count(where, params)
    states = _listed((*FOLLOWED, *REPLACED))
    written = _count(f"FROM {DELIVERY} WHERE alert_id = %s", [key_of(alert.corrects.pk)])
    meant = _count(f"FROM {DELIVERY} WHERE alert_id = %s AND state IN ({states})", [key_of(alert.corrects.pk)])
    return meant + (0 if alert.corrects.frozen_at else max(0, alert.corrects.intended - written))


def _count(where: str, params: list[Any]) -> int:
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT COUNT(*) {where}", params)
        return int(cursor.fetchone()[0])


def _listed(states: tuple[DeliveryState, ...]) -> str:
    return ", ".join(f"'{state}'" for state in states)
