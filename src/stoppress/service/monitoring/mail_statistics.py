"""How mail stands at this moment, for /healthz, /metrics and the desk: a few counts that indexes answer.

What grows with the ledger is never counted: only what waits, what is in flight, and what became of the alerts of the
last days.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from django.conf import settings
from django.db.models import Max

from stoppress.delivery.canary import is_late, newest_flight
from stoppress.delivery.choices import DeliveryState, Lane, Urgency
from stoppress.delivery.ledger.delivery_states import ACCEPTED, DEFERRED, IN_FLIGHT, UNCERTAIN
from stoppress.delivery.mailer_liveness import BeatObserver
from stoppress.delivery.models import Alert, Delivery, MailerRun
from stoppress.delivery.overdue_mail import Overdue, overdue
from stoppress.inbound.bounces.report import OPERATOR_REASONS
from stoppress.inbound.models import Bounce
from stoppress.inbound.receiver_status import Way, WayIn, ways_in

OF_LATE = timedelta(days=4)
"""Alerts made since then are looked at; no alert may leave for longer."""
MOST_MAILERS = 50
"""Mailers looked at, those with the latest beats: killed ones among them have not ended properly."""
observer = BeatObserver()
"""Of this process."""


@dataclass(frozen=True)
class Mailers:
    """What the mailers that run say of themselves."""

    running: int = 0
    beat_age: float | None = None
    """Seconds since any mailer ever said something; None if none has."""
    rate: float = 0.0
    """Deliveries a second."""
    relay_faults: Mapping[str, str] = field(default_factory=dict)
    paused_domains: int = 0
    set_aside: str = ""
    """Why what waited was set aside: the database had been put back to an earlier time. Empty if it had not."""


@dataclass(frozen=True)
class CanaryFigures:
    """How long ago the newest canary was accepted, how long it took (seconds), and whether the way is blocked."""

    age: float | None
    took: float | None
    late: bool


@dataclass(frozen=True)
class MailFigures:
    """Everything. `oldest_due`: for each lane, for how many seconds something has been due that has not left."""

    waiting: int = 0
    deferred: int = 0
    in_flight: int = 0
    uncertain: int = 0
    oldest_due: Mapping[Lane, float] = field(default_factory=dict)
    overdue: Overdue = field(default_factory=Overdue)
    """How late urgent lanes are by the ledger, what is not waiting included."""
    mailers: Mailers = Mailers()
    policy_bounces: int = 0
    digests: int = 0
    canary: CanaryFigures | None = None
    shortfalls: Mapping[str, int] = field(default_factory=dict)
    """For each alert of the last day (its id) that has one: how many of those counted at Send were not written down."""
    ways_in: Mapping[Way, WayIn] = field(default_factory=dict)
    """How what comes back comes in, as far as that is set up."""


def mail_figures(now: datetime, *, watched_since: datetime) -> MailFigures:
    """The figures. `watched_since` is when whoever asks began to look."""
    mailers = _mailers(now)
    return MailFigures(
        waiting=Delivery.objects.filter(next_at__isnull=False).count(),
        deferred=_of_late(DEFERRED, now),
        in_flight=_of_late(IN_FLIGHT, now),
        uncertain=_of_late(UNCERTAIN, now),
        oldest_due={lane: _oldest_due(lane, now) for lane in Lane},
        overdue=overdue(now, moving=mailers.rate > 0),
        mailers=mailers,
        policy_bounces=Bounce.objects.filter(
            at__gt=now - timedelta(hours=1), proven=True, reason__in=OPERATOR_REASONS
        ).count(),
        digests=Alert.objects.filter(urgency=Urgency.DIGEST, created_at__gt=now - timedelta(days=1)).count(),
        canary=_canary(now, watched_since) if settings.CANARY_ADDRESS else None,
        shortfalls=_shortfalls(now),
        ways_in=ways_in(now, watched_since=watched_since),
    )


def _shortfalls(now: datetime) -> dict[str, int]:
    short = Alert.objects.exclude(shortfall=0).filter(frozen_at__gt=now - timedelta(days=1))
    return {str(pk): missing for pk, missing in short.values_list("pk", "shortfall")}


def _of_late(state: DeliveryState, now: datetime) -> int:
    """Deliveries in this state of the last days' alerts, and letters, by the index that begins with the alert."""
    rows = Delivery.objects.filter(state=state)
    recent = Alert.objects.filter(created_at__gt=now - OF_LATE).values("pk")
    return rows.filter(alert__in=recent).count() + rows.filter(alert__isnull=True).count()


def _oldest_due(lane: Lane, now: datetime) -> float:
    due = Delivery.objects.filter(lane=lane, next_at__lte=now).order_by("next_at")
    first = due.values_list("next_at", flat=True).first()
    return (now - first).total_seconds() if first else 0.0


def _mailers(now: datetime) -> Mailers:
    newest = MailerRun.objects.aggregate(beat=Max("beat_at"))["beat"]
    if newest is None:
        return Mailers()
    unended = MailerRun.objects.filter(ended_at__isnull=True).order_by("-beat_at")[:MOST_MAILERS]
    running = observer.running(((run.holder, run.beat_at) for run in unended), now)
    told = [run.figures for run in unended if run.holder in running]
    relays = [relay for one in told for relay in one.get("relays", ())]
    return Mailers(
        running=len(told),
        beat_age=max(0.0, (now - newest).total_seconds()),
        rate=sum(one.get("rate", 0.0) for one in told),
        relay_faults={relay["relay"]: relay["fault"] for relay in relays if relay["fault"]},
        paused_domains=len({domain for one in told for domain in one.get("paused", ())}),
        set_aside=next((one["fence"]["why"] for one in told if one.get("fence")), ""),
    )


def _canary(now: datetime, watched_since: datetime) -> CanaryFigures:
    newest, accepted = newest_flight(), newest_flight(ACCEPTED)
    landed = accepted.settled_at if accepted else None
    return CanaryFigures(
        age=max(0.0, (now - landed).total_seconds()) if landed else None,
        took=accepted.seconds if accepted else None,
        late=is_late(newest, settings.CANARY_INTERVAL, now, watched_since=watched_since),
    )
