"""Turn a post, or a live blog as a whole, into an alert that editors can preview before Send."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from django.utils import timezone
from django.utils.translation import gettext as _

from stoppress.alerts.actions.correction_note import correction_note
from stoppress.alerts.actions.queries import find_alert
from stoppress.alerts.actions.send_request import (
    MAX_SUBJECT_LENGTH,
    SendRequest,
    clean_subject,
    clean_summary,
    reject_own_language,
)
from stoppress.alerts.errors import AlertPostWithdrawnError, InvalidAlertError
from stoppress.coverage.localisation.languages import in_language, translated_language
from stoppress.coverage.models import LiveBlog
from stoppress.coverage.pictures.files import mail_jpeg_path
from stoppress.coverage.public_posts import PictureView, PostView
from stoppress.delivery.choices import Urgency
from stoppress.delivery.message import preview
from stoppress.delivery.message.alert_content import AlertContent, MailPicture, alert_path, find_corrected_alert
from stoppress.delivery.message.first_sentences import first_sentences
from stoppress.delivery.models import Alert
from stoppress.subscribers.default_topic_names import BREAKING_SLUG
from stoppress.subscribers.models import Topic
from stoppress.subscribers.topics import breaking_topic

MAX_TITLE_LENGTH = 120
"""Characters of a first sentence that can be a headline."""


@dataclass(frozen=True)
class AlertDraft:
    """An alert before Send.

    Args:
        story: content of the mail in the language of the post.
        topic: the topic whose subscribers would get it.
        post: the post; None if the alert is about the live blog as a whole.
        variants: by language, the fields that the editor has translated.
        corrects: the alert that this one corrects.
    """

    story: AlertContent
    topic: Topic
    post: PostView | None
    variants: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    corrects: Alert | None = None

    @property
    def subject(self) -> str:
        """The subject line."""
        return self.story.subject

    @property
    def headline(self) -> str:
        """The headline of the mail."""
        return self.story.headline

    @property
    def summary(self) -> str:
        """The text below the headline."""
        return self.story.summary

    @property
    def note(self) -> str:
        """Of a correction, what was wrong and what is right."""
        return self.story.note

    def story_in(self, language: str = "") -> AlertContent:
        """Return the content in one of its languages, or as it was written."""
        if language not in self.variants:
            return self.story
        return self.story.in_translation(language, self.variants[language])

    def preview_html(self, language: str = "", theme: preview.Theme | None = None) -> str:
        """Return the mail's HTML part, byte for byte as a reader with the address `reader@example.com` gets it."""
        return preview.preview_html(self.story_in(language), theme)

    def preview_text(self, language: str = "") -> str:
        """Return the mail's plain-text part, as the same reader gets it."""
        return preview.preview_text(self.story_in(language))


def compose(blog: LiveBlog, post: PostView | None, request: SendRequest, *, now: datetime | None = None) -> AlertDraft:
    """Return the alert that `request` would send about `post`, or without a post about `blog`.

    An empty `subject`, `headline`, `summary` or `note` is filled from it. `now` is the time that the mail shows if
    there is no post.

    Raises:
        AlertPostWithdrawnError: the post was withdrawn.
        AlertNotFoundError: the alert to be corrected is not one of this live blog.
        InvalidAlertError: `field` is `topic`, `picture`, or one of those of `SendRequest.cleaned`.
    """
    if post is not None and post.withdrawn:
        raise AlertPostWithdrawnError(post.id)
    cleaned = request.cleaned()
    topic, corrects = find_topic(blog, cleaned)
    title = _default_title(post) if post else blog.headline
    headline = cleaned.headline or title
    language = (post.content.language if post else "") or blog.language
    story = AlertContent(
        topic_slug=topic.slug,
        topic_name=topic.name,
        urgency=Urgency(cleaned.urgency),
        subject=clean_subject(cleaned.subject or _default_subject(title, language, corrects)),
        headline=headline,
        summary=clean_summary(cleaned.summary or _default_summary(blog, post, headline)),
        bylines=post.content.bylines if post else (),
        published_at=post.published_at if post and not corrects else (now or timezone.now()),
        zone=blog.tz,
        blog_headline=blog.headline,
        path=alert_path(blog.slug, post.id if post else None),
        language=language,
        picture=_find_picture(post, cleaned.picture),
        corrected=find_corrected_alert(corrects, language, [corrects.pk] if corrects else ()),
        note=correction_note(corrects, cleaned.note),
        blog_id=blog.pk,
    )
    reject_own_language(cleaned.variants, story.language)
    return AlertDraft(story, topic, post, cleaned.variants, corrects)


def find_topic(blog: LiveBlog, request: SendRequest) -> tuple[Topic, Alert | None]:
    """Return the topic whose subscribers get the alert, and the alert that it corrects, if any.

    A correction still goes to a topic that was retired meanwhile: it follows the error.

    Raises:
        AlertNotFoundError: the alert to be corrected is not one of this live blog.
        InvalidAlertError: there is no such topic for this live blog, or it was retired.
    """
    if request.corrects:
        corrects = find_alert(blog, request.corrects)
        return corrects.topic, corrects
    topic = breaking_topic() if request.topic == BREAKING_SLUG else Topic.objects.filter(slug=request.topic).first()
    if topic is None or topic.blog_id not in (None, blog.pk):
        raise InvalidAlertError(
            "topic", _("There is no topic “{topic}” for this live blog.").format(topic=request.topic)
        )
    if topic.retired_at:
        message = _("“{topic}” was retired meanwhile: no alert goes to its readers. Choose another.").format(
            topic=topic.name
        )
        raise InvalidAlertError("topic", message)
    return topic, None


def _default_subject(headline: str, language: str, corrects: Alert | None) -> str:
    """Return the subject of an alert without one, cut to the maximum length."""
    if corrects:
        with in_language(translated_language(language)):
            headline = _("Correction: {headline}").format(headline=headline)
    return headline[:MAX_SUBJECT_LENGTH]


def _default_title(post: PostView) -> str:
    """Return the headline of a post; without one its first sentence, or its first words if that is too long."""
    sentence = first_sentences(post.text, 1)
    return post.title if post.content.headline or not 0 < len(sentence) <= MAX_TITLE_LENGTH else sentence


def _default_summary(blog: LiveBlog, post: PostView | None, headline: str) -> str:
    """Return the first sentences of the text; without the one that is the headline already."""
    text = " ".join((post.text if post else " ".join(blog.paragraphs)).split())
    is_repeated = post is not None and not post.content.headline
    return first_sentences(text.removeprefix(headline) if is_repeated else text)


def _find_picture(post: PostView | None, picture_id: str) -> MailPicture | None:
    if not picture_id:
        return None
    pictures = post.pictures if post else ()
    picture: PictureView | None = next((each for each in pictures if each.id == picture_id), None)
    if picture is None:
        raise InvalidAlertError("picture", _("The post has no such picture."))
    if not mail_jpeg_path(picture.id).is_file():
        raise InvalidAlertError("picture", _("The file of this picture is missing."))
    return MailPicture(picture.id, picture.alt, picture.credit, picture.width, picture.height)
