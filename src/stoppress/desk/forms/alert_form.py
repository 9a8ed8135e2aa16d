"""The form of the alert composer, parsed into a value."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from uuid import UUID, uuid4

from django.conf import settings
from django.http import QueryDict
from django.utils.http import urlencode

from stoppress.alerts.actions import SendTerms
from stoppress.alerts.actions.send_request import VARIANT_FIELDS
from stoppress.delivery.choices import STALE_AFTER, Urgency
from stoppress.desk.forms.form_parsing import clean_text, parse_number, parse_uuid

UNDO_CHOICES_SECONDS = (0, 5, 10, 30, 60, 120)
LIFETIME_CHOICES_MINUTES = (30, 60, 120, 240, 360, 720, 1440)


@dataclass(frozen=True)
class AlertFormData:
    """The fields of the alert composer, unchecked. Empty texts stand for those of the post.

    Args:
        alert_id: the id that the alert will have.
        topic: slug of the topic; empty for the first one.
        urgency: one of Urgency.
        subject: the subject.
        headline: the headline of the mail.
        summary: the text below the headline.
        picture: id of a picture of the post; empty for none.
        variants: texts in other languages, by language and field.
        undo_seconds: time during which Send can be taken back.
        lifetime_minutes: time after which it is too late to send; 0 for the default of the urgency.
        send_again: True if the editor confirmed to send the same post again.
        revision: the revision of the post that the text was written from.
        corrects: id of the alert that this one corrects.
        note: of a correction, what was wrong and what is right.
    """

    alert_id: UUID = field(default_factory=uuid4)
    topic: str = ""
    urgency: str = Urgency.ALERT
    subject: str = ""
    headline: str = ""
    summary: str = ""
    picture: str = ""
    variants: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    undo_seconds: int = 0
    lifetime_minutes: int = 0
    send_again: bool = False
    revision: int | None = None
    corrects: UUID | None = None
    note: str = ""

    def terms(self) -> SendTerms:
        """Return the terms of sending."""
        lifetime = timedelta(minutes=self.lifetime_minutes) if self.lifetime_minutes else None
        return SendTerms(timedelta(seconds=self.undo_seconds), lifetime, settings.APPROVAL_THRESHOLD)

    def preview_query(self, language: str = "") -> str:
        """Return the query of a preview's address: choices, but no typed text, which access logs would keep."""
        fields = {"topic": self.topic, "urgency": self.urgency, "picture": self.picture}
        fields |= {"corrects": str(self.corrects or ""), "language": language}
        return urlencode({name: text for name, text in fields.items() if text})

    @property
    def has_typed_text(self) -> bool:
        """Return True if the editor has typed text in place of that of the post."""
        variants = [text for each in self.variants.values() for text in each.values()]
        return any((self.subject, self.headline, self.summary, self.note, *variants))


def empty_alert_form(corrects: UUID | None = None) -> AlertFormData:
    """Return the form before the editor has typed anything."""
    return AlertFormData(
        urgency=Urgency.CORRECTION if corrects else Urgency.ALERT, undo_seconds=settings.UNDO_SECONDS, corrects=corrects
    )


def parse_alert_form(data: QueryDict) -> AlertFormData:
    """Parse a submitted form."""
    return AlertFormData(
        alert_id=parse_uuid(data.get("alert_id", "")) or uuid4(),
        topic=clean_text(data, "topic"),
        urgency=clean_text(data, "urgency") or Urgency.ALERT,
        subject=clean_text(data, "subject"),
        headline=clean_text(data, "headline"),
        summary=clean_text(data, "summary"),
        picture=clean_text(data, "picture"),
        variants=_parse_variants(data),
        undo_seconds=parse_number(data.get("undo", str(settings.UNDO_SECONDS))),
        lifetime_minutes=parse_number(data.get("life", "")),
        send_again=data.get("again") == "1",
        revision=parse_number(clean_text(data, "revision")) if "revision" in data else None,
        corrects=parse_uuid(data.get("corrects", "")),
        note=clean_text(data, "note"),
    )


def parse_preview_query(data: QueryDict) -> AlertFormData:
    """Parse the query of a preview's address; text in it is ignored."""
    chosen = QueryDict(mutable=True)
    for name in ("topic", "urgency", "picture", "corrects"):
        chosen[name] = str(data.get(name, ""))
    return parse_alert_form(chosen)


def default_lifetime_minutes(urgency: str) -> int:
    """Return the minutes after which an alert of this urgency is too old to send; 0 for an unknown urgency."""
    return int(STALE_AFTER[Urgency(urgency)].total_seconds() // 60) if urgency in Urgency.values else 0


def _parse_variants(data: QueryDict) -> dict[str, dict[str, str]]:
    """Return the fields named like `subject.fr`, by language."""
    variants: dict[str, dict[str, str]] = {}
    for name in data:
        field_name, dot, language = name.partition(".")
        if dot and field_name in VARIANT_FIELDS and language:
            variants.setdefault(language[:20], {})[field_name] = clean_text(data, name)
    return variants
