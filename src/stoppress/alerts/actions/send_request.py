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

from stoppress.alerts.errors import AlertIdTaken, BadAlert
from stoppress.coverage.post_content import readable
from stoppress.delivery.choices import STALE_AFTER, Urgency
from stoppress.delivery.models import Alert
from stoppress.subscribers.topics import BREAKING

LONGEST_SUBJECT = 200
LONGEST_SUMMARY = 2000
LONGEST_LIFE = timedelta(days=7)
LONGEST_UNDO = timedelta(minutes=10)
PHONE = 40
"""Characters of a subject that a phone shows."""
LANGUAGE = re.compile(r"[A-Za-z]{2,3}(?:-[A-Za-z0-9]{1,8})*")
EDITORS_URGENCIES = (Urgency.FLASH, Urgency.ALERT, Urgency.URGENT, Urgency.UPDATE, Urgency.CORRECTION)
"""All but a digest, which the clock makes."""
VARIANT_FIELDS = ("subject", "headline", "summary")


@dataclass(frozen=True)
class Terms:
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
    terms: Terms = field(default_factory=Terms)

    def checked(self) -> "SendRequest":
        """Return the same request with its text cleaned.

        Raises:
            BadAlert: `field` is `urgency`, `subject`, `summary`, `language`, `undo` or `stale_after`.
        """
        _check_terms(self.terms)
        return replace(
            self,
            topic="" if self.corrects else self.topic,
            urgency=Urgency.CORRECTION if self.corrects else _checked_urgency(self.urgency),
            subject=checked_subject(self.subject) if self.subject else "",
            summary=checked_summary(self.summary),
            variants=_checked_variants(self.variants),
        )

    def digest(self) -> str:
        """Return the SHA-256 of place and content after cleaning; a retry has the same one.

        Raises BadAlert, like `checked`.
        """
        given = self.checked()
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


def find_earlier(request: SendRequest) -> Alert | None:
    """Return the alert that an earlier copy of `request` sent, or None if its id is free.

    Raises:
        AlertIdTaken: the id belongs to an alert of another live blog, or to one with other content.
        BadAlert: `request` cannot be sent as it is.
    """
    digest = request.digest()
    earlier = Alert.objects.filter(pk=request.alert_id).first()
    if earlier is not None and earlier.request_digest != digest:
        raise AlertIdTaken(request.alert_id)
    return earlier


def checked_subject(subject: str) -> str:
    """Return the subject on one line; raises BadAlert if nothing is left of it, or too much."""
    subject = " ".join("".join(char if char.isprintable() else " " for char in subject).split())
    if not subject:
        raise BadAlert("subject", "The alert needs a subject: it is what readers see first.")
    if len(subject) > LONGEST_SUBJECT:
        raise BadAlert("subject", f"A subject has at most {LONGEST_SUBJECT} characters; phones show about {PHONE}.")
    return subject


def checked_summary(summary: str) -> str:
    """Return the summary with single blank lines between its paragraphs; raises BadAlert if it is too long."""
    paragraphs = [" ".join(part.split()) for part in readable(summary).replace("\r\n", "\n").split("\n\n")]
    summary = "\n\n".join(part for part in paragraphs if part)
    if len(summary) > LONGEST_SUMMARY:
        raise BadAlert("summary", f"A summary has at most {LONGEST_SUMMARY:,} characters: the live page has the rest.")
    return summary


def refuse_own_language(variants: Mapping[str, Mapping[str, str]], own: str) -> None:
    """Raises BadAlert if one of the variants is in the alert's own language."""
    for language in variants:
        if language.lower() == own.lower():
            raise BadAlert("language", f"“{language[:20]}” is no other language of this alert.")


def _check_terms(terms: Terms) -> None:
    if not timedelta(0) <= terms.undo <= LONGEST_UNDO:
        raise BadAlert("undo", "An alert can be held back for ten minutes at most.")
    if terms.stale_after is not None and not timedelta(minutes=1) <= terms.stale_after <= LONGEST_LIFE:
        raise BadAlert("stale_after", "An alert can leave for at least a minute, and for seven days at most.")


def _checked_urgency(urgency: str) -> Urgency:
    if urgency not in EDITORS_URGENCIES:
        raise BadAlert("urgency", f"There is no urgency “{urgency}”.")
    return Urgency(urgency)


def _checked_variants(given: Mapping[str, Mapping[str, str]]) -> dict[str, dict[str, str]]:
    """Return the languages for which there is text, cleaned."""
    found: dict[str, dict[str, str]] = {}
    for language, fields in given.items():
        known = {name: fields.get(name, "").strip() for name in VARIANT_FIELDS}
        if not any(known.values()):
            continue
        if not LANGUAGE.fullmatch(language) or len(language) > 20:
            raise BadAlert("language", f"“{language[:20]}” is no other language of this alert.")
        found[language] = {name: _checked_field(name, text) for name, text in known.items() if text}
    return found


def _checked_field(name: str, text: str) -> str:
    return checked_summary(text) if name == "summary" else checked_subject(text)
