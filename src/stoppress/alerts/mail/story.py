"""What the mail of an alert says, as a value: made from a draft for the preview and from an alert for sending alike."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from stoppress.alerts.digests.items import Digest
from stoppress.alerts.digests.muted import without
from stoppress.alerts.models import Alert
from stoppress.alerts.words import Rhythm, Urgency
from stoppress.alerts.zones import zone_named
from stoppress.coverage.models import Picture, Revision
from stoppress.coverage.newsroom import newsroom

WIDEST = 552
"""Pixels that a picture has in the column of a mail."""


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
        return newsroom().absolute(f"/media/{self.id}-mail.jpg")

    @property
    def shown(self) -> tuple[int, int]:
        """Width and height in the mail, in pixels."""
        width = min(self.width, WIDEST)
        return width, round(self.height * width / self.width)


@dataclass(frozen=True)
class Item:
    """One entry of a digest."""

    blog: str
    headline: str
    summary: str
    path: str
    at: datetime

    @property
    def link(self) -> str:
        """Its public address."""
        return newsroom().absolute(self.path)


@dataclass(frozen=True)
class Wrong:
    """What a correction corrects: the subject of the alert that was sent, and when."""

    subject: str
    at: datetime


@dataclass(frozen=True)
class Story:
    """Everything that is the same in every copy. `blog_id` is what "no more about this story" means, or None."""

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
    items: tuple[Item, ...] = ()
    wrong: Wrong | None = None
    blog_id: int | None = None

    @property
    def label(self) -> str:
        """What stands above the headline."""
        return str(self.urgency.label) if self.urgency is not Urgency.FLASH else str(Urgency.ALERT.label)

    @property
    def tone(self) -> str:
        """The colour of the label: red is for breaking news alone, amber for corrections."""
        if self.urgency is Urgency.CORRECTION:
            return "correction"
        return "plain" if self.urgency in (Urgency.UPDATE, Urgency.DIGEST) else "breaking"

    @property
    def link(self) -> str:
        """The one link: the post or live blog, at its permanent address. Nothing about the reader is in it."""
        return newsroom().absolute(self.path)

    @property
    def link_words(self) -> str:
        """What stands on the button."""
        if self.urgency is Urgency.DIGEST:
            return "All live coverage"
        return "Read it corrected" if self.urgency is Urgency.CORRECTION else "Follow live coverage"

    @property
    def byline(self) -> str:
        """`Ines Okafor and Tom Reyer`."""
        *others, last = self.bylines or ("",)
        return f"{', '.join(others)} and {last}" if others else last

    @property
    def paragraphs(self) -> list[str]:
        """The summary, paragraph by paragraph."""
        return [" ".join(part.split()) for part in self.summary.split("\n\n") if part.strip()]

    @property
    def preheader(self) -> str:
        """What a mail program shows beside the subject."""
        text = " ".join(self.paragraphs) or " · ".join(item.headline for item in self.items)
        return text[:150]

    def spoken(self, language: str, words: Mapping[str, str]) -> "Story":
        """The same story in another language: the words that are given, and its own where one is missing."""
        return replace(
            self,
            language=language,
            subject=words.get("subject") or self.subject,
            headline=words.get("headline") or self.headline,
            summary=words.get("summary") or self.summary,
        )


def story_of(alert: Alert, language: str = "", muted: frozenset[str] = frozenset()) -> Story:
    """What `alert` says, as it was at Send; `topic`, `blog` and `post` should be loaded with it.

    `language` is a key of `alert.variants` (see `variant_for`), or empty for the alert as it was written. Of a digest,
    stories in `muted` are left out.
    """
    blog, post, revision = alert.blog, alert.post, _revision(alert)
    said = _said(alert, muted)
    story = Story(
        topic_slug=alert.topic.slug,
        topic_name=alert.topic.name,
        urgency=Urgency(alert.urgency),
        subject=said.subject,
        headline=said.headline,
        summary=said.summary,
        bylines=tuple(alert.bylines),
        published_at=post.published_at if post else alert.created_at,
        zone=blog.tz if blog else zone_named(alert.zone),
        blog_headline=blog.headline if blog else "",
        path=path_of(blog.slug if blog else None, alert.post_id),
        language=(revision.language if revision else "") or (blog.language if blog else "en"),
        picture=_picture(alert, revision),
        items=tuple(_item(item) for item in said.items),
        wrong=Wrong(alert.corrects.subject, alert.corrects.created_at) if alert.corrects else None,
        blog_id=alert.blog_id,
    )
    return story.spoken(language, alert.variants[language]) if language in alert.variants else story


def variant_for(variants: Iterable[str], language: str) -> str:
    """Which of `variants` a reader of `language` gets, "" for the alert as it was written (RFC 4647 3.4: look-up).

    `fr-CA` gets `fr-CA`, else `fr`; capital letters do not matter.
    """
    known = {variant.lower(): variant for variant in variants}
    parts = language.lower().split("-") if language else []
    wanted = ("-".join(parts[:length]) for length in range(len(parts), 0, -1))
    return next((known[found] for found in wanted if found in known), "")


def path_of(slug: str | None, post_id: object = None) -> str:
    """Where an alert leads: a post, a live blog, or all coverage."""
    if slug is None:
        return "/"
    return f"/live/{slug}/posts/{post_id}" if post_id else f"/live/{slug}"


def _said(alert: Alert, muted: frozenset[str]) -> Digest:
    said = Digest(alert.subject, alert.headline, alert.summary, tuple(alert.items))
    return without(said, muted, alert.topic.name, Rhythm(alert.rhythm)) if muted else said


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


def _item(item: Mapping[str, str]) -> Item:
    at = datetime.fromisoformat(item["at"])
    return Item(item["blog"], item["headline"], item.get("summary", ""), item["path"], at)
