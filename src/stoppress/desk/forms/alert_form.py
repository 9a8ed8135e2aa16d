"""The alert composer's form as somebody typed it: the value between the form and an alert."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from uuid import UUID, uuid4

from django.conf import settings
from django.http import QueryDict
from django.utils.http import urlencode

from stoppress.alerts.actions import SendTerms
from stoppress.delivery.choices import STALE_AFTER, Urgency
from stoppress.desk.forms.form_parsing import parse_number, parse_uuid

UNDO_CHOICES_SECONDS = (0, 5, 10, 30, 60, 120)
"""Seconds."""
LIFETIME_CHOICES_MINUTES = (30, 60, 120, 240, 360, 720, 1440)
"""Minutes."""
VARIANT_FIELDS = ("subject", "headline", "summary")


@dataclass(frozen=True)
class AlertFormData:
    """Everything that can be typed into the alert composer, unchecked. Empty words stand for the post's own."""

    alert_id: UUID = field(default_factory=uuid4)
    topic: str = ""
    urgency: str = Urgency.ALERT
    subject: str = ""
    summary: str = ""
    picture: str = ""
    variants: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    undo_seconds: int = 0
    lifetime_minutes: int = 0
    send_again: bool = False
    revision: int | None = None
    corrects: UUID | None = None

    def terms(self) -> SendTerms:
        """How it would leave."""
        life = timedelta(minutes=self.lifetime_minutes) if self.lifetime_minutes else None
        return SendTerms(timedelta(seconds=self.undo_seconds), life, settings.APPROVAL_THRESHOLD)

    def query(self, language: str = "") -> str:
        """For the address of a preview: what changes how the mail looks, in one of its languages."""
        given = {"topic": self.topic, "urgency": self.urgency, "subject": self.subject, "summary": self.summary}
        given |= {"picture": self.picture, "corrects": str(self.corrects or ""), "language": language}
        given |= {f"{name}.{language}": text for name, text in self.variants.get(language, {}).items()}
        return urlencode({name: text for name, text in given.items() if text})


def empty_alert_form(corrects: UUID | None = None) -> AlertFormData:
    """The form before anybody typed."""
    return AlertFormData(
        urgency=Urgency.CORRECTION if corrects else Urgency.ALERT, undo_seconds=settings.UNDO_SECONDS, corrects=corrects
    )


def parse_alert_form(data: QueryDict) -> AlertFormData:
    """What was typed, out of a submitted form or the address of a preview."""
    return AlertFormData(
        alert_id=parse_uuid(data.get("alert_id", "")) or uuid4(),
        topic=_text(data, "topic"),
        urgency=_text(data, "urgency") or Urgency.ALERT,
        subject=_text(data, "subject"),
        summary=_text(data, "summary"),
        picture=_text(data, "picture"),
        variants=_variants(data),
        undo_seconds=parse_number(data.get("undo", str(settings.UNDO_SECONDS))),
        lifetime_minutes=parse_number(data.get("life", "")),
        send_again=data.get("again") == "1",
        revision=parse_number(_text(data, "revision")) if "revision" in data else None,
        corrects=parse_uuid(data.get("corrects", "")),
    )


def default_lifetime_minutes(urgency: str) -> int:
    """After how many minutes an alert of this urgency is stale."""
    return int(STALE_AFTER[Urgency(urgency)].total_seconds() // 60) if urgency in Urgency.values else 0


def _variants(data: QueryDict) -> dict[str, dict[str, str]]:
    """`subject.fr` and its like, by language."""
    found: dict[str, dict[str, str]] = {}
    for name in data:
        word, dot, language = name.partition(".")
        if dot and word in VARIANT_FIELDS and language:
            found.setdefault(language[:20], {})[word] = _text(data, name)
    return found


def _text(data: QueryDict, name: str) -> str:
    return str(data.get(name, "")).replace("\x00", "").strip()
