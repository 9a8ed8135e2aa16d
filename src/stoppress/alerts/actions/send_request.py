"""One request to send an alert, as the desk, the API and the demo make it: every check of what a client may ask for.

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

from stoppress.alerts.errors import AlertIdTakenError, InvalidAlertError
from stoppress.coverage.post_content import strip_unprintable
from stoppress.delivery.choices import STALE_AFTER, Urgency
from stoppress.delivery.models import Alert
from stoppress.subscribers.topics import BREAKING

MAX_SUBJECT_LENGTH = 200
MAX_SUMMARY_LENGTH = 2000
MAX_LIFETIME = timedelta(days=7)
MAX_UNDO_WINDOW = timedelta(minutes=10)
PHONE_SUBJECT_LENGTH = 40
"""Characters of a subject that a phone shows."""
LANGUAGE_PATTERN = re.compile(r"[A-Za-z]{2,3}(?:-[A-Za-z0-9]{1,8})*")
EDITOR_URGENCIES = (Urgency.FLASH, Urgency.ALERT, Urgency.URGENT, Urgency.UPDATE, Urgency.CORRECTION)
"""All but a digest, which the clock makes."""
VARIANT_FIELDS = ("subject", "headline", "summary")


@dataclass(frozen=True)
class SendTerms:
    """How an alert leaves.

    Args:
        undo: for so long nothing leaves, and Send can be taken back.
        stale_after: what has not left by then never does; the urgency's own time if None.
        approval_above: to more readers than that it leaves only when a second editor has agreed; never if None. It is
            the newsroom's rule, not a part of what the client sent.
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
        alert_id: made by the client that shows the Send button, so that a retry sends nothing twice.
        topic: slug of the topic whose subscribers get it; a correction goes to the topic of what it corrects.
        urgency: one of EDITORS_URGENCIES; of a correction always `correction`.
        subject: empty only in a preview: the headline of the post is used.
        summary: empty for the first sentences of the post.
        picture: id of one of the post's pictures, or empty.
        variants: by language (BCP 47), the fields of VARIANT_FIELDS in that language.
        corrects: id of the alert that this one corrects.
        based_on: revision of the post that the text was written from; a newer one refuses the request.
        again: the post may be sent although it was sent before.
        terms: how the alert leaves.
    """

    blog_slug: str
    post_id: UUID | str | None = None
    alert_id: UUID = field(default_factory=uuid4)
    topic: str = BREAKING
    urgency: str = Urgency.ALERT
    subject: str = ""
    summary: str = ""
    picture: str = ""
    variants: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    corrects: UUID | None = None
    based_on: int | None = None
    again: bool = False
    terms: SendTerms = field(default_factory=SendTerms)

    def cleaned(self) -> "SendRequest":
        """Return the same request with its text cleaned.

        Raises:
            BadAlert: `field` is `urgency`, `subject`, `summary`, `language`, `undo` or `stale_after`.
        """
        _check_terms(self.terms)
        return replace(
            self,
            topic="" if self.corrects else self.topic,
            urgency=Urgency.CORRECTION if self.corrects else _clean_urgency(self.urgency),
            subject=clean_subject(self.subject) if self.subject else "",
            summary=clean_summary(self.summary),
            variants=_clean_variants(self.variants),
        )

    def digest(self) -> str:
        """Return the SHA-256 of place and content after cleaning; a retry has the same one.

        Raises BadAlert, like `checked`.
        """
        given = self.cleaned()
        lifetime = given.terms.stale_after or STALE_AFTER[Urgency(given.urgency)]
        parts = {
            "blog": given.blog_slug,
            "post": str(given.post_id or ""),
            "topic": given.topic,
            "urgency": str(given.urgency),
            "subject": given.subject,
            "summary": given.summary,
            "picture": given.picture,
            "variants": given.variants,
            "corrects": str(given.corrects or ""),
            "based_on": given.based_on,
            "again": given.again,
            "undo": given.terms.undo.total_seconds(),
            "stale_after": lifetime.total_seconds(),
        }
        return hashlib.sha256(json.dumps(parts, sort_keys=True).encode()).hexdigest()


def find_earlier_alert(request: SendRequest) -> Alert | None:
    """Return the alert that an earlier copy of `request` sent, or None if its id is free.

    Raises:
        AlertIdTaken: the id belongs to an alert of another live blog, or to one with other content.
        BadAlert: `request` cannot be sent as it is.
    """
    digest = request.digest()
    earlier = Alert.objects.filter(pk=request.alert_id).first()
    if earlier is not None and earlier.request_sha256 != digest:
        raise AlertIdTakenError(request.alert_id)
    return earlier


def clean_subject(subject: str) -> str:
    """Return the subject on one line; raises BadAlert if nothing is left of it, or too much."""
    subject = " ".join("".join(char if char.isprintable() else " " for char in subject).split())
    if not subject:
        raise InvalidAlertError("subject", "The alert needs a subject: it is what readers see first.")
    if len(subject) > MAX_SUBJECT_LENGTH:
        raise InvalidAlertError("subject", f"A subject has at most {MAX_SUBJECT_LENGTH} characters; phones show about {PHONE_SUBJECT_LENGTH}.")
    return subject


def clean_summary(summary: str) -> str:
    """Return the summary with single blank lines between its paragraphs; raises BadAlert if it is too long."""
    paragraphs = [" ".join(part.split()) for part in strip_unprintable(summary).replace("\r\n", "\n").split("\n\n")]
    summary = "\n\n".join(part for part in paragraphs if part)
    if len(summary) > MAX_SUMMARY_LENGTH:
        raise InvalidAlertError("summary", f"A summary has at most {MAX_SUMMARY_LENGTH:,} characters: the live page has the rest.")
    return summary


def reject_own_language(variants: Mapping[str, Mapping[str, str]], own: str) -> None:
    """Raises InvalidAlertError if one of the variants is in the alert's own language."""
    for language in variants:
        if language.lower() == own.lower():
            raise InvalidAlertError("language", f"“{language[:20]}” is no other language of this alert.")


def _check_terms(terms: SendTerms) -> None:
    if not timedelta(0) <= terms.undo <= MAX_UNDO_WINDOW:
        raise InvalidAlertError("undo", "An alert can be held back for ten minutes at most.")
    if terms.stale_after is not None and not timedelta(minutes=1) <= terms.stale_after <= MAX_LIFETIME:
        raise InvalidAlertError("stale_after", "An alert can leave for at least a minute, and for seven days at most.")


def _clean_urgency(urgency: str) -> Urgency:
    if urgency not in EDITOR_URGENCIES:
        raise InvalidAlertError("urgency", f"There is no urgency “{urgency}”.")
    return Urgency(urgency)


def _clean_variants(given: Mapping[str, Mapping[str, str]]) -> dict[str, dict[str, str]]:
    """Return the languages for which there is text, cleaned."""
    found: dict[str, dict[str, str]] = {}
    for language, fields in given.items():
        known = {name: fields.get(name, "").strip() for name in VARIANT_FIELDS}
        if not any(known.values()):
            continue
        if not LANGUAGE_PATTERN.fullmatch(language) or len(language) > 20:
            raise InvalidAlertError("language", f"“{language[:20]}” is no other language of this alert.")
        found[language] = {name: _clean_field(name, text) for name, text in known.items() if text}
    return found


def _clean_field(name: str, text: str) -> str:
    return clean_summary(text) if name == "summary" else clean_subject(text)
