"""List what editors did with an alert, in order."""

import re
from dataclasses import dataclass
from datetime import datetime

from django.utils.translation import gettext_lazy

from stoppress.alerts.choices import DecisionKind
from stoppress.alerts.models import Decision
from stoppress.coverage.localisation.numbers import group_digits
from stoppress.delivery.models import Alert

PHRASES = {
    DecisionKind.SENT: gettext_lazy("pressed Send, for {count} readers"),
    DecisionKind.APPROVED: gettext_lazy("approved it"),
    DecisionKind.UNDONE: gettext_lazy("took it back before it left"),
    DecisionKind.HALTED: gettext_lazy("halted it"),
    DecisionKind.RESUMED: gettext_lazy("resumed it, for {count} readers"),
    DecisionKind.RESENT: gettext_lazy("resent {count} uncertain deliveries"),
    DecisionKind.CORRECTED: gettext_lazy("sent a correction, to {count} readers"),
}

NOTES = (
    (re.compile(r"at (?P<done>[\d,]+) of (?P<total>[\d,]+)"), gettext_lazy("at {done} of {total}")),
    (re.compile(r"with (?P<time>\d+:\d\d:\d\d) more time"), gettext_lazy("with {time} more time")),
    (re.compile("a second editor did not agree"), gettext_lazy("a second editor did not agree")),
    (
        re.compile("(?P<number>[\\d,]+) were left out: they are in the relay’s log"),
        gettext_lazy("{number} were left out: they are in the relay’s log"),
    ),
    (
        re.compile("An item was corrected or withdrawn: readers who had not got it yet get the current version"),
        gettext_lazy("an item was corrected or withdrawn: readers who had not got it yet get the current version"),
    ),
)
"""Notes are stored in English, whatever the language of the editor who decided: form of the note, sentence to show."""


@dataclass(frozen=True)
class DecisionEntry:
    """One decision: by whom, when, and as text."""

    by: str
    at: datetime
    text: str


def decision_history(alert: Alert) -> list[DecisionEntry]:
    """Return every decision about an alert, the first one first."""
    decisions = Decision.objects.filter(alert=alert).order_by("at", "pk")
    return [DecisionEntry(decision.by, decision.at, decision_text(decision)) for decision in decisions]


def decision_text(decision: Decision) -> str:
    """Return what an editor did with an alert, in the active language."""
    count = group_digits(decision.count)
    text = PHRASES[DecisionKind(decision.kind)].format(count=count)
    if decision.note:
        separator = " " if decision.note.startswith("at ") else ": "
        text += separator + _translate_note(decision.note)
    return text


def _translate_note(note: str) -> str:
    """Return a stored note in the active language; one of unknown form as it is."""
    for pattern, sentence in NOTES:
        if match := pattern.fullmatch(note):
            return str(sentence).format(**match.groupdict())
    return note
