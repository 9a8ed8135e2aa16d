"""Send an alert. It leaves at once, after the time for undo, or after a second editor has approved it."""

from datetime import datetime
from uuid import UUID

from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.db.models import Max

from stoppress.alerts.actions.compose import AlertDraft, compose
from stoppress.alerts.actions.correction_note import require_note
from stoppress.alerts.actions.decisions import record_decision
from stoppress.alerts.actions.send_request import SendRequest, clean_subject, find_earlier_alert
from stoppress.alerts.audience import count_instant, count_recipients_to_correct
from stoppress.alerts.choices import DecisionKind
from stoppress.alerts.errors import AlreadyAlertedError, PostChangedError
from stoppress.coverage.errors import BlogNotFoundError, PostNotFoundError
from stoppress.coverage.models import LiveBlog, Post
from stoppress.coverage.public_posts import PostView, build_post_views
from stoppress.delivery.choices import STALE_AFTER, Urgency
from stoppress.delivery.models import Alert
from stoppress.delivery.recipients.materialise_recipients import insert_in_flight_recipients
from stoppress.delivery.recipients.send_order import begin_send
from stoppress.delivery.transitions.halt import halt_alerts, mark_halted
from stoppress.runtime import notifications
from stoppress.subscribers.models import Subscription


def send_alert(request: SendRequest, *, by: str, now: datetime) -> Alert:
    """Send the post, or without one the live blog, to the subscribers of the topic; return the alert.

    A second call with the same request is a retry: it changes nothing and returns the first alert. The same `alert_id`
    with other content is refused. A correction goes to the subscribers whom the corrected alert reached or may have
    reached. Subscribers whom it has not reached get the correction instead.

    Raises:
        AlertIdTakenError: the id belongs to another alert, or came with other content.
        BlogNotFoundError, PostNotFoundError, AlertPostWithdrawnError: there is nothing to send.
        AlertNotFoundError: there is no such alert to correct.
        PostChangedError: the text was written from an older revision of the post.
        AlreadyAlertedError: the post was sent before, and `again` is not set.
        InvalidAlertError: the request cannot be sent as it is.
    """
    clean_subject(request.subject)
    if earlier := find_earlier_alert(request):
        return earlier
    try:
        with transaction.atomic():
            if earlier := find_earlier_alert(request):
                return earlier
            generation = begin_send()  # before any row is locked: see delivery/recipients/send_order.py
            blog, view = _lock_and_check(request)
            draft = compose(blog, view, request, now=now)
            alert = _create_alert(request, blog, draft, by, now, generation)
            transaction.on_commit(lambda: notifications.notify(notifications.MAIL))
    except IntegrityError:  # two requests with one id at the same moment: the other one was first
        if earlier := find_earlier_alert(request):
            return earlier
        raise
    if alert.corrects:
        halt_alerts([alert.corrects], now=now)
    return alert


def _lock_and_check(request: SendRequest) -> tuple[LiveBlog, PostView | None]:
    """Return the live blog, locked, and the current state of the post."""
    blog = _lock_blog(request.blog_slug)
    post = _find_post(blog, request.post_id) if request.post_id else None
    if not (request.again or request.corrects) and (previous := find_previous_alert(blog, post)):
        raise AlreadyAlertedError(post.pk if post else blog.slug, previous.pk)
    if post is None:
        return blog, None
    [view] = build_post_views(blog, [post])
    if not view.withdrawn and request.based_on not in (None, view.revision):
        raise PostChangedError(post.pk, view.revision)
    return blog, view


def find_previous_alert(blog: LiveBlog, post: Post | None) -> Alert | None:
    """Return the first alert about the same post or live blog, unless Send was undone before it left."""
    alerts = Alert.objects.filter(blog=blog, post=post).exclude(urgency=Urgency.DIGEST)
    return alerts.exclude(decisions__kind=DecisionKind.UNDONE).order_by("created_at").first()


def _lock_blog(slug: str) -> LiveBlog:
    """Return the live blog, locked, so that `seq` and the post's text match and no correction comes in between."""
    blog = LiveBlog.objects.select_for_update().filter(slug=slug).first()
    if blog is None:
        raise BlogNotFoundError(slug)
    return blog


def _find_post(blog: LiveBlog, post_id: UUID | str) -> Post:
    try:
        return Post.objects.select_related("revision").get(blog=blog, pk=post_id)
    except (Post.DoesNotExist, ValidationError, ValueError) as error:
        raise PostNotFoundError(post_id) from error


def _create_alert(
    request: SendRequest, blog: LiveBlog, draft: AlertDraft, by: str, now: datetime, generation: int
) -> Alert:
    """Create the row and its first decision, and permanently halt the alert that it corrects.

    Recipients are counted here, inside Send's transaction, and never again.
    """
    story, corrects, terms = draft.story, draft.corrects, request.terms
    require_note(corrects, story.note)
    intended = count_recipients_to_correct(corrects) if corrects else count_instant(draft.topic, blog)
    alert = Alert.objects.create(
        id=request.alert_id,
        request_sha256=request.digest(),
        topic=draft.topic,
        urgency=story.urgency,
        blog=blog,
        post_id=draft.post.id if draft.post else None,
        post_revision=draft.post.revision if draft.post else None,
        seq=blog.seq,
        subject=story.subject,
        headline=story.headline,
        summary=story.summary,
        bylines=list(story.bylines),
        variants=dict(draft.variants),
        picture_id=story.picture.id if story.picture else None,
        corrects=corrects,
        correction_note=story.note,
        by=by,
        created_at=now,
        needs_approval=terms.approval_above is not None and intended > terms.approval_above,
        not_before=now + terms.undo if terms.undo else None,
        undo_window=terms.undo,
        not_after=now + (terms.stale_after or STALE_AFTER[story.urgency]),
        last_source_id=Subscription.objects.aggregate(last=Max("pk"))["last"] or 0,
        generation=generation,
        intended=intended,
    )
    record_decision(alert, DecisionKind.SENT, by=by, now=now, count=intended)
    if corrects:
        insert_in_flight_recipients(alert, now)
        mark_halted(corrects, now)
        record_decision(corrects, DecisionKind.CORRECTED, by=by, now=now, count=intended)
    return alert
