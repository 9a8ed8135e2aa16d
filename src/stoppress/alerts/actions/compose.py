"""Turn a post, or a live blog as a whole, into an alert that can be looked at before it is sent."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from django.utils.translation import gettext as _

from stoppress.alerts.actions.queries import find_alert
from stoppress.alerts.actions.send_request import (
    MAX_SUBJECT_LENGTH,
    SendRequest,
    clean_subject,
    clean_summary,
    reject_own_language,
)
from stoppress.alerts.errors import InvalidAlertError, AlertPostWithdrawnError
from stoppress.coverage.localisation.languages import in_language, translated_language
from stoppress.coverage.models import LiveBlog
from stoppress.coverage.pictures import write_mail_jpeg
from stoppress.coverage.public_posts import PictureView, PostView
from stoppress.delivery.choices import Urgency
from stoppress.delivery.message import preview
from stoppress.delivery.message.alert_content import MailPicture, AlertContent, CorrectedAlert, alert_path
from stoppress.delivery.message.first_sentences import first_sentences
from stoppress.delivery.models import Alert
from stoppress.subscribers.models import Topic
from stoppress.subscribers.topics import BREAKING, breaking_topic


@dataclass(frozen=True)
class AlertDraft:
    """An alert before Send: what it would say, and to whom. Without `post` it is about the live blog as a whole."""

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
    def summary(self) -> str:
        """The text below the headline."""
        return self.story.summary

    def story_in(self, language: str = "") -> AlertContent:
        """The story in one of its languages, or as it was written."""
        return self.story.story_in(language, self.variants[language]) if language in self.variants else self.story

    def preview_html(self, language: str = "", theme: preview.Theme | None = None) -> str:
        """The mail's HTML part, byte for byte as it is sent to a reader whose address is `reader@example.com`."""
        return preview.preview_html(self.story_in(language), theme)

    def preview_text(self, language: str = "") -> str:
        """The mail's plain-text part, likewise."""
        return preview.preview_text(self.story_in(language))


def compose(blog: LiveBlog, post: PostView | None, request: SendRequest, *, now: datetime | None = None) -> AlertDraft:
    """Return the alert that `request` would send about `post`, or without one about `blog`.

    Empty `subject` and `summary` are filled from it. `now` is the time that the mail shows where there is no post.

    Raises:
        PostWithdrawn: the post cannot be sent any more.
        AlertIdUnknown: the alert to be corrected is not one of this live blog.
        BadAlert: `field` is `topic`, `picture`, or one of those of `SendRequest.checked`.
    """
    if post is not None and post.withdrawn:
        raise AlertPostWithdrawnError(post.id)
    given = request.cleaned()
    topic, corrects = find_topic(blog, given)
    headline = post.title if post else blog.headline
    text = post.text if post else " ".join(blog.paragraphs)
    language = (post.content.language if post else "") or blog.language
    story = AlertContent(
        topic_slug=topic.slug,
        topic_name=topic.name,
        urgency=Urgency(given.urgency),
        subject=clean_subject(given.subject or _usual_subject(headline, language, corrects)),
        headline=headline,
        summary=clean_summary(given.summary or first_sentences(text)),
        bylines=post.content.bylines if post else (),
        published_at=post.published_at if post else (now or blog.changed_at),
        zone=blog.tz,
        blog_headline=blog.headline,
        path=alert_path(blog.slug, post.id if post else None),
        language=language,
        picture=_picture(post, given.picture),
        corrected=CorrectedAlert(corrects.subject, corrects.created_at) if corrects else None,
        blog_id=blog.pk,
    )
    reject_own_language(given.variants, story.language)
    return AlertDraft(story, topic, post, given.variants, corrects)


def find_topic(blog: LiveBlog, request: SendRequest) -> tuple[Topic, Alert | None]:
    """Return the topic whose subscribers get the alert, and the alert that it corrects, if any.

    A correction still goes to a topic that was retired meanwhile: it follows the error.

    Raises:
        AlertIdUnknown: the alert to be corrected is not one of this live blog.
        BadAlert: there is no such topic for this live blog, or it was retired.
    """
    if request.corrects:
        corrects = find_alert(blog, request.corrects)
        return corrects.topic, corrects
    topic = breaking_topic() if request.topic == BREAKING else Topic.objects.filter(slug=request.topic).first()
    if topic is None or topic.blog_id not in (None, blog.pk):
        raise InvalidAlertError("topic", f"There is no topic “{request.topic}” for this live blog.")
    if topic.retired_at:
        raise InvalidAlertError("topic", f"“{topic.name}” was retired meanwhile: no alert goes to its readers. Choose another.")
    return topic, None


def _usual_subject(headline: str, language: str, corrects: Alert | None) -> str:
    """Return the subject for an alert without one, cut to what a subject may have."""
    if corrects:
        with in_language(translated_language(language)):
            headline = _("Correction: {headline}").format(headline=headline)
    return headline[:MAX_SUBJECT_LENGTH]


def _picture(post: PostView | None, wanted: str) -> MailPicture | None:
    if not wanted:
        return None
    found: PictureView | None = next((each for each in post.pictures if each.id == wanted), None) if post else None
    if found is None:
        raise InvalidAlertError("picture", "The post has no such picture.")
    try:
        write_mail_jpeg(found.id, found.widths)
    except OSError as error:
        raise InvalidAlertError("picture", "The file of this picture is missing.") from error
    return MailPicture(found.id, found.alt, found.credit, found.width, found.height)
