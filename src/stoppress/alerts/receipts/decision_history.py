"""What editors did with an alert, told in order."""

from dataclasses import dataclass
from datetime import datetime

from stoppress.alerts.choices import DecisionKind
from stoppress.alerts.models import Decision
from stoppress.delivery.models import Alert

PHRASES = {
    DecisionKind.SENT: "pressed Send, for {count} readers",
    DecisionKind.APPROVED: "agreed",
    DecisionKind.UNDONE: "took it back before it left",
    DecisionKind.HALTED: "halted it",
    DecisionKind.RESUMED: "let it go on, for {count} readers",
    DecisionKind.RESENT: "had {count} uncertain ones sent again",
    DecisionKind.CORRECTED: "sent a correction, to {count} readers",
}


@dataclass(frozen=True)
class DecisionEntry:
    """One act: who, when, and what in words."""

    by: str
    at: datetime
    text: str


def decision_history(alert: Alert) -> list[DecisionEntry]:
    """Every decision about an alert, the first one first."""
    return [_chapter(said) for said in Decision.objects.filter(alert=alert).order_by("at", "pk")]


def _chapter(said: Decision) -> DecisionEntry:
    words = PHRASES[DecisionKind(said.kind)].format(count=f"{said.count:,}")
    joint = " " if said.note.startswith("at ") else ": "
    return DecisionEntry(said.by, said.at, f"{words}{joint}{said.note}" if said.note else words)
