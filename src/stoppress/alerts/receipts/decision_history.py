"""What editors did with an alert, told in order."""

from dataclasses import dataclass
from datetime import datetime

from stoppress.alerts.choices import Decided
from stoppress.alerts.models import Decision
from stoppress.delivery.models import Alert

PHRASES = {
    Decided.SENT: "pressed Send, for {count} readers",
    Decided.APPROVED: "agreed",
    Decided.UNDONE: "took it back before it left",
    Decided.HALTED: "halted it",
    Decided.RESUMED: "let it go on, for {count} readers",
    Decided.RESENT: "had {count} uncertain ones sent again",
    Decided.CORRECTED: "sent a correction, to {count} readers",
}


@dataclass(frozen=True)
class Chapter:
    """One act: who, when, and what in words."""

    by: str
    at: datetime
    words: str


def story_of_send(alert: Alert) -> list[Chapter]:
    """Every decision about an alert, the first one first."""
    return [_chapter(said) for said in Decision.objects.filter(alert=alert).order_by("at", "pk")]


def _chapter(said: Decision) -> Chapter:
    words = PHRASES[Decided(said.kind)].format(count=f"{said.count:,}")
    joint = " " if said.note.startswith("at ") else ": "
    return Chapter(said.by, said.at, f"{words}{joint}{said.note}" if said.note else words)
