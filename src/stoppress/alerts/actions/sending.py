"""Send: from here on the alert is on its way."""

from datetime import datetime
from uuid import UUID

from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.db.models import Max

from stoppress.alerts.actions.composing import Draft, checked_subject, compose
from stoppress.alerts.errors import AlertIdTaken, AlreadyAlerted, PostChanged
from stoppress.alerts.models import Alert, Subscription, Topic
from stoppress.alerts.topics import in_force
from stoppress.alerts.words import STALE_AFTER, Urgency
from stoppress.coverage import hints
from stoppress.coverage.errors import NoSuchBlog, NoSuchPost
from stoppress.coverage.models import LiveBlog, Post
from stoppress.coverage.reading import PostView, post_views


def send_alert(
    *,
    alert_id: UUID,
    blog_slug: str,
    post_id: UUID | str,
    topic: Topic,
    urgency: str = Urgency.ALERT,
    subject: str,
    summary: str,
    by: str,
    now: datetime,
    again: bool = False,
    based_on: int | None = None,
) -> Alert:
    """Send the post to everyone who is signed up for `topic` now, and return the alert.

    `alert_id` is made by whoever shows the Send button: a second call with it is a retry, changes nothing and returns
    the first one's alert. `again` says that the post may be sent although it was sent before. `based_on` is the number
    of the revision that subject and summary were written from: words about an older one are refused.
    Raises NoSuchBlog, NoSuchPost, PostWithdrawn, PostChanged, BadAlert, AlreadyAlerted, AlertIdTaken.
    """
    checked_subject(subject)
    try:
        with transaction.atomic():
            if sent := Alert.objects.filter(pk=alert_id).first():
                return _retried(sent, post_id)
            blog, view = _sendable(blog_slug, post_id, again, based_on)
            draft = compose(blog, view, topic=topic, urgency=urgency, subject=subject, summary=summary)
            alert = _made(alert_id, blog, draft, by, now)
            transaction.on_commit(lambda: hints.ring(hints.MAIL))
    except IntegrityError:  # Two Sends of the same screen at the same moment: the other one was first.
        return _retried(Alert.objects.get(pk=alert_id), post_id)
    return alert


def _retried(sent: Alert, post_id: UUID | str) -> Alert:
    if str(sent.post_id) != str(post_id):
        raise AlertIdTaken(sent.pk)
    return sent


def _sendable(slug: str, post_id: UUID | str, again: bool, based_on: int | None) -> tuple[LiveBlog, PostView]:
    """The live blog under its lock, and the post as it stands there."""
    blog = _locked(slug)
    post = _post(blog, post_id)
    if not again and (before := Alert.objects.filter(post=post).first()):
        raise AlreadyAlerted(post.pk, before.pk)
    [view] = post_views(blog, [post])
    if not view.withdrawn and based_on not in (None, view.revision):
        raise PostChanged(post.pk, view.revision)
    return blog, view


def _locked(slug: str) -> LiveBlog:
    """The live blog under its lock: `seq` and the post's text belong together, and no correction comes in between."""
    blog = LiveBlog.objects.select_for_update().filter(slug=slug).first()
    if blog is None:
        raise NoSuchBlog(slug)
    return blog


def _post(blog: LiveBlog, post_id: UUID | str) -> Post:
    try:
        return Post.objects.select_related("revision").get(blog=blog, pk=post_id)
    except (Post.DoesNotExist, ValidationError, ValueError) as error:
        raise NoSuchPost(post_id) from error


def _made(alert_id: UUID, blog: LiveBlog, draft: Draft, by: str, now: datetime) -> Alert:
    story = draft.story
    return Alert.objects.create(
        id=alert_id,
        topic=draft.topic,
        urgency=story.urgency,
        blog=blog,
        post_id=draft.post.id,
        post_revision=draft.post.revision,
        seq=blog.seq,
        subject=story.subject,
        headline=story.headline,
        summary=story.summary,
        bylines=list(story.bylines),
        by=by,
        created_at=now,
        not_after=now + STALE_AFTER[story.urgency],
        watermark=Subscription.objects.aggregate(last=Max("pk"))["last"] or 0,
        intended=in_force(draft.topic).count(),
    )
