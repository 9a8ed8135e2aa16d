"""One request to send an alert, from desk, API or demo, with every check of its content.

form or JSON ──► SendRequest ──► compose (preview, preflight) ──► send_alert
                    │
                    └──► digest: the same `alert_id` with another digest is another request, and is refused
"""

import hashlib
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import timedelta
from uuid import UUID, uuid4

from django.utils.translation import gettext as _

from stoppress.alerts.errors import AlertIdTakenError, InvalidAlertError
from stoppress.coverage.localisation.numbers import group_digits
from stoppress.coverage.post_content import MAX_HEADLINE_CHARACTERS
from stoppress.delivery.choices import STALE_AFTER, Urgency
from stoppress.delivery.models import Alert
from stoppress.runtime.text_cleaning import clean_line, clean_text
from stoppress.subscribers.default_topic_names import BREAKING_SLUG

MAX_SUBJECT_LENGTH = 200
MAX_SUMMARY_LENGTH = 2000
MAX_NOTE_LENGTH = 1000
MAX_LIFETIME = timedelta(days=7)
MAX_UNDO_WINDOW = timedelta(minutes=10)
PHONE_SUBJECT_LENGTH = 40
"""Approximate number of characters of a subject that a phone shows."""
LANGUAGE_PATTERN = re.compile(r"[A-Za-z]{2,3}(?:-[A-Za-z0-9]{1,8})*")
EDITOR_URGENCIES = (Urgency.FLASH, Urgency.ALERT, Urgency.URGENT, Urgency.UPDATE, Urgency.CORRECTION)
"""All urgencies but the digest, which the scheduler sends."""
VARIANT_FIELDS = ("subject", "headline", "summary", "note")
"""Texts of an alert that a language may have; `note` is that of a correction."""


@dataclass(frozen=True)
class SendTerms:
    """When an alert may leave.

    Args:
        undo: time in which nothing leaves and Send can be undone.
        stale_after: time after which unsent deliveries expire; None: the default of the urgency.
        approval_above: with more recipients than this, a second editor must approve; None: never. It is a rule of the
            newsroom, not part of the client's request.
    """

    undo: timedelta = timedelta(0)
    stale_after: timedelta | None = None
    approval_above: int | None = None


@dataclass(frozen=True)
class SendRequest:
    """Everything that a client chooses about one alert.

    Args:
        blog_slug: the live blog. The caller has checked that the client may send alerts there.
        post_id: the post; None for an alert about the live blog as a whole.
        alert_id: created by the client that shows the Send button, so that a retry sends nothing twice.
        topic: slug of the topic whose subscribers get it; a correction goes to the topic of the corrected alert.
        urgency: one of EDITOR_URGENCIES; a correction is always `correction`.
        subject: may be empty in a preview, which then uses the headline of the post.
        headline: if empty, that of the post, else its first sentence.
        summary: if empty, the first sentences of the post that the headline does not have already.
        picture: id of one of the post's pictures, or empty.
        variants: by language (BCP 47), the fields of VARIANT_FIELDS in that language.
        corrects: id of the alert that this one corrects.
        note: of a correction, what was wrong and what is right; if empty, the note on the corrected post is used.
        based_on: revision of the post that the text was written from; if there is a newer one, the request is refused.
        again: send the post although it was sent before.
        terms: when the alert may leave.
    """

    blog_slug: str
    post_id: UUID | str | None = None
    alert_id: UUID = field(default_factory=uuid4)
    topic: str = BREAKING_SLUG
    urgency: str = Urgency.ALERT
    subject: str = ""
    headline: str = ""
    summary: str = ""
    picture: str = ""
    variants: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    corrects: UUID | None = None
    note: str = ""
    based_on: int | None = None
    again: bool = False
    terms: SendTerms = field(default_factory=SendTerms)

    def cleaned(self) -> "SendRequest":
        """Return the same request with its text cleaned.

        Raises:
            InvalidAlertError: `field` is `urgency`, `subject`, `headline`, `summary`, `note`, `language`, `undo` or
                `stale_after`.
        """
        _check_terms(self.terms)
        return replace(
            self,
            topic="" if self.corrects else self.topic,
            urgency=Urgency.CORRECTION if self.corrects else _clean_urgency(self.urgency),
            subject=clean_subject(self.subject) if self.subject else "",
            headline=clean_headline(self.headline),
            summary=clean_summary(self.summary),
            note=clean_note(self.note) if self.corrects else "",
            variants=_clean_variants(self.variants),
        )

    def digest(self) -> str:
        """Return the SHA-256 of the cleaned request. A retry has the same one.

        Raises:
            InvalidAlertError: like `cleaned`.
        """
        cleaned = self.cleaned()
        lifetime = cleaned.terms.stale_after or STALE_AFTER[Urgency(cleaned.urgency)]
        parts = {
            "blog": cleaned.blog_slug,
            "post": str(cleaned.post_id or ""),
            "topic": cleaned.topic,
            "urgency": str(cleaned.urgency),
            "subject": cleaned.subject,
            "headline": cleaned.headline,
            "summary": cleaned.summary,
            "picture": cleaned.picture,
            "variants": cleaned.variants,
            "corrects": str(cleaned.corrects or ""),
            "note": cleaned.note,
            "based_on": cleaned.based_on,
            "again": cleaned.again,
            "undo": cleaned.terms.undo.total_seconds(),
            "stale_after": lifetime.total_seconds(),
        }
        return hashlib.sha256(json.dumps(parts, sort_keys=True).encode()).hexdigest()


def find_earlier_alert(request: SendRequest) -> Alert | None:
    """Return the alert that an earlier copy of `request` sent, or None if its id is free.

    Raises:
        AlertIdTakenError: the id belongs to an alert of another live blog, or to one with other content.
        InvalidAlertError: `request` cannot be sent as it is.
    """
    digest = request.digest()
    earlier = Alert.objects.filter(pk=request.alert_id).first()
    if earlier is not None and earlier.request_sha256 != digest:
        raise AlertIdTakenError(request.alert_id)
    return earlier


def clean_subject(subject: str) -> str:
    """Return the subject on one line. Raises InvalidAlertError if it is empty or too long."""
    subject = clean_line(subject)
    if not subject:
        raise InvalidAlertError("subject", _("The alert needs a subject: it is what readers see first."))
    if len(subject) > MAX_SUBJECT_LENGTH:
        raise InvalidAlertError(
            "subject",
            _("A subject has at most {limit} characters; phones show about {visible}.").format(
                limit=MAX_SUBJECT_LENGTH, visible=PHONE_SUBJECT_LENGTH
            ),
        )
    return subject


def clean_headline(headline: str) -> str:
    """Return the headline on one line. Raises InvalidAlertError if it is too long."""
    headline = clean_line(headline)
    if len(headline) > MAX_HEADLINE_CHARACTERS:
        message = _("A headline has at most {limit} characters.").format(limit=MAX_HEADLINE_CHARACTERS)
        raise InvalidAlertError("headline", message)
    return headline


def clean_summary(summary: str) -> str:
    """Return the summary with one blank line between paragraphs. Raises InvalidAlertError if it is too long."""
    summary = _join_paragraphs(summary)
    if len(summary) > MAX_SUMMARY_LENGTH:
        raise InvalidAlertError(
            "summary",
            _("A summary has at most {limit} characters: the live page has the rest.").format(
                limit=group_digits(MAX_SUMMARY_LENGTH)
            ),
        )
    return summary


def clean_note(note: str) -> str:
    """Return the note of a correction in the same form. Raises InvalidAlertError if it is too long."""
    note = _join_paragraphs(note)
    if len(note) > MAX_NOTE_LENGTH:
        message = _("A note has at most {limit} characters.").format(limit=group_digits(MAX_NOTE_LENGTH))
        raise InvalidAlertError("note", message)
    return note


def reject_own_language(variants: Mapping[str, Mapping[str, str]], own: str) -> None:
    """Raise InvalidAlertError if one of the variants is in the alert's own language."""
    for language in variants:
        if language.lower() == own.lower():
            raise InvalidAlertError(
                "language", _("“{language}” is no other language of this alert.").format(language=language[:20])
            )


def _join_paragraphs(text: str) -> str:
    paragraphs = [clean_line(part) for part in clean_text(text).split("\n\n")]
    return "\n\n".join(part for part in paragraphs if part)


def _check_terms(terms: SendTerms) -> None:
    if not timedelta(0) <= terms.undo <= MAX_UNDO_WINDOW:
        raise InvalidAlertError("undo", _("The time to undo Send is at most ten minutes."))
    if terms.stale_after is not None and not timedelta(minutes=1) <= terms.stale_after <= MAX_LIFETIME:
        raise InvalidAlertError("stale_after", _("An alert may leave for between one minute and seven days."))


def _clean_urgency(urgency: str) -> Urgency:
    if urgency not in EDITOR_URGENCIES:
        raise InvalidAlertError("urgency", _("There is no urgency “{urgency}”.").format(urgency=urgency))
    return Urgency(urgency)


def _clean_variants(variants: Mapping[str, Mapping[str, str]]) -> dict[str, dict[str, str]]:
    """Return the cleaned text of each language that has any."""
    cleaned: dict[str, dict[str, str]] = {}
    for language, fields in variants.items():
        texts = {name: fields.get(name, "").strip() for name in VARIANT_FIELDS}
        if not any(texts.values()):
            continue
        if not LANGUAGE_PATTERN.fullmatch(language) or len(language) > 20:
            raise InvalidAlertError(
                "language", _("“{language}” is no other language of this alert.").format(language=language[:20])
            )
        cleaned[language] = {name: _clean_field(name, text) for name, text in texts.items() if text}
    return cleaned


def _clean_field(name: str, text: str) -> str:
    return {"summary": clean_summary, "note": clean_note}.get(name, clean_subject)(text)
