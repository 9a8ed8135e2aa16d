"""The alert composer's form as somebody typed it: the value between the form and an alert."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from uuid import UUID, uuid4

from django.conf import settings
from django.http import QueryDict
from django.utils.http import urlencode

from stoppress.alerts.actions import Terms
from stoppress.delivery.choices import STALE_AFTER, Urgency
from stoppress.desk.forms.form_parsing import number, uuid_or_none

UNDO_CHOICES = (0, 5, 10, 30, 60, 120)
"""Seconds."""
LIFE_CHOICES = (30, 60, 120, 240, 360, 720, 1440)
"""Minutes."""
WORDS = ("subject", "headline", "summary")


@dataclass(frozen=True)
class Typed:
    """Everything that can be typed into the alert composer, unchecked. Empty words stand for the post's own."""

    alert_id: UUID = field(default_factory=uuid4)
    topic: str = ""
    urgency: str = Urgency.ALERT
    subject: str = ""
    summary: str = ""
    picture: str = ""
    variants: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    undo: int = 0
    life: int = 0
    again: bool = False
    revision: int | None = None
    corrects: UUID | None = None

    def terms(self) -> Terms:
        """How it would leave."""
        life = timedelta(minutes=self.life) if self.life else None
        return Terms(timedelta(seconds=self.undo), life, settings.APPROVAL_THRESHOLD)

    def query(self, language: str = "") -> str:
        """For the address of a preview: what changes how the mail looks, in one of its languages."""
        given = {"topic": self.topic, "urgency": self.urgency, "subject": self.subject, "summary": self.summary}
        given |= {"picture": self.picture, "corrects": str(self.corrects or ""), "language": language}
        given |= {f"{name}.{language}": text for name, text in self.variants.get(language, {}).items()}
        return urlencode({name: text for name, text in given.items() if text})


def blank(corrects: UUID | None = None) -> Typed:
    """The form before anybody typed."""
    return Typed(
        urgency=Urgency.CORRECTION if corrects else Urgency.ALERT, undo=settings.UNDO_SECONDS, corrects=corrects
    )


def from_form(data: QueryDict) -> Typed:
    """What was typed, out of a submitted form or the address of a preview."""
    return Typed(
        alert_id=uuid_or_none(data.get("alert_id", "")) or uuid4(),
        topic=_text(data, "topic"),
        urgency=_text(data, "urgency") or Urgency.ALERT,
        subject=_text(data, "subject"),
        summary=_text(data, "summary"),
        picture=_text(data, "picture"),
        variants=_variants(data),
        undo=number(data.get("undo", str(settings.UNDO_SECONDS))),
        life=number(data.get("life", "")),
        again=data.get("again") == "1",
        revision=number(_text(data, "revision")) if "revision" in data else None,
        corrects=uuid_or_none(data.get("corrects", "")),
    )


def life_of(urgency: str) -> int:
    """After how many minutes an alert of this urgency is stale."""
    return int(STALE_AFTER[Urgency(urgency)].total_seconds() // 60) if urgency in Urgency.values else 0


def _variants(data: QueryDict) -> dict[str, dict[str, str]]:
    """`subject.fr` and its like, by language."""
    found: dict[str, dict[str, str]] = {}
    for name in data:
        word, dot, language = name.partition(".")
        if dot and word in WORDS and language:
            found.setdefault(language[:20], {})[word] = _text(data, name)
    return found


def _text(data: QueryDict, name: str) -> str:
    return str(data.get(name, "")).replace("\x00", "").strip()
