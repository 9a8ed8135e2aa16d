"""What came back of one alert, beside its receipt: deliveries counted, each once, however often it was reported."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from django.db.models import Count, Q, QuerySet

from stoppress.alerts.bounces import Kind
from stoppress.alerts.models import Alert, Bounce

BOUNCED = Q(kind=Kind.BOUNCE.value)


@dataclass(frozen=True)
class Returns:
    """Deliveries of one alert that bounced (of these: to addresses that are dead), and that were complained of.

    `reasons`: bounced deliveries by reason; one that bounced for two reasons stands under both.
    """

    bounced: int = 0
    dead: int = 0
    complaints: int = 0
    reasons: Mapping[str, int] = field(default_factory=dict)


def bounces_of(alert: Alert) -> Returns:
    """What came back of it so far."""
    rows = Bounce.objects.filter(delivery__alert=alert)
    counts = rows.aggregate(
        bounced=_deliveries(BOUNCED),
        dead=_deliveries(BOUNCED & Q(dead=True)),
        complaints=_deliveries(Q(kind=Kind.COMPLAINT.value)),
    )
    return Returns(**counts, reasons=_reasons(rows.filter(BOUNCED)))


def _deliveries(condition: Q) -> Count:
    return Count("delivery", filter=condition, distinct=True)


def _reasons(rows: QuerySet[Bounce]) -> dict[str, int]:
    found = rows.values("reason").annotate(n=Count("delivery", distinct=True)).order_by("-n", "reason")
    return {row["reason"]: row["n"] for row in found}
