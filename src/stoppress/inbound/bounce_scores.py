"""Scores of addresses with repeated delivery problems, for people to look at.

Each report that does not end mail adds points, which halve every fortnight. A score never ends mail: mailboxes are
emptied, filters learn, and a block of our network is ours to resolve.
"""

import math
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from stoppress.inbound.bounces import OPERATOR_REASONS, BounceReason, ReportKind
from stoppress.inbound.models import Bounce

HALF_LIFE = timedelta(days=14)
SCORE_PERIOD = 6 * HALF_LIFE
"""Older reports count less than a sixtieth and are ignored."""

#: Points of a bounce by its reason. Reasons about our own mail do not count against the reader.
POINTS_BY_REASON: dict[BounceReason, float] = {
    BounceReason.USER_UNKNOWN: 3.0,  # uncertain, else the address would be dead
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
"""Points of other reasons: the route failed, not the mailbox."""
DELAY_POINTS = 0.1
"""Points of a delay: the server goes on trying."""


@dataclass(frozen=True)
class AddressScore:
    """The score of one subscriber's address, and the reason of the newest report."""

    subscriber_id: int
    score: float
    reason: str


def report_points(kind: str, reason: str) -> float:
    """Return the points of a new report."""
    if kind == ReportKind.DELAYED:
        return DELAY_POINTS
    if kind != ReportKind.BOUNCE or not reason:
        return 0.0
    return POINTS_BY_REASON.get(BounceReason(reason), DEFAULT_POINTS)


def decayed_score(reports: Iterable[tuple[str, str, datetime]], now: datetime) -> float:
    """Return the sum of the points of reports (kind, reason, time), each halved for every half-life since."""
    return sum(report_points(kind, reason) * _remaining_share(now - at) for kind, reason, at in reports)


def _remaining_share(age: timedelta) -> float:
    return math.pow(0.5, max(age, timedelta()) / HALF_LIFE)


def highest_scores(now: datetime, limit: int = 50) -> list[AddressScore]:
    """Return the addresses with the highest scores, the highest first."""
    rows = Bounce.objects.filter(at__gt=now - SCORE_PERIOD, subscriber__isnull=False, dead=False).order_by("at")
    reports: dict[int, list[tuple[str, str, datetime]]] = defaultdict(list)
    for subscriber_id, kind, reason, at in rows.values_list("subscriber", "kind", "reason", "at").iterator(2000):
        if subscriber_id is not None:
            reports[subscriber_id].append((kind, reason, at))
    scores = [
        AddressScore(subscriber_id, round(decayed_score(history, now), 2), history[-1][1])
        for subscriber_id, history in reports.items()
    ]
    return sorted((each for each in scores if each.score > 0), key=lambda each: -each.score)[:limit]
