"""How much trouble an address makes: reports that do not end it, added up, and forgotten by half every fortnight.

A score is for people to look at. It never ends mail to anybody: a full mailbox is emptied, a filter learns, a blocked
network is ours to mend.
"""

import math
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from stoppress.inbound.bounces import OPERATOR_REASONS, ReportKind, BounceReason
from stoppress.inbound.models import Bounce

HALF_LIFE = timedelta(days=14)
SCORE_PERIOD = 6 * HALF_LIFE
"""What is older counts for less than a sixtieth."""

#: Points of a bounce by its reason. What speaks of us counts nothing against the reader.
POINTS_BY_REASON: dict[BounceReason, float] = {
    BounceReason.USER_UNKNOWN: 3.0,  # said in a way that leaves doubt, else the address would be dead
    BounceReason.HOST_UNKNOWN: 3.0,
    BounceReason.HAS_MOVED: 3.0,
    BounceReason.NOT_ACCEPTED: 3.0,
    BounceReason.SUSPENDED: 2.0,
    BounceReason.MAILBOX_FULL: 1.0,
    BounceReason.FILTERED: 1.0,
    BounceReason.ON_HOLD: 1.0,
    BounceReason.UNDEFINED: 1.0,
    **dict.fromkeys(OPERATOR_REASONS, 0.0),
}
DEFAULT_POINTS = 0.5
"""The way failed, not the mailbox."""
DELAY_POINTS = 0.1
"""A server that goes on trying."""


@dataclass(frozen=True)
class AddressScore:
    """One address and its score; the newest reason with it."""

    subscriber_id: int
    decayed_score: float
    reason: str


def report_points(kind: str, reason: str) -> float:
    """What one report counts when it is new."""
    if kind == ReportKind.DELAYED:
        return DELAY_POINTS
    if kind != ReportKind.BOUNCE or not reason:
        return 0.0
    return POINTS_BY_REASON.get(BounceReason(reason), DEFAULT_POINTS)


def decayed_score(reports: Iterable[tuple[str, str, datetime]], now: datetime) -> float:
    """The points of some reports (kind, reason, when), each halved for every half-life that has gone by."""
    return sum(report_points(kind, reason) * _remaining_share(now - at) for kind, reason, at in reports)


def _remaining_share(age: timedelta) -> float:
    return math.pow(0.5, max(age, timedelta()) / HALF_LIFE)


def highest_scores(now: datetime, limit: int = 50) -> list[AddressScore]:
    """The addresses that make most trouble, the worst first."""
    rows = Bounce.objects.filter(at__gt=now - SCORE_PERIOD, subscriber__isnull=False, dead=False).order_by("at")
    told: dict[int, list[tuple[str, str, datetime]]] = defaultdict(list)
    for subscriber, kind, reason, at in rows.values_list("subscriber", "kind", "reason", "at").iterator(2000):
        if subscriber is not None:
            told[subscriber].append((kind, reason, at))
    found = [AddressScore(who, round(decayed_score(reports, now), 2), reports[-1][1]) for who, reports in told.items()]
    return sorted((one for one in found if one.score > 0), key=lambda one: -one.score)[:limit]
