"""List what editors did with an alert, in order."""

from dataclasses import dataclass
from datetime import datetime

from stoppress.alerts.choices import DecisionKind
from stoppress.alerts.models import Decision
from stoppress.delivery.models import Alert

PHRASES = {
    DecisionKind.SENT: "pressed Send, for {count} readers",
    DecisionKind.APPROVED: "approved it",
    DecisionKind.UNDONE: "took it back before it left",
    DecisionKind.HALTED: "halted it",
    DecisionKind.RESUMED: "resumed it, for {count} readers",
    DecisionKind.RESENT: "resent {count} uncertain deliveries",
    DecisionKind.CORRECTED: "sent a correction, to {count} readers",
}


@dataclass(frozen=True)
class DecisionEntry:
    """One decision: by whom, when, and as text."""

    by: str
    at: datetime
    text: str


def decision_history(alert: Alert) -> list[DecisionEntry]:
    """Return every decision about an alert, the first one first."""
    return [_to_entry(decision) for decision in Decision.objects.filter(alert=alert).order_by("at", "pk")]


def _to_entry(decision: Decision) -> DecisionEntry:
    text = PHRASES[DecisionKind(decision.kind)].format(count=f"{decision.count:,}")
    if decision.note:
        separator = " " if decision.note.startswith("at ") else ": "
        text += separator + decision.note
    return DecisionEntry(decision.by, decision.at, text)
