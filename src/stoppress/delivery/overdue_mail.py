"""Measure in the ledger itself how late urgent mail is, whatever keeps it: relay, domain, mailer, clock, disk.

Figures that the mailer reports cannot show that the mailer is the fault. So this module reads only rows that are there:

    waiting, and its time has come          late since that time                      (figures.oldest_due)
    of an alert that may leave, unwritten   late since the alert might leave
    put off, or in flight and not moving    late since then, if that concerns many of the alert's recipients
    set for a time that no rule gives       the clock was put back since

A single mailbox that is full is no reason for an alarm, a receiving domain or a relay that puts off everything is.
"""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from uuid import UUID

from django.db.models import Count, Min, Q

from stoppress.delivery.choices import Lane, Urgency
from stoppress.delivery.ledger.delivery_states import ACCEPTED, DEFERRED, IN_FLIGHT, PENDING
from stoppress.delivery.ledger.open_alerts import lane_for_urgency
from stoppress.delivery.models import Alert, Delivery

URGENT_LANES = (Lane.BREAKING, Lane.CORRECTION, Lane.CONFIRMATION)
RECENT = timedelta(days=4)
"""Alerts made since then are looked at; no alert may leave for longer."""
SETTLING_IN = timedelta(seconds=60)
"""What was made later than that is not late yet."""
MANY, MANY_SHARE, HALF = 10, 50, 2
"""Deliveries of an alert that are put off matter if they are at least half of all, or at least 10 and one in 50."""
FARTHEST = timedelta(minutes=31)
"""No retry and no paused domain waits for longer than 30 minutes."""


@dataclass(frozen=True)
class OverdueMail:
    """How late each urgent lane is, in seconds; lanes where nothing is late are left out.

    Args:
        late: since when deliveries that should have left have not.
        ahead: how far in the future deliveries wait that no rule puts so far.
    """

    late_seconds: Mapping[Lane, float] = field(default_factory=dict)
    ahead_seconds: Mapping[Lane, float] = field(default_factory=dict)


def measure_overdue_mail(now: datetime, *, moving: bool) -> OverdueMail:
    """Return how late urgent mail is.

    Args:
        now: the time.
        moving: whether a mailer settles deliveries at present; then what is in flight is on its way.
    """
    late: dict[Lane, float] = {}
    for lane, since in [
        *_unwritten(now),
        *_written_late(now),
        *_put_off(now, moving=moving),
        *_put_off_letters(now, moving=moving),
    ]:
        late[lane] = max(late.get(lane, 0.0), (now - since).total_seconds())
    return OverdueMail(late, _ahead(now))


def earliest_send(alert: Alert) -> datetime:
    """Return when the deliveries of an alert might leave at the earliest."""
    return max(moment for moment in (alert.created_at, alert.not_before, alert.approved_at) if moment)


def is_widespread(count: int, of_all: int) -> bool:
    """Return True if so many deliveries of an alert that are put off are no matter of single mailboxes."""
    return count > 0 and (count * HALF >= of_all or (count >= MANY and count * MANY_SHARE >= of_all))


def _unwritten(now: datetime) -> list[tuple[Lane, datetime]]:
    """Alerts whose recipients are not all written down, which takes a mailer; with when they might leave."""
    alerts = Alert.objects.filter(materialised_at__isnull=True, halted_at__isnull=True, not_after__gt=now)
    return [(_lane(alert), earliest_send(alert)) for alert in alerts if _is_urgent(alert) and alert.is_sendable(now)]


def _written_late(now: datetime) -> list[tuple[Lane, datetime]]:
    """The oldest pending delivery of each lane: one that was written down late has been due since Send, not since then.

    One that an editor resumed after all were written down is due since that moment.
    """
    found = []
    for lane in URGENT_LANES:
        due = Delivery.objects.filter(lane=lane, next_attempt_at__lte=now).select_related("alert").order_by("next_attempt_at")
        first = due.first()
        if first is None or first.state != PENDING or first.alert is None or first.next_attempt_at is None:
            continue
        written = first.alert.materialised_at is None or first.next_attempt_at <= first.alert.materialised_at
        if written and first.alert.is_sendable(now):
            found.append((lane, earliest_send(first.alert)))
    return found


def _put_off(now: datetime, *, moving: bool) -> list[tuple[Lane, datetime]]:
    """Alerts of which many deliveries are put off, or in flight while nothing moves."""
    recent = Alert.objects.filter(created_at__gt=now - RECENT).values("pk")
    states = [DEFERRED] if moving else [DEFERRED, IN_FLIGHT]
    stuck = Delivery.objects.filter(alert__in=recent, state__in=states).values("alert").annotate(count=Count("pk"))
    counts: Counter[UUID] = Counter({row["alert"]: row["count"] for row in stuck.order_by()})
    found = []
    for alert in Alert.objects.filter(pk__in=list(counts)):
        if not (_is_urgent(alert) and alert.is_sendable(now) and is_widespread(counts[alert.pk], alert.intended)):
            continue
        if (since := earliest_send(alert)) < now - SETTLING_IN:
            found.append((_lane(alert), since))
    return found


def _put_off_letters(now: datetime, *, moving: bool) -> list[tuple[Lane, datetime]]:
    """The same for letters: none that was made later has been accepted, or many are put off."""
    states = [DEFERRED] if moving else [DEFERRED, IN_FLIGHT]
    letters = Delivery.objects.filter(alert__isnull=True)
    stuck = letters.filter(state__in=states, created_at__lt=now - SETTLING_IN, lane__in=URGENT_LANES)
    found = []
    for row in stuck.values("lane").annotate(count=Count("pk"), first=Min("pk"), since=Min("created_at")).order_by():
        later = letters.filter(state=ACCEPTED, lane=row["lane"], pk__gt=row["first"])
        if row["count"] >= MANY or not later.exists():
            found.append((Lane(row["lane"]), row["since"]))
    return found


def _ahead(now: datetime) -> dict[Lane, float]:
    far = Delivery.objects.filter(next_attempt_at__gt=now + FARTHEST)
    ahead = {}
    for lane in URGENT_LANES:
        unplanned = Q(alert__isnull=True) | Q(alert__leaves_at__isnull=True) | Q(alert__leaves_at__lte=now)
        first = far.filter(unplanned, lane=lane).order_by("next_attempt_at").values_list("next_attempt_at", flat=True).first()
        if first:
            ahead[lane] = (first - now).total_seconds()
    return ahead


def _lane(alert: Alert) -> Lane:
    return lane_for_urgency(Urgency(alert.urgency))


def _is_urgent(alert: Alert) -> bool:
    return _lane(alert) in URGENT_LANES
