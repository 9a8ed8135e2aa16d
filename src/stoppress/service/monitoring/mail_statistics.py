"""Statistics of mail for /healthz, /metrics and the desk, from counts that indexes answer.

Only deliveries that wait, are in flight, or belong to recent alerts are counted: the cost does not grow with the
ledger.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from django.conf import settings
from django.db.models import Max

from stoppress.bounce_rules.report import OPERATOR_REASONS
from stoppress.delivery.canary_mail import find_newest_canary, is_canary_late
from stoppress.delivery.choices import DeliveryState, Lane, Urgency
from stoppress.delivery.ledger.delivery_states import ACCEPTED, DEFERRED, IN_FLIGHT, UNCERTAIN
from stoppress.delivery.mailer_liveness import HeartbeatObserver
from stoppress.delivery.models import Alert, Delivery, MailerRun
from stoppress.delivery.overdue_mail import OverdueMail, measure_overdue_mail
from stoppress.inbound.models import Bounce
from stoppress.inbound.receiver_status import ReceiverHealth, ReceiverKind, receiver_health

RECENT = timedelta(days=4)
"""Age of alerts that are counted; no alert is sent for longer."""
MAX_MAILERS = 50
"""Mailer runs that are read, newest heartbeat first; killed ones have no end."""
observer = HeartbeatObserver()
"""Observes heartbeats for this process."""


@dataclass(frozen=True)
class MailerStatistics:
    """What running mailers last reported."""

    running: int = 0
    heartbeat_age: float | None = None
    """Seconds since the newest report of any mailer; None if there is none."""
    rate: float = 0.0
    """Deliveries a second."""
    relay_faults: Mapping[str, str] = field(default_factory=dict)
    paused_domains: int = 0
    restored: str = ""
    """Reason why waiting deliveries became uncertain after a restore of the database; empty without one."""


@dataclass(frozen=True)
class CanaryStatistics:
    """The newest accepted canary: seconds since then and seconds that it took; and whether the next one is late."""

    age: float | None
    latency: float | None
    is_late: bool


@dataclass(frozen=True)
class MailStatistics:
    """All statistics of mail. `oldest_due` has the age in seconds of the oldest due delivery of each lane."""

    waiting: int = 0
    deferred: int = 0
    in_flight: int = 0
    uncertain: int = 0
    oldest_due: Mapping[Lane, float] = field(default_factory=dict)
    overdue: OverdueMail = field(default_factory=OverdueMail)
    """Lateness of urgent lanes by the ledger, deliveries in flight included."""
    mailers: MailerStatistics = MailerStatistics()
    policy_bounces: int = 0
    digests: int = 0
    canary: CanaryStatistics | None = None
    shortfalls: Mapping[str, int] = field(default_factory=dict)
    """By alert id, for alerts of the last day: recipients counted at Send that are missing in the ledger."""
    receiver_health: Mapping[ReceiverKind, ReceiverHealth] = field(default_factory=dict)
    """Health of the bounce mailbox and listener, as far as they are configured."""


def mail_statistics(now: datetime, *, watched_since: datetime) -> MailStatistics:
    """Return the statistics.

    Args:
        now: current time.
        watched_since: start of the process that observes.
    """
    mailers = _mailers(now)
    return MailStatistics(
        waiting=Delivery.objects.filter(next_attempt_at__isnull=False).count(),
        deferred=_count_recent(DEFERRED, now),
        in_flight=_count_recent(IN_FLIGHT, now),
        uncertain=_count_recent(UNCERTAIN, now),
        oldest_due={lane: _oldest_due(lane, now) for lane in Lane},
        overdue=measure_overdue_mail(now, moving=mailers.rate > 0),
        mailers=mailers,
        policy_bounces=Bounce.objects.filter(
            at__gt=now - timedelta(hours=1), proven=True, reason__in=OPERATOR_REASONS
        ).count(),
        digests=Alert.objects.filter(urgency=Urgency.DIGEST, created_at__gt=now - timedelta(days=1)).count(),
        canary=_canary(now, watched_since) if settings.CANARY_ADDRESS else None,
        shortfalls=_shortfalls(now),
        receiver_health=receiver_health(now, watched_since=watched_since),
    )


def _shortfalls(now: datetime) -> dict[str, int]:
    short = Alert.objects.exclude(shortfall=0).filter(materialised_at__gt=now - timedelta(days=1))
    return {str(pk): missing for pk, missing in short.values_list("pk", "shortfall")}


def _count_recent(state: DeliveryState, now: datetime) -> int:
    """Count recent deliveries in a state, by the index that begins with the alert; plus transactional mail."""
    rows = Delivery.objects.filter(state=state)
    recent = Alert.objects.filter(created_at__gt=now - RECENT).values("pk")
    return rows.filter(alert__in=recent).count() + rows.filter(alert__isnull=True).count()


def _oldest_due(lane: Lane, now: datetime) -> float:
    due = Delivery.objects.filter(lane=lane, next_attempt_at__lte=now).order_by("next_attempt_at")
    first = due.values_list("next_attempt_at", flat=True).first()
    return (now - first).total_seconds() if first else 0.0


def _mailers(now: datetime) -> MailerStatistics:
    newest = MailerRun.objects.aggregate(beat=Max("heartbeat_at"))["beat"]
    if newest is None:
        return MailerStatistics()
    unended = MailerRun.objects.filter(ended_at__isnull=True).order_by("-heartbeat_at")[:MAX_MAILERS]
    running = observer.find_running(((run.holder, run.heartbeat_at) for run in unended), now)
    reports = [run.status for run in unended if run.holder in running]
    relays = [relay for one in reports for relay in one.get("relays", ())]
    return MailerStatistics(
        running=len(reports),
        heartbeat_age=max(0.0, (now - newest).total_seconds()),
        rate=sum(one.get("rate", 0.0) for one in reports),
        relay_faults={relay["relay"]: relay["fault"] for relay in relays if relay["fault"]},
        paused_domains=len({domain for one in reports for domain in one.get("paused", ())}),
        restored=next((one["restored"]["reason"] for one in reports if one.get("restored")), ""),
    )


def _canary(now: datetime, watched_since: datetime) -> CanaryStatistics:
    newest, accepted = find_newest_canary(), find_newest_canary(ACCEPTED)
    accepted_at = accepted.settled_at if accepted else None
    return CanaryStatistics(
        age=max(0.0, (now - accepted_at).total_seconds()) if accepted_at else None,
        latency=accepted.seconds if accepted else None,
        is_late=is_canary_late(newest, settings.CANARY_INTERVAL, now, watched_since=watched_since),
    )
