"""What the mail of an alert says, as a value: made from a draft for the preview and from an alert for sending alike."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import wraps
from typing import Any, TypeVar
from zoneinfo import ZoneInfo

from django.utils.translation import gettext as _
from django.utils.translation import pgettext, pgettext_lazy

from stoppress.coverage.localisation import dates
from stoppress.coverage.localisation.languages import (
    text_direction,
    in_language,
    nearest_tag,
    newsroom_language,
    translated_language,
)
from stoppress.coverage.models import LiveBlog, Picture, Revision
from stoppress.coverage.newsroom import newsroom
from stoppress.delivery.choices import Urgency
from stoppress.delivery.message.digest_content import DigestContent, headline_with_notice, note_with_notice
from stoppress.delivery.message.digest_mutes import remove_muted_stories
from stoppress.delivery.models import Alert
from stoppress.subscribers.choices import Frequency
from stoppress.subscribers.time_zones import subscriber_zone

URGENCY_LABELS = {
    Urgency.FLASH: pgettext_lazy("label of an alert", "Breaking news"),
    Urgency.ALERT: pgettext_lazy("label of an alert", "Breaking news"),
    Urgency.URGENT: pgettext_lazy("label of an alert", "Urgent"),
    Urgency.UPDATE: pgettext_lazy("label of an alert", "Update"),
    Urgency.CORRECTION: pgettext_lazy("label of an alert", "Correction"),
    Urgency.DIGEST: pgettext_lazy("label of an alert", "DigestContent"),
}
"""The words above the headline of a message."""
R = TypeVar("R")
MAX_PICTURE_WIDTH = 552
"""Pixels that a picture has in the column of a mail."""


def _in_readers_language(method: "Callable[[AlertContent], R]") -> "Callable[[AlertContent], R]":
    """Decorate a property of Story: its sentences, dates and numbers are in the story's catalogue."""

    @wraps(method)
    def wrapped(self: "AlertContent") -> R:
        with in_language(self.catalogue_language):
            return method(self)

    return wrapped


@dataclass(frozen=True)
class MailPicture:
    """One picture as mail shows it: a JPEG at an address of our own."""

    id: str
    alt: str
    credit: str
    width: int
    height: int

    @property
    def src(self) -> str:
        """Its public address."""
        return newsroom().absolute_url(f"/media/{self.id}-mail.jpg")

    @property
    def display_size(self) -> tuple[int, int]:
        """Width and height in the mail, in pixels."""
        width = min(self.width, MAX_PICTURE_WIDTH)
        return width, round(self.height * width / self.width)


@dataclass(frozen=True)
class DigestItem:
    """One entry of a digest. `notice` and `note`: what was put right in it. `language`: empty if that is not known."""

    blog: str
    headline: str
    summary: str
    path: str
    at: datetime
    language: str = ""
    notice: str = ""
    note: str = ""

    @property
    def link(self) -> str:
        """Its public address."""
        return newsroom().absolute_url(self.path)


@dataclass(frozen=True)
class CorrectedAlert:
    """What a correction corrects: the subject of the alert that was sent, and when."""

    subject: str
    at: datetime


@dataclass(frozen=True)
class AlertContent:
    """Everything that is the same in every copy. `blog_id` is what "no more about this story" means, or None.

    `language` is that of the editors' words. All else is said in the language `reader`; if that is empty, or we do not
    speak it, in that of the words.
    """

    topic_slug: str
    topic_name: str
    urgency: Urgency
    subject: str
    headline: str
    summary: str
    bylines: tuple[str, ...]
    published_at: datetime
    zone: ZoneInfo
    blog_headline: str
    path: str
    language: str = "en"
    picture: MailPicture | None = None
    items: tuple[DigestItem, ...] = ()
    corrected: CorrectedAlert | None = None
    blog_id: int | None = None
    reader_language: str = ""

    @property
    def catalogue_language(self) -> str:
        """The language of all that stands around the editors' words."""
        return translated_language(self.reader_language, self.language)

    @property
    def content_language(self) -> str:
        """For Content-Language: that of the words, and that of what stands around them if it is another."""
        around = self.catalogue_language
        return self.language if nearest_tag([around], self.language) else f"{self.language}, {around}"

    @property
    def direction(self) -> str:
        """`rtl` or `ltr`: how the editors' words are written."""
        return text_direction(self.language)

    @property
    @_in_readers_language
    def label(self) -> str:
        """What stands above the headline."""
        return str(URGENCY_LABELS[self.urgency])

    @property
    def label_style(self) -> str:
        """The colour of the label: red is for breaking news alone, amber for corrections."""
        if self.urgency is Urgency.CORRECTION:
            return "correction"
        return "plain" if self.urgency in (Urgency.UPDATE, Urgency.DIGEST) else "breaking"

    @property
    def link(self) -> str:
        """The one link: the post or live blog, at its permanent address. Nothing about the reader is in it."""
        return newsroom().absolute_url(self.path)

    @property
    @_in_readers_language
    def link_text(self) -> str:
        """What stands on the button."""
        if self.urgency is Urgency.DIGEST:
            return _("All live coverage")
        return _("Read it corrected") if self.urgency is Urgency.CORRECTION else _("Follow live coverage")

    @property
    @_in_readers_language
    def byline(self) -> str:
        """`Ines Okafor and Tom Reyer`."""
        return join_names(self.bylines)

    @property
    @_in_readers_language
    def published_text(self) -> str:
        """`20:04 GMT, 8 March 2026`."""
        return dates.format_time_and_date(self.published_at, self.zone)

    @property
    @_in_readers_language
    def correction_notice(self) -> str:
        """What a correction says of what it corrects; empty for all others."""
        if self.corrected is None:
            return ""
        clock, day = dates.format_time(self.corrected.at, self.zone), dates.format_date(self.corrected.at, self.zone)
        form = _("At {clock} on {day} we sent out: “{subject}”. That was wrong. This is what is so.")
        return form.format(clock=clock, day=day, subject=self.corrected.subject)

    @property
    @_in_readers_language
    def entries(self) -> "list[DigestEntry]":
        """The items of a digest as its mail shows them."""
        return [_entry(item, self) for item in self.items]

    @property
    def paragraphs(self) -> list[str]:
        """The summary, paragraph by paragraph."""
        return [" ".join(part.split()) for part in self.summary.split("\n\n") if part.strip()]

    @property
    def preheader(self) -> str:
        """What a mail program shows beside the subject."""
        text = " ".join(self.paragraphs) or " · ".join(item.headline for item in self.items)
        return text[:150]

    def in_translation(self, language: str, words: Mapping[str, str]) -> "AlertContent":
        """The same story in another language: the words that are given, and its own where one is missing."""
        return replace(
            self,
            language=language,
            subject=words.get("subject") or self.subject,
            headline=words.get("headline") or self.headline,
            summary=words.get("summary") or self.summary,
        )


@dataclass(frozen=True)
class DigestEntry:
    """One item of a digest, ready to be shown. `language` and `direction` are those of its words."""

    time_text: str
    blog: str
    headline: str
    paragraphs: tuple[str, ...]
    link: str
    language: str
    text_direction: str


def join_names(names: Sequence[str]) -> str:
    """Return `Ines Okafor, Tom Reyer and Lena Voss` in the active language."""
    *others, last = names or ("",)
    # Translators: the mark between two names of a list that goes on.
    comma = pgettext("list of names", ", ")
    return (
        pgettext("list of names", "{others} and {last}").format(others=comma.join(others), last=last)
        if others
        else last
    )


def localised_alert_content(alert: Alert, reader: str, muted: frozenset[str] = frozenset()) -> AlertContent:
    """What `alert` says to whoever reads that language: the nearest variant, and all that stands around it."""
    return replace(build_alert_content(alert, nearest_tag(alert.variants, reader), muted), reader_language=reader)


def build_alert_content(alert: Alert, language: str = "", muted: frozenset[str] = frozenset()) -> AlertContent:
    """What `alert` says, as it was at Send; `topic`, `blog` and `post` should be loaded with it.

    `language` is a key of `alert.variants`, or empty for the alert as it was written. Of a digest, stories in `muted`
    are left out.
    """
    blog, post, revision = alert.blog, alert.post, _revision(alert)
    story = AlertContent(
        topic_slug=alert.topic.slug,
        topic_name=alert.topic.name,
        urgency=Urgency(alert.urgency),
        subject=alert.subject,
        headline=alert.headline,
        summary=alert.summary,
        bylines=tuple(alert.bylines),
        published_at=post.published_at if post else alert.created_at,
        zone=blog.tz if blog else subscriber_zone(alert.zone),
        blog_headline=blog.headline if blog else "",
        path=alert_path(blog.slug if blog else None, alert.post_id),
        language=(revision.language if revision else "") or _language_of(blog),
        picture=_picture(alert, revision),
        items=tuple(_item(item) for item in alert.items),
        corrected=CorrectedAlert(alert.corrects.subject, alert.corrects.created_at) if alert.corrects else None,
        blog_id=alert.blog_id,
    )
    if language in alert.variants:
        story = story.in_translation(language, alert.variants[language])
    return _without(alert, story, muted) if muted else story


def alert_path(slug: str | None, post_id: object = None) -> str:
    """Where an alert leads: a post, a live blog, or all coverage."""
    if slug is None:
        return "/"
    return f"/live/{slug}/posts/{post_id}" if post_id else f"/live/{slug}"


def _without(alert: Alert, story: AlertContent, muted: frozenset[str]) -> AlertContent:
    """The same digest without these stories, in its language."""
    whole = DigestContent(story.subject, story.headline, story.summary, tuple(alert.items), {})
    with in_language(translated_language(story.language)):
        left = remove_muted_stories(whole, muted, alert.topic.name, Frequency(alert.frequency))
    items = tuple(_item(item) for item in left.items)
    return replace(story, subject=left.subject, summary=left.summary, items=items)


def _language_of(blog: LiveBlog | None) -> str:
    """The words of a digest, which has no live blog, are ours."""
    return blog.language if blog else translated_language(newsroom_language())


def _revision(alert: Alert) -> Revision | None:
    """The text that the alert was made from."""
    if alert.post_id is None or alert.post_revision is None:
        return None
    return Revision.objects.filter(post_id=alert.post_id, number=alert.post_revision).first()


def _picture(alert: Alert, revision: Revision | None) -> MailPicture | None:
    """The alert's picture with the words that it had in the post."""
    picture: Picture | None = alert.picture
    uses: list[dict[str, Any]] = revision.pictures if picture and revision else []
    use = next((use for use in uses if use["id"] == alert.picture_id), None)
    if picture is None or use is None:
        return None
    return MailPicture(picture.pk, use["alt"], use.get("credit", ""), picture.width, picture.height)


def _item(item: Mapping[str, str]) -> DigestItem:
    at = datetime.fromisoformat(item["at"])
    facts = {name: item.get(name, "") for name in ("summary", "language", "notice", "note")}
    return DigestItem(blog=item["blog"], headline=item["headline"], path=item["path"], at=at, **facts)


def _entry(item: DigestItem, story: AlertContent) -> DigestEntry:
    """With what was put right said in the language of the digest."""
    language = item.language or story.language
    return DigestEntry(
        time_text=dates.format_time(item.at, story.zone),
        blog=item.blog,
        headline=headline_with_notice(item.notice, item.headline),
        paragraphs=tuple(text for text in (item.summary, note_with_notice(item.notice, item.note)) if text),
        link=item.link,
        language=language,
        direction=text_direction(language),
    )
