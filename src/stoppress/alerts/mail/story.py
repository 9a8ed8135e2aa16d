"""What the mail of an alert says, as a value: made from a draft for the preview and from an alert for sending alike."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from stoppress.alerts.digests.items import Digest
from stoppress.alerts.digests.muted import without
from stoppress.alerts.models import Alert
from stoppress.alerts.phrases import Phrases, direction, nearest, own_language, phrases_for
from stoppress.alerts.words import Rhythm, Urgency
from stoppress.alerts.zones import zone_named
from stoppress.coverage.models import LiveBlog, Picture, Revision
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
        return newsroom().absolute(self.path)


@dataclass(frozen=True)
class Wrong:
    """What a correction corrects: the subject of the alert that was sent, and when."""

    subject: str
    at: datetime


@dataclass(frozen=True)
class Story:
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
    items: tuple[Item, ...] = ()
    wrong: Wrong | None = None
    blog_id: int | None = None
    reader: str = ""

    @property
    def phrases(self) -> Phrases:
        """What stands around the editors' words."""
        return phrases_for(self.reader, self.language)

    @property
    def languages(self) -> str:
        """For Content-Language: that of the words, and that of what stands around them if it is another."""
        spoken = self.phrases.tag
        return self.language if nearest([spoken], self.language) else f"{self.language}, {spoken}"

    @property
    def direction(self) -> str:
        """`rtl` or `ltr`: how the editors' words are written."""
        return direction(self.language)

    @property
    def label(self) -> str:
        """What stands above the headline."""
        return self.phrases.mail.labels[self.urgency]

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
        phrases = self.phrases.mail
        if self.urgency is Urgency.DIGEST:
            return phrases.all_coverage
        return phrases.read_corrected if self.urgency is Urgency.CORRECTION else phrases.follow

    @property
    def byline(self) -> str:
        """`Ines Okafor and Tom Reyer`."""
        return self.phrases.mail.joined(self.bylines)

    @property
    def when(self) -> str:
        """`20:04 GMT, 8 March 2026`."""
        return self.phrases.calendar.moment(self.published_at, self.zone)

    @property
    def error(self) -> str:
        """What a correction says of what it corrects; empty for all others."""
        if self.wrong is None:
            return ""
        calendar = self.phrases.calendar
        clock, day = calendar.clock(self.wrong.at, self.zone), calendar.day(self.wrong.at, self.zone)
        return self.phrases.mail.wrong.format(clock=clock, day=day, subject=self.wrong.subject)

    @property
    def entries(self) -> "list[Entry]":
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

    def spoken(self, language: str, words: Mapping[str, str]) -> "Story":
        """The same story in another language: the words that are given, and its own where one is missing."""
        return replace(
            self,
            language=language,
            subject=words.get("subject") or self.subject,
            headline=words.get("headline") or self.headline,
            summary=words.get("summary") or self.summary,
        )


@dataclass(frozen=True)
class Entry:
    """One item of a digest, ready to be shown. `language` and `direction` are those of its words."""

    when: str
    blog: str
    headline: str
    paragraphs: tuple[str, ...]
    link: str
    language: str
    direction: str


def story_for(alert: Alert, reader: str, muted: frozenset[str] = frozenset()) -> Story:
    """What `alert` says to whoever reads that language: the nearest variant, and all that stands around it."""
    return replace(story_of(alert, nearest(alert.variants, reader), muted), reader=reader)


def story_of(alert: Alert, language: str = "", muted: frozenset[str] = frozenset()) -> Story:
    """What `alert` says, as it was at Send; `topic`, `blog` and `post` should be loaded with it.

    `language` is a key of `alert.variants`, or empty for the alert as it was written. Of a digest, stories in `muted`
    are left out.
    """
    blog, post, revision = alert.blog, alert.post, _revision(alert)
    story = Story(
        topic_slug=alert.topic.slug,
        topic_name=alert.topic.name,
        urgency=Urgency(alert.urgency),
        subject=alert.subject,
        headline=alert.headline,
        summary=alert.summary,
        bylines=tuple(alert.bylines),
        published_at=post.published_at if post else alert.created_at,
        zone=blog.tz if blog else zone_named(alert.zone),
        blog_headline=blog.headline if blog else "",
        path=path_of(blog.slug if blog else None, alert.post_id),
        language=(revision.language if revision else "") or _language_of(blog),
        picture=_picture(alert, revision),
        items=tuple(_item(item) for item in alert.items),
        wrong=Wrong(alert.corrects.subject, alert.corrects.created_at) if alert.corrects else None,
        blog_id=alert.blog_id,
    )
    if language in alert.variants:
        story = story.spoken(language, alert.variants[language])
    return _without(alert, story, muted) if muted else story


def path_of(slug: str | None, post_id: object = None) -> str:
    """Where an alert leads: a post, a live blog, or all coverage."""
    if slug is None:
        return "/"
    return f"/live/{slug}/posts/{post_id}" if post_id else f"/live/{slug}"


def _without(alert: Alert, story: Story, muted: frozenset[str]) -> Story:
    """The same digest without these stories, in its language."""
    whole = Digest(story.subject, story.headline, story.summary, tuple(alert.items), {})
    said = phrases_for(story.language).digest
    left = without(whole, muted, alert.topic.name, Rhythm(alert.rhythm), said)
    items = tuple(_item(item) for item in left.items)
    return replace(story, subject=left.subject, summary=left.summary, items=items)


def _language_of(blog: LiveBlog | None) -> str:
    """The words of a digest, which has no live blog, are ours."""
    return blog.language if blog else phrases_for(own_language()).tag


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
    facts = {name: item.get(name, "") for name in ("summary", "language", "notice", "note")}
    return Item(blog=item["blog"], headline=item["headline"], path=item["path"], at=at, **facts)


def _entry(item: Item, story: Story) -> Entry:
    """With what was put right said in the language of the digest."""
    phrases, language = story.phrases.digest, item.language or story.language
    return Entry(
        when=story.phrases.calendar.clock(item.at, story.zone),
        blog=item.blog,
        headline=phrases.noticed(item.notice, item.headline),
        paragraphs=tuple(text for text in (item.summary, phrases.noted(item.notice, item.note)) if text),
        link=item.link,
        language=language,
        direction=direction(language),
    )
