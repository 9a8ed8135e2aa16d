"""Send: from here on the alert is on its way, unless a second editor has to agree, or the first one takes it back."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.db.models import Max

from stoppress.alerts.actions.composing import Draft, checked_subject, compose
from stoppress.alerts.actions.deciding import LONGEST_LIFE, SHORTEST_LIFE, mark_halted, record
from stoppress.alerts.audience import count_instant, count_to_correct
from stoppress.alerts.errors import AlertIdTaken, AlreadyAlerted, BadAlert, PostChanged
from stoppress.alerts.ledger.freezing import write_readers_in_flight
from stoppress.alerts.ledger.halting import halt
from stoppress.alerts.ledger.send_order import begin_send
from stoppress.alerts.models import Alert, Subscription, Topic
from stoppress.alerts.words import STALE_AFTER, Decided, Urgency
from stoppress.coverage import hints
from stoppress.coverage.errors import NoSuchBlog, NoSuchPost
from stoppress.coverage.models import LiveBlog, Post
from stoppress.coverage.reading import PostView, post_views

LONGEST_UNDO = timedelta(minutes=10)


@dataclass(frozen=True)
class Terms:
    """How an alert leaves.

    Args:
        undo: for so long nothing leaves, and Send can be taken back.
        stale_after: what has not left by then never does; the urgency's own time if None.
        approval_above: to more readers than that it leaves only when a second editor has agreed; never if None.
    """

    undo: timedelta = timedelta(0)
    stale_after: timedelta | None = None
    approval_above: int | None = None


def send_alert(
    *,
    alert_id: UUID,
    blog_slug: str,
    post_id: UUID | str | None,
    topic: Topic,
    urgency: str = Urgency.ALERT,
    subject: str,
    summary: str,
    by: str,
    now: datetime,
    again: bool = False,
    based_on: int | None = None,
    picture: str = "",
    variants: Mapping[str, Mapping[str, str]] | None = None,
    corrects: Alert | None = None,
    terms: Terms | None = None,
) -> Alert:
    """Send the post, or without one the live blog, to everyone who is signed up for `topic` now; returns the alert.

    `alert_id` is made by whoever shows the Send button: a second call with it is a retry, changes nothing and returns
    the first one's alert. `again` says that the post may be sent although it was sent before. `based_on` is the number
    of the revision that subject and summary were written from: words about an older one are refused. With `corrects`
    it goes, as a correction, to those whom that alert reached, or may have, and in its place to those it did not.
    Raises NoSuchBlog, NoSuchPost, PostWithdrawn, PostChanged, BadAlert, AlreadyAlerted, AlertIdTaken.
    """
    checked_subject(subject)
    terms = terms or Terms()
    _check(terms)
    if corrects:
        topic = corrects.topic
    try:
        with transaction.atomic():
            if sent := Alert.objects.filter(pk=alert_id).first():
                return _retried(sent, post_id)
            generation = begin_send()  # before any row is locked: see ledger/send_order.py
            if not corrects:
                _refuse_retired(topic)
            blog, view = _sendable(blog_slug, post_id, again or corrects is not None, based_on)
            draft = compose(
                blog,
                view,
                topic=topic,
                urgency=urgency,
                subject=subject,
                summary=summary,
                picture=picture,
                variants=variants,
                corrects=corrects,
                now=now,
            )
            alert = _made(alert_id, blog, draft, by, now, corrects, terms, generation)
            transaction.on_commit(lambda: hints.ring(hints.MAIL))
    except IntegrityError:  # Two Sends of the same screen at the same moment: the other one was first.
        return _retried(Alert.objects.get(pk=alert_id), post_id)
    if corrects:
        halt([corrects], now=now)
    return alert


def _refuse_retired(topic: Topic) -> None:
    """A correction still goes to whom the error reached."""
    if Topic.objects.filter(pk=topic.pk, retired_at__isnull=False).exists():
        raise BadAlert("topic", f"“{topic.name}” was retired meanwhile: no alert goes to its readers. Choose another.")


def _check(terms: Terms) -> None:
    if not timedelta(0) <= terms.undo <= LONGEST_UNDO:
        raise BadAlert("undo", "An alert can be held back for ten minutes at most.")
    if terms.stale_after is not None and not SHORTEST_LIFE <= terms.stale_after <= LONGEST_LIFE:
        raise BadAlert("stale_after", "An alert can leave for at least a minute, and for seven days at most.")


def _retried(sent: Alert, post_id: UUID | str | None) -> Alert:
    if str(sent.post_id) != str(post_id):
        raise AlertIdTaken(sent.pk)
    return sent


def _sendable(
    slug: str, post_id: UUID | str | None, again: bool, based_on: int | None
) -> tuple[LiveBlog, PostView | None]:
    """The live blog under its lock, and the post as it stands there."""
    blog = _locked(slug)
    post = _post(blog, post_id) if post_id else None
    if not again and (before := sent_before(blog, post)):
        raise AlreadyAlerted(post.pk if post else blog.slug, before.pk)
    if post is None:
        return blog, None
    [view] = post_views(blog, [post])
    if not view.withdrawn and based_on not in (None, view.revision):
        raise PostChanged(post.pk, view.revision)
    return blog, view


def sent_already(alert_id: UUID) -> bool:
    """Whether an alert of this id was sent: to send it again is a retry."""
    return Alert.objects.filter(pk=alert_id).exists()


def sent_before(blog: LiveBlog, post: Post | None) -> Alert | None:
    """The first alert about the same, unless it was taken back before it left."""
    same = Alert.objects.filter(blog=blog, post=post).exclude(urgency=Urgency.DIGEST)
    return same.exclude(decisions__kind=Decided.UNDONE).order_by("created_at").first()


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


def _made(
    alert_id: UUID,
    blog: LiveBlog,
    draft: Draft,
    by: str,
    now: datetime,
    corrects: Alert | None,
    terms: Terms,
    generation: int,
) -> Alert:
    """Create the row and the first line of its story; what it corrects is halted, and never goes on.

    Recipients are counted here, inside Send's transaction, and never again.
    """
    story = draft.story
    intended = count_to_correct(corrects) if corrects else count_instant(draft.topic, blog)
    alert = Alert.objects.create(
        id=alert_id,
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
        by=by,
        created_at=now,
        approval_wanted=terms.approval_above is not None and intended > terms.approval_above,
        leaves_at=now + terms.undo if terms.undo else None,
        undo_window=terms.undo,
        not_after=now + (terms.stale_after or STALE_AFTER[story.urgency]),
        watermark=Subscription.objects.aggregate(last=Max("pk"))["last"] or 0,
        generation=generation,
        intended=intended,
    )
    record(alert, Decided.SENT, by=by, now=now, count=intended)
    if corrects:
        write_readers_in_flight(alert, now)
        mark_halted(corrects, now)
        record(corrects, Decided.CORRECTED, by=by, now=now, count=intended)
    return alert
