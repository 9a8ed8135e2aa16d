"""What came back: of one alert, beside its receipt, each delivery once however often it was reported; and lately."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from django.db.models import Count, Q, QuerySet

from stoppress.delivery.models import Alert
from stoppress.inbound.bounces import ReportKind
from stoppress.inbound.models import Bounce

IS_BOUNCE = Q(kind=ReportKind.BOUNCE.value)


@dataclass(frozen=True)
class BounceSummary:
    """Deliveries of one alert that bounced (of these: to addresses that are dead), and that were complained of.

    `reasons`: bounced deliveries by reason; one that bounced for two reasons stands under both.
    """

    bounced: int = 0
    dead: int = 0
    complaints: int = 0
    reasons: Mapping[str, int] = field(default_factory=dict)


def summarise_bounces(alert: Alert) -> BounceSummary:
    """What came back of it so far."""
    rows = Bounce.objects.filter(delivery__alert=alert)
    counts = rows.aggregate(
        bounced=_count_deliveries(IS_BOUNCE),
        dead=_count_deliveries(IS_BOUNCE & Q(dead=True)),
        complaints=_count_deliveries(Q(kind=ReportKind.COMPLAINT.value)),
    )
    return BounceSummary(**counts, reasons=_count_by_reason(rows.filter(IS_BOUNCE)))


def _count_deliveries(condition: Q) -> Count:
    return Count("delivery", filter=condition, distinct=True)


def _count_by_reason(rows: QuerySet[Bounce]) -> dict[str, int]:
    found = rows.values("reason").annotate(n=Count("delivery", distinct=True)).order_by("-n", "reason")
    return {row["reason"]: row["n"] for row in found}


RECENT_PERIOD = timedelta(days=7)


@dataclass(frozen=True)
class ReportCount:
    """What came back for one reason from one domain, lately. `domain` is empty where nobody is proven."""

    kind: str
    reason: str
    domain: str
    proven: bool
    count: int


def count_recent_reports(now: datetime, limit: int = 100) -> list[ReportCount]:
    """What came back in the last week, the most frequent first."""
    rows = Bounce.objects.filter(at__gt=now - RECENT_PERIOD).values("kind", "reason", "domain", "proven")
    return [ReportCount(**row) for row in rows.annotate(count=Count("pk")).order_by("-count", "domain", "reason")[:limit]]
