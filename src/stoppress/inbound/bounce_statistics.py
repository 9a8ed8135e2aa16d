"""Statistics of bounces and complaints: of one alert, beside its receipt, and of the last week.

In the statistics of an alert each delivery counts once, however often it was reported.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from django.db.models import Count, Q, QuerySet

from stoppress.delivery.models import Alert
from stoppress.inbound.bounces import ReportKind
from stoppress.inbound.models import Bounce

IS_BOUNCE = Q(kind=ReportKind.BOUNCE.value)
RECENT_PERIOD = timedelta(days=7)


@dataclass(frozen=True)
class BounceSummary:
    """Bounces and complaints of one alert.

    Attributes:
        bounced: deliveries that bounced.
        dead: of these, deliveries to addresses that are dead.
        complaints: deliveries with a complaint.
        reasons: bounced deliveries by reason; one with two reasons counts under both.
    """

    bounced: int = 0
    dead: int = 0
    complaints: int = 0
    reasons: Mapping[str, int] = field(default_factory=dict)


def summarise_bounces(alert: Alert) -> BounceSummary:
    """Return the bounces and complaints of an alert so far."""
    reports = Bounce.objects.filter(delivery__alert=alert)
    counts = reports.aggregate(
        bounced=_count_deliveries(IS_BOUNCE),
        dead=_count_deliveries(IS_BOUNCE & Q(dead=True)),
        complaints=_count_deliveries(Q(kind=ReportKind.COMPLAINT.value)),
    )
    return BounceSummary(**counts, reasons=_count_by_reason(reports.filter(IS_BOUNCE)))


def _count_deliveries(condition: Q) -> Count:
    return Count("delivery", filter=condition, distinct=True)


def _count_by_reason(bounces: QuerySet[Bounce]) -> dict[str, int]:
    rows = bounces.values("reason").annotate(n=Count("delivery", distinct=True)).order_by("-n", "reason")
    return {row["reason"]: row["n"] for row in rows}


@dataclass(frozen=True)
class ReportCount:
    """Number of recent reports with one reason from one domain. `domain` is "" for reports without a proof."""

    kind: str
    reason: str
    domain: str
    proven: bool
    count: int


def count_recent_reports(now: datetime, limit: int = 100) -> list[ReportCount]:
    """Return the reports of the last week by reason and domain, the most frequent first."""
    rows = Bounce.objects.filter(at__gt=now - RECENT_PERIOD).values("kind", "reason", "domain", "proven")
    counts = rows.annotate(count=Count("pk")).order_by("-count", "domain", "reason")[:limit]
    return [ReportCount(**row) for row in counts]
