"""Measure in the ledger how late urgent mail is, whatever delays it: relay, domain, mailer, clock or disk.

Figures that the mailer reports cannot show that the mailer itself is at fault. So this module reads only rows of the
ledger:

    pending and due                                    late since it is due
    of an alert that may be sent, not materialised     late since the alert could be sent
    deferred, or in flight while no mailer settles     late since then, if it affects many of the alert's recipients
    waits longer than any rule allows                  a clock was set back

A single full mailbox is no reason for an alarm, nor is mail that a warm-up budget holds back. A receiving domain or a
relay that defers everything is one.
"""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from uuid import UUID

from django.db.models import Count, Min, Q

from stoppress.delivery.choices import Lane
from stoppress.delivery.ledger.delivery_states import ACCEPTED, DEFERRED, IN_FLIGHT, PENDING
from stoppress.delivery.ledger.warm_up import HELD_BACK_REPLY
from stoppress.delivery.models import Alert, Delivery
from stoppress.delivery.transitions.clock_jumps import MAX_RETRY_DELAY

URGENT_LANES = (Lane.BREAKING, Lane.CORRECTION, Lane.CONFIRMATION)
RECENT_ALERT_AGE = timedelta(days=4)
"""Only alerts of this age are examined. No alert may be sent for longer."""
MIN_LATE_AGE = timedelta(seconds=60)
"""Deliveries younger than this are not late yet."""
MIN_WIDESPREAD_COUNT, MIN_WIDESPREAD_PERCENT = 10, 2
"""Deferred deliveries of an alert count if they are at least half of all, or at least 10 and at least 2 percent."""


@dataclass(frozen=True)
class OverdueMail:
    """How late each urgent lane is, in seconds. A lane without a late delivery is left out.

    Args:
        late_seconds: how long deliveries have been due that are not sent yet.
        ahead_seconds: how far in the future the next attempt is, beyond what any rule allows.
    """

    late_seconds: Mapping[Lane, float] = field(default_factory=dict)
    ahead_seconds: Mapping[Lane, float] = field(default_factory=dict)


def measure_overdue_mail(now: datetime, *, moving: bool) -> OverdueMail:
    """Return how late urgent mail is.

    Args:
        now: the time.
        moving: True if a mailer settles deliveries at present; deliveries in flight are then not late.
    """
    seconds: dict[Lane, float] = {}
    for lane, since in [
        *_find_unmaterialised(now),
        *_find_materialised_late(now),
        *_find_deferred_alerts(now, moving=moving),
        *_find_deferred_transactional_mail(now, moving=moving),
    ]:
        seconds[lane] = max(seconds.get(lane, 0.0), (now - since).total_seconds())
    return OverdueMail(seconds, _measure_times_ahead(now))


def earliest_send(alert: Alert) -> datetime:
    """Return when the deliveries of an alert could be sent at the earliest."""
    return max(moment for moment in (alert.created_at, alert.not_before, alert.approved_at) if moment)


def is_widespread(count: int, total: int) -> bool:
    """Return True if `count` deferred deliveries out of `total` are more than a matter of single mailboxes."""
    many = count >= MIN_WIDESPREAD_COUNT and count * 100 >= total * MIN_WIDESPREAD_PERCENT
    return count > 0 and (many or count * 2 >= total)


def _find_unmaterialised(now: datetime) -> list[tuple[Lane, datetime]]:
    """Return lane and earliest send of each sendable alert whose recipients are not all materialised.

    Only a mailer materialises them.
    """
    alerts = Alert.objects.filter(materialised_at__isnull=True, halted_at__isnull=True, not_after__gt=now)
    return [(alert.lane, earliest_send(alert)) for alert in alerts if _is_urgent(alert) and alert.is_sendable(now)]


def _find_materialised_late(now: datetime) -> list[tuple[Lane, datetime]]:
    """Return, for each lane, since when its oldest pending delivery is due.

    A delivery that was materialised late has been due since Send. One that an editor resumed after all were
    materialised has been due since that moment.
    """
    late_since = []
    for lane in URGENT_LANES:
        due = (
            Delivery.objects.filter(lane=lane, next_attempt_at__lte=now)
            .select_related("alert")
            .order_by("next_attempt_at")
        )
        first = due.first()
        if first is None or first.state != PENDING or first.alert is None or first.next_attempt_at is None:
            continue
        is_late = first.alert.materialised_at is None or first.next_attempt_at <= first.alert.materialised_at
        if is_late and first.alert.is_sendable(now):
            late_since.append((lane, earliest_send(first.alert)))
    return late_since


def _find_deferred_alerts(now: datetime, *, moving: bool) -> list[tuple[Lane, datetime]]:
    """Return lane and earliest send of each alert of which many deliveries are deferred, or stuck in flight."""
    recent = Alert.objects.filter(created_at__gt=now - RECENT_ALERT_AGE).values("pk")
    states = [DEFERRED] if moving else [DEFERRED, IN_FLIGHT]
    due = Delivery.objects.filter(alert__in=recent, state__in=states).exclude(reply=HELD_BACK_REPLY)
    stuck = due.values("alert").annotate(count=Count("pk"))
    counts: Counter[UUID] = Counter({row["alert"]: row["count"] for row in stuck.order_by()})
    late_since = []
    for alert in Alert.objects.filter(pk__in=list(counts)):
        if not (_is_urgent(alert) and alert.is_sendable(now) and is_widespread(counts[alert.pk], alert.intended)):
            continue
        if (since := earliest_send(alert)) < now - MIN_LATE_AGE:
            late_since.append((alert.lane, since))
    return late_since


def _find_deferred_transactional_mail(now: datetime, *, moving: bool) -> list[tuple[Lane, datetime]]:
    """Return lane and creation time of deferred transactional mail.

    It counts if none that was created later is accepted, or if many are deferred.
    """
    states = [DEFERRED] if moving else [DEFERRED, IN_FLIGHT]
    transactional = Delivery.objects.filter(alert__isnull=True)
    stuck = transactional.filter(state__in=states, created_at__lt=now - MIN_LATE_AGE, lane__in=URGENT_LANES)
    late_since = []
    for row in stuck.values("lane").annotate(count=Count("pk"), first=Min("pk"), since=Min("created_at")).order_by():
        later = transactional.filter(state=ACCEPTED, lane=row["lane"], pk__gt=row["first"])
        if row["count"] >= MIN_WIDESPREAD_COUNT or not later.exists():
            late_since.append((Lane(row["lane"]), row["since"]))
    return late_since


def _measure_times_ahead(now: datetime) -> dict[Lane, float]:
    """Return for each lane how many seconds ahead its first attempt beyond MAX_RETRY_DELAY is."""
    far = Delivery.objects.filter(next_attempt_at__gt=now + MAX_RETRY_DELAY)
    ahead = {}
    for lane in URGENT_LANES:
        unplanned = Q(alert__isnull=True) | Q(alert__not_before__isnull=True) | Q(alert__not_before__lte=now)
        first = (
            far.filter(unplanned, lane=lane)
            .order_by("next_attempt_at")
            .values_list("next_attempt_at", flat=True)
            .first()
        )
        if first:
            ahead[lane] = (first - now).total_seconds()
    return ahead


def _is_urgent(alert: Alert) -> bool:
    return alert.lane in URGENT_LANES
