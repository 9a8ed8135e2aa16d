"""The content of an alert's mail, as a value. The preview builds it from a draft, the mailer from an alert."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import wraps
from typing import Any, TypeVar
from uuid import UUID
from zoneinfo import ZoneInfo

from django.utils.translation import gettext as _
from django.utils.translation import ngettext, pgettext, pgettext_lazy

from stoppress.coverage.localisation import dates
from stoppress.coverage.localisation.languages import (
    in_language,
    nearest_tag,
    newsroom_language,
    text_direction,
    translated_language,
)
from stoppress.coverage.localisation.numbers import group_digits
from stoppress.coverage.models import LiveBlog, Picture, Revision
from stoppress.coverage.newsroom import newsroom
from stoppress.coverage.pictures.standing import is_standing
from stoppress.delivery.choices import Urgency
from stoppress.delivery.message.correction import CorrectedAlert, CorrectionBox, build_box, correction_reason
from stoppress.delivery.message.digest_content import DigestContent, headline_with_notice, note_with_notice
from stoppress.delivery.message.digest_mutes import remove_muted_stories
from stoppress.delivery.models import Alert
from stoppress.runtime.text_cleaning import clean_line
from stoppress.subscribers.choices import Frequency
from stoppress.subscribers.default_topic_names import localised_topic_name
from stoppress.subscribers.time_zones import subscriber_zone

URGENCY_LABELS = {
    Urgency.FLASH: pgettext_lazy("label of an alert", "Breaking news"),
    Urgency.ALERT: pgettext_lazy("label of an alert", "Breaking news"),
    Urgency.URGENT: pgettext_lazy("label of an alert", "Urgent"),
    Urgency.UPDATE: pgettext_lazy("label of an alert", "Update"),
    Urgency.CORRECTION: pgettext_lazy("label of an alert", "Correction"),
    Urgency.DIGEST: pgettext_lazy("label of an alert", "Digest"),
}
"""The label above the headline of a message."""
Result = TypeVar("Result")
MAX_PICTURE_WIDTH = 552
"""Width in pixels of a picture in the column of a mail."""


def _in_catalogue_language(method: "Callable[[AlertContent], Result]") -> "Callable[[AlertContent], Result]":
    """Decorate a property of AlertContent: its sentences, dates and numbers are in `catalogue_language`."""

    @wraps(method)
    def wrapped(self: "AlertContent") -> Result:
        with in_language(self.catalogue_language):
            return method(self)

    return wrapped


@dataclass(frozen=True)
class MailPicture:
    """One picture in a mail: a JPEG at an address of the newsroom."""

    id: str
    alt: str
    credit: str
    width: int
    height: int

    @property
    def src(self) -> str:
        """Return its public address."""
        return newsroom().absolute_url(f"/media/{self.id}-mail.jpg")

    @property
    def display_size(self) -> tuple[int, int]:
        """Return width and height in the mail, in pixels."""
        width = min(self.width, MAX_PICTURE_WIDTH)
        return width, round(self.height * width / self.width)


@dataclass(frozen=True)
class DigestItem:
    """One item of a digest.

    Args:
        language: language of its texts; empty if unknown.
        notice: kind of the correction or clarification, or empty.
        note: text of the correction or clarification, or empty.
    """

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
        """Return its public address."""
        return newsroom().absolute_url(self.path)


@dataclass(frozen=True)
class AlertContent:
    """Everything that is the same in every copy of an alert's mail.

    Args:
        published_at: the time that the mail shows; of a correction, when it was sent.
        language: language of the editors' texts.
        note: of a correction, the editor's note: what was wrong and what is right.
        blog_id: the live blog that "no more about this story" mutes, or None.
        more_count: of a digest, stories that the mail only links to.
        reader_language: language of the text around the editors'. If it is empty or not translated, `language` decides.
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
    note: str = ""
    blog_id: int | None = None
    more_count: int = 0
    reader_language: str = ""

    @property
    def catalogue_language(self) -> str:
        """Return the language of the text around the editors'."""
        return translated_language(self.reader_language, self.language)

    @property
    def content_language(self) -> str:
        """Return the value of Content-Language.

        It names the language of the editors' texts, and that of the text around them if it differs.
        """
        around = self.catalogue_language
        return self.language if nearest_tag([around], self.language) else f"{self.language}, {around}"

    @property
    def direction(self) -> str:
        """Return the direction of the editors' texts, `rtl` or `ltr`."""
        return text_direction(self.language)

    @property
    @_in_catalogue_language
    def label(self) -> str:
        """Return the label above the headline."""
        if self.corrected and self.corrected.was_received:
            return _("Correction to an alert we sent you")
        return str(URGENCY_LABELS[self.urgency])

    @property
    def label_style(self) -> str:
        """Return the style of the label.

        `breaking` (red) is for breaking news alone, `correction` (amber) for corrections, `plain` for the rest.
        """
        if self.urgency is Urgency.CORRECTION:
            return "correction"
        return "plain" if self.urgency in (Urgency.UPDATE, Urgency.DIGEST) else "breaking"

    @property
    def link(self) -> str:
        """Return the permanent address of the post or live blog. It contains nothing about the reader."""
        return newsroom().absolute_url(self.path)

    @property
    @_in_catalogue_language
    def link_text(self) -> str:
        """Return the text of the button."""
        if self.urgency is Urgency.DIGEST:
            return _("All live coverage")
        if self.urgency is not Urgency.CORRECTION:
            return _("Follow live coverage")
        return _("Read the corrected post") if "/posts/" in self.path else _("Read the corrected version")

    @property
    @_in_catalogue_language
    def byline(self) -> str:
        """Return `Ines Okafor and Tom Reyer`; empty for a correction, which is the newsroom's."""
        return "" if self.corrected else join_names(self.bylines)

    @property
    @_in_catalogue_language
    def published_text(self) -> str:
        """Return `20:04 GMT, 8 March 2026`, or `Corrected at` this time."""
        time = dates.format_time_and_date(self.published_at, self.zone)
        return _("Corrected at {time}").format(time=time) if self.corrected else time

    @property
    @_in_catalogue_language
    def correction_box(self) -> CorrectionBox | None:
        """Return what was sent and what is right; None unless this is a correction."""
        if self.corrected is None:
            return None
        return build_box(self.corrected, self.headline, self.note, self.zone, self.published_at)

    def reason(self, address: str = "") -> str:
        """Return why the reader gets this mail, in the active language. Without the address, it ends in a colon."""
        if self.corrected and self.corrected.was_received:
            return correction_reason(self.corrected, self.zone, self.published_at, address)
        if address:
            form = _("You get this because {address} is signed up for “{topic}” from {newsroom}.")
        else:
            form = _("You get this because this address is signed up for “{topic}” from {newsroom}:")
        return form.format(address=address, topic=localised_topic_name(self.topic_name), newsroom=newsroom().name)

    def privacy_note(self) -> str:
        """Return what the reader should know beside the reason, in the active language."""
        unseen = _("Nothing in this message tells us whether you open it.")
        if self.corrected and self.corrected.was_received:
            return _("Corrections come even for stories you have muted.") + " " + unseen
        return unseen

    @property
    def can_mute(self) -> bool:
        """Return True if the mail offers to mute its story. A correction does not: it comes even for muted ones."""
        return self.blog_id is not None and self.corrected is None

    @property
    @_in_catalogue_language
    def entries(self) -> "list[DigestEntry]":
        """Return the items of a digest in the form that its mail shows."""
        return [_entry(item, self) for item in self.items]

    @property
    @_in_catalogue_language
    def more_text(self) -> str:
        """Return `3 more stories`, the text of the link to stories that a digest does not show; empty without any."""
        if not self.more_count:
            return ""
        return ngettext("One more story", "{number} more stories", self.more_count).format(
            number=group_digits(self.more_count)
        )

    @property
    def paragraphs(self) -> list[str]:
        """Return the summary, paragraph by paragraph."""
        return [clean_line(part) for part in self.summary.split("\n\n") if part.strip()]

    @property
    def preheader(self) -> str:
        """Return the text that a mail program shows beside the subject."""
        text = " ".join(self.paragraphs) or " · ".join(item.headline for item in self.items)
        return text[:150]

    def in_translation(self, language: str, texts: Mapping[str, str]) -> "AlertContent":
        """Return the same content in another language; texts that are missing stay as they are."""
        return replace(
            self,
            language=language,
            subject=texts.get("subject") or self.subject,
            headline=texts.get("headline") or self.headline,
            summary=texts.get("summary") or self.summary,
            note=texts.get("note") or self.note,
        )


@dataclass(frozen=True)
class DigestEntry:
    """One item of a digest, ready to be shown. `language` and `direction` are those of its texts."""

    time_text: str
    blog: str
    headline: str
    paragraphs: tuple[str, ...]
    link: str
    language: str
    direction: str


def join_names(names: Sequence[str]) -> str:
    """Return `Ines Okafor, Tom Reyer and Lena Voss` in the active language."""
    *others, last = names or ("",)
    # Translators: the separator between two names of a list.
    comma = pgettext("list of names", ", ")
    return (
        pgettext("list of names", "{others} and {last}").format(others=comma.join(others), last=last)
        if others
        else last
    )


def localised_alert_content(
    alert: Alert, reader: str, muted: frozenset[str] = frozenset(), thread: Sequence[UUID] = ()
) -> AlertContent:
    """Return the content for readers of a language: the nearest variant, with the text around it in that language.

    Args:
        alert: the alert.
        reader: the reader's language (BCP 47), or empty.
        muted: of a digest, slugs of stories that are left out.
        thread: of a correction, the alerts with the error that the reader got, oldest first.
    """
    content = build_alert_content(alert, nearest_tag(alert.variants, reader), muted)
    return replace(content, corrected=find_corrected_alert(alert.corrects, reader, thread), reader_language=reader)


def find_corrected_alert(
    corrects: Alert | None, reader: str = "", thread: Sequence[UUID] = ()
) -> CorrectedAlert | None:
    """Return the corrected alert as a reader of this language got it, or None if there is none.

    Args:
        corrects: the alert that the correction corrects.
        reader: the reader's language (BCP 47), or empty.
        thread: the alerts with the error that the reader got, oldest first; empty if none reached the reader.
    """
    if corrects is None:
        return None
    if thread and thread[-1] != corrects.pk:  # a correction of a correction that this reader did not get
        corrects = Alert.objects.get(pk=thread[-1])
    texts = corrects.variants.get(nearest_tag(corrects.variants, reader), {})
    return CorrectedAlert(texts.get("subject") or corrects.subject, corrects.created_at, was_received=bool(thread))


def build_alert_content(alert: Alert, language: str = "", muted: frozenset[str] = frozenset()) -> AlertContent:
    """Return the content of `alert` as it was at Send.

    Args:
        alert: loaded with its `topic`, `blog` and `post`.
        language: a key of `alert.variants`, or empty for the alert as it was written.
        muted: of a digest, slugs of stories that are left out.
    """
    blog, post, revision = alert.blog, alert.post, _revision(alert)
    content = AlertContent(
        topic_slug=alert.topic.slug,
        topic_name=alert.topic.name,
        urgency=Urgency(alert.urgency),
        subject=alert.subject,
        headline=alert.headline,
        summary=alert.summary,
        bylines=tuple(alert.bylines),
        published_at=post.published_at if post and not alert.corrects_id else alert.created_at,
        zone=blog.tz if blog else subscriber_zone(alert.zone),
        blog_headline=blog.headline if blog else "",
        path=alert_path(blog.slug if blog else None, alert.post_id),
        language=(revision.language if revision else "") or _language_of(blog),
        picture=_picture(alert, revision),
        items=tuple(_item(item) for item in alert.items),
        corrected=find_corrected_alert(alert.corrects, language, [alert.corrects_id] if alert.corrects_id else ()),
        note=alert.correction_note,
        more_count=alert.more_items,
        blog_id=alert.blog_id,
    )
    if language in alert.variants:
        content = content.in_translation(language, alert.variants[language])
    return _without_muted(alert, content, muted) if muted else content


def alert_path(slug: str | None, post_id: object = None) -> str:
    """Return the path of the page that an alert links to: a post, a live blog, or all coverage."""
    if slug is None:
        return "/"
    return f"/live/{slug}/posts/{post_id}" if post_id else f"/live/{slug}"


def _without_muted(alert: Alert, content: AlertContent, muted: frozenset[str]) -> AlertContent:
    """Return the same digest without these stories, in its language."""
    full_digest = DigestContent(content.subject, content.headline, content.summary, tuple(alert.items), {})
    with in_language(translated_language(content.language)):
        remaining = remove_muted_stories(full_digest, muted, alert.topic.name, Frequency(alert.frequency))
    items = tuple(_item(item) for item in remaining.items)
    return replace(content, subject=remaining.subject, summary=remaining.summary, items=items)


def _language_of(blog: LiveBlog | None) -> str:
    """Return the language of the editors' texts. A digest has no live blog: its texts are the newsroom's."""
    return blog.language if blog else translated_language(newsroom_language())


def _revision(alert: Alert) -> Revision | None:
    """Return the revision of the post that the alert was made from."""
    if alert.post_id is None or alert.post_revision is None:
        return None
    return Revision.objects.filter(post_id=alert.post_id, number=alert.post_revision).first()


def _picture(alert: Alert, revision: Revision | None) -> MailPicture | None:
    """Return the alert's picture with the texts that it had in the post; None if readers may not see it any more."""
    picture: Picture | None = alert.picture
    uses: list[dict[str, Any]] = revision.pictures if picture and revision else []
    use = next((use for use in uses if use["id"] == alert.picture_id), None)
    if picture is None or use is None or not is_standing(picture.pk):
        return None
    return MailPicture(picture.pk, use["alt"], use.get("credit", ""), picture.width, picture.height)


def _item(item: Mapping[str, str]) -> DigestItem:
    at = datetime.fromisoformat(item["at"])
    texts = {name: item.get(name, "") for name in ("summary", "language", "notice", "note")}
    return DigestItem(blog=item["blog"], headline=item["headline"], path=item["path"], at=at, **texts)


def _entry(item: DigestItem, content: AlertContent) -> DigestEntry:
    """Return an item with its correction or clarification in the language of the digest."""
    language = item.language or content.language
    return DigestEntry(
        time_text=dates.format_time(item.at, content.zone),
        blog=item.blog,
        headline=headline_with_notice(item.notice, item.headline),
        paragraphs=tuple(text for text in (item.summary, note_with_notice(item.notice, item.note)) if text),
        link=item.link,
        language=language,
        direction=text_direction(language),
    )
