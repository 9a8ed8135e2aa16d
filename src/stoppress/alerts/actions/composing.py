"""Turn a post, or a live blog as a whole, into an alert that can be looked at before it is sent."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from django.utils.translation import gettext as _

from stoppress.alerts.errors import BadAlert, PostWithdrawn
from stoppress.alerts.mail import preview
from stoppress.alerts.mail.sentences import first_sentences
from stoppress.alerts.mail.story import MailPicture, Story, Wrong, path_of
from stoppress.alerts.models import Alert, Topic
from stoppress.alerts.words import Urgency
from stoppress.coverage.content import readable
from stoppress.coverage.languages import in_language, translated_language
from stoppress.coverage.models import LiveBlog
from stoppress.coverage.pictures import keep_for_mail
from stoppress.coverage.reading import PictureView, PostView

LONGEST_SUBJECT = 200
LONGEST_SUMMARY = 2000
PHONE = 40
"""Characters of a subject that a phone shows."""
LANGUAGE = re.compile(r"[A-Za-z]{2,3}(?:-[A-Za-z0-9]{1,8})*")
EDITORS_URGENCIES = (Urgency.FLASH, Urgency.ALERT, Urgency.URGENT, Urgency.UPDATE, Urgency.CORRECTION)
"""All but a digest, which the clock makes."""


@dataclass(frozen=True)
class Draft:
    """An alert before Send: what it would say, and to whom. Without `post` it is about the live blog as a whole."""

    story: Story
    topic: Topic
    post: PostView | None
    variants: Mapping[str, Mapping[str, str]] = field(default_factory=dict)

    @property
    def subject(self) -> str:
        """The subject line."""
        return self.story.subject

    @property
    def summary(self) -> str:
        """The text below the headline."""
        return self.story.summary

    def spoken(self, language: str = "") -> Story:
        """The story in one of its languages, or as it was written."""
        return self.story.spoken(language, self.variants[language]) if language in self.variants else self.story

    def preview_html(self, language: str = "", theme: preview.Theme | None = None) -> str:
        """The mail's HTML part, byte for byte as it is sent to a reader whose address is `reader@example.com`."""
        return preview.html(self.spoken(language), theme)

    def preview_text(self, language: str = "") -> str:
        """The mail's plain-text part, likewise."""
        return preview.text(self.spoken(language))


def compose(
    blog: LiveBlog,
    post: PostView | None,
    *,
    topic: Topic,
    urgency: str = Urgency.ALERT,
    subject: str = "",
    summary: str = "",
    picture: str = "",
    variants: Mapping[str, Mapping[str, str]] | None = None,
    corrects: Alert | None = None,
    now: datetime | None = None,
) -> Draft:
    """The alert that `post`, or without one `blog`, would make. Empty `subject` and `summary` are filled from it.

    With `corrects` it is a correction of that alert. `now` is the time it tells where there is no post.
    Raises PostWithdrawn, BadAlert (field `urgency`, `subject`, `summary`, `picture`, `language` or `topic`).
    """
    if post is not None and post.withdrawn:
        raise PostWithdrawn(post.id)
    headline = post.title if post else blog.headline
    text = post.text if post else " ".join(blog.paragraphs)
    language = (post.content.language if post else "") or blog.language
    story = Story(
        topic_slug=topic.slug,
        topic_name=topic.name,
        urgency=Urgency.CORRECTION if corrects else _urgency(urgency),
        subject=checked_subject(subject or (_corrected(headline, language) if corrects else headline)),
        headline=headline,
        summary=checked_summary(summary or first_sentences(text)),
        bylines=post.content.bylines if post else (),
        published_at=post.published_at if post else (now or blog.changed_at),
        zone=blog.tz,
        blog_headline=blog.headline,
        path=path_of(blog.slug, post.id if post else None),
        language=language,
        picture=_picture(post, picture),
        wrong=Wrong(corrects.subject, corrects.created_at) if corrects else None,
        blog_id=blog.pk,
    )
    if topic.blog_id not in (None, blog.pk):
        raise BadAlert("topic", "This topic is another story’s.")
    return Draft(story, topic, post, _variants(variants or {}, story.language))


def _corrected(headline: str, language: str) -> str:
    with in_language(translated_language(language)):
        return _("Correction: {headline}").format(headline=headline)[:LONGEST_SUBJECT]


def _urgency(urgency: str) -> Urgency:
    if urgency not in EDITORS_URGENCIES:
        raise BadAlert("urgency", f"There is no urgency “{urgency}”.")
    return Urgency(urgency)


def _picture(post: PostView | None, wanted: str) -> MailPicture | None:
    if not wanted:
        return None
    found: PictureView | None = next((each for each in post.pictures if each.id == wanted), None) if post else None
    if found is None:
        raise BadAlert("picture", "The post has no such picture.")
    try:
        keep_for_mail(found.id, found.widths)
    except OSError as error:
        raise BadAlert("picture", "The file of this picture is missing.") from error
    return MailPicture(found.id, found.alt, found.credit, found.width, found.height)


def _variants(given: Mapping[str, Mapping[str, str]], own: str) -> dict[str, dict[str, str]]:
    """The languages for which there are words, checked; the alert's own is none of them."""
    found: dict[str, dict[str, str]] = {}
    for language, words in given.items():
        known = {name: words.get(name, "").strip() for name in ("subject", "headline", "summary")}
        if not any(known.values()):
            continue
        if not LANGUAGE.fullmatch(language) or len(language) > 20 or language.lower() == own.lower():
            raise BadAlert("language", f"“{language[:20]}” is no other language of this alert.")
        found[language] = {name: _checked(name, text) for name, text in known.items() if text}
    return found


def _checked(name: str, text: str) -> str:
    if name == "summary":
        return checked_summary(text)
    return checked_subject(text)


def checked_subject(subject: str) -> str:
    """The subject on one line; raises BadAlert if nothing is left of it, or too much."""
    subject = " ".join("".join(char if char.isprintable() else " " for char in subject).split())
    if not subject:
        raise BadAlert("subject", "The alert needs a subject: it is what readers see first.")
    if len(subject) > LONGEST_SUBJECT:
        raise BadAlert("subject", f"A subject has at most {LONGEST_SUBJECT} characters; phones show about {PHONE}.")
    return subject


def checked_summary(summary: str) -> str:
    """The summary with single blank lines between its paragraphs; raises BadAlert if it is too long."""
    paragraphs = [" ".join(part.split()) for part in readable(summary).replace("\r\n", "\n").split("\n\n")]
    summary = "\n\n".join(part for part in paragraphs if part)
    if len(summary) > LONGEST_SUMMARY:
        raise BadAlert("summary", f"A summary has at most {LONGEST_SUMMARY:,} characters: the live page has the rest.")
    return summary
