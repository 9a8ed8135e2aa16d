"""Publish, update, correct, withdraw."""

from dataclasses import asdict
from datetime import UTC, datetime
from typing import Any
from uuid import UUID, uuid4

from django.db import IntegrityError, transaction
from django.db.models import Max

from stoppress.coverage.actions.log_transaction import LockedLog, lock_log
from stoppress.coverage.actions.post_labels import unpin_others
from stoppress.coverage.choices import ChangeKind, PostLabel, NoteKind
from stoppress.coverage.errors import InvalidContentError, PostIdTakenError, StaleRevisionError, PostWithdrawnError
from stoppress.coverage.models import Note, Post, Revision
from stoppress.coverage.post_content import Content, strip_unprintable
from stoppress.coverage.post_order import POSITION_GAP
from stoppress.coverage.public_posts import revision_content


def publish(
    slug: str,
    content: Content,
    *,
    by: str,
    now: datetime,
    post_id: UUID | None = None,
    labels: tuple[str, ...] = (),
    published_at: datetime | None = None,
    happened_at: datetime | None = None,
    position: int | None = None,
    origin: tuple[str, str] = ("", ""),
) -> Post:
    """Publish a post at the top (or at `position`) and return it.

    A second call with the same `post_id`, live blog, text, labels and `happened_at` is a retry: it changes nothing and
    returns the first one's post. Anything else under this id is refused. `published_at` is given by importers only.
    `origin` is an importer's (key, digest).
    Raises NoSuchBlog, BadContent, IdTaken.
    """
    content = content.validate()
    asked = _asked_for(labels, happened_at)
    with lock_log(slug, by=by, now=now) as log:
        if post_id and (sent := Post.objects.filter(pk=post_id).select_related("revision", "blog").first()):
            return _retried(sent, slug, content, asked)
        facts: dict[str, Any] = {
            "id": post_id or uuid4(),
            "blog": log.blog,
            "position": _top(log) if position is None else position,
            "published_at": published_at or now,
            "updated_at": published_at or now,
            "happened_at": happened_at,
            "breaking": PostLabel.BREAKING in labels,
            "key_event": PostLabel.KEY_EVENT in labels,
            "pinned": PostLabel.PINNED in labels,
            "origin_key": origin[0],
            "origin_digest": origin[1],
        }
        post = _taking(facts, log, content) if post_id else _new(facts, log, content)
        if post.pinned:
            unpin_others(log, post)
        log.append(ChangeKind.PUBLISHED, post, post.revision, **asked)
    return post


def update(
    slug: str,
    post_id: UUID | str,
    content: Content,
    *,
    by: str,
    now: datetime,
    based_on: int,
    note: str = "",
) -> Post:
    """Save a new revision: new facts or a better wording. `note`, if any, is shown to readers as an update.

    `based_on` is the number of the revision the writer began from. The same text and note again change nothing.
    Raises NoSuchPost, Withdrawn, StaleSave, BadContent.
    """
    content = content.validate()
    with lock_log(slug, by=by, now=now) as log:
        post = _open_for_change(log, post_id)
        if revision_content(_current(post)) == content and (not note.strip() or _already_told(post, NoteKind.UPDATE, note)):
            return post
        _refuse_stale(post, based_on)
        revision = save_revision(log, post, content)
        if note.strip():
            _tell(log, post, NoteKind.UPDATE, note, revision)
        log.append(ChangeKind.UPDATED, post, revision)
    return post


def correct(
    slug: str,
    post_id: UUID | str,
    content: Content,
    *,
    note: str,
    by: str,
    now: datetime,
    based_on: int,
    kind: NoteKind = NoteKind.CORRECTION,
) -> Post:
    """Put right what was wrong (or, as a clarification, what was true but misleading), and say so in the post.

    Raises NoSuchPost, Withdrawn, StaleSave, BadContent (also if `note` is empty).
    """
    content = content.validate()
    if not note.strip():
        raise InvalidContentError("note", "Say what was wrong and what is right: readers will see it with the post.")
    if kind not in (NoteKind.CORRECTION, NoteKind.CLARIFICATION):
        raise InvalidContentError("kind", "A correction is either a correction or a clarification.")
    with lock_log(slug, by=by, now=now) as log:
        post = _open_for_change(log, post_id)
        if _already_told(post, kind, note) and revision_content(_current(post)) == content:
            return post
        _refuse_stale(post, based_on)
        revision = save_revision(log, post, content)
        _tell(log, post, kind, note, revision)
        log.append(ChangeKind.CORRECTED, post, revision, notice=kind)
    return post


def withdraw(slug: str, post_id: UUID | str, *, note: str, by: str, now: datetime) -> Post:
    """Take a post down and leave a tombstone with `note`. A second withdrawal with the same note changes nothing.

    Raises NoSuchPost, BadContent if `note` is empty, Withdrawn if it was withdrawn with another note.
    """
    if not note.strip():
        raise InvalidContentError("note", "Say why the post is withdrawn: readers will see it in its place.")
    with lock_log(slug, by=by, now=now) as log:
        post = log.post(post_id)
        if post.withdrawn_at:
            if not post.notes.filter(kind=NoteKind.WITHDRAWAL, text=strip_unprintable(note).strip()).exists():
                raise PostWithdrawnError(post.pk)
            return post
        post.withdrawn_at = post.updated_at = now
        post.breaking = post.key_event = post.pinned = False
        post.save()
        _tell(log, post, NoteKind.WITHDRAWAL, note, None)
        log.append(ChangeKind.WITHDRAWN, post)
    return post


def _taking(facts: dict[str, Any], log: LockedLog, content: Content) -> Post:
    """A new row under an id that was given; raises IdTaken if another live blog took it in this very moment."""
    try:
        with transaction.atomic():
            return _new(facts, log, content)
    except IntegrityError as error:
        if Post.objects.filter(pk=facts["id"]).exists():
            raise PostIdTakenError(facts["id"]) from error
        raise


def _new(facts: dict[str, Any], log: LockedLog, content: Content) -> Post:
    """A new row with its first revision, each written once: which of them names the other is checked at the commit."""
    post = Post(**facts)
    post.revision = _revision(log, post, 1, content)
    post.save(force_insert=True)
    return post


def save_revision(log: LockedLog, post: Post, content: Content) -> Revision:
    """Save `content` as the post's next revision and make it the current one."""
    last = post.revisions.aggregate(last=Max("number"))["last"]
    post.revision = revision = _revision(log, post, last + 1, content)
    post.updated_at = log.now
    post.save()
    return revision


def _revision(log: LockedLog, post: Post, number: int, content: Content) -> Revision:
    return Revision.objects.create(
        post=post,
        number=number,
        headline=content.headline,
        body=content.body,
        bylines=list(content.bylines),
        sources=[asdict(source) for source in content.sources],
        pictures=[asdict(picture) for picture in content.pictures],
        language=content.language,
        made_at=log.now,
        made_by=log.by,
    )


def _top(log: LockedLog) -> int:
    positions = Post.objects.filter(blog=log.blog).order_by("-position").values_list("position", flat=True)
    return next(iter(positions[:1]), 0) + POSITION_GAP


def _current(post: Post) -> Revision:
    assert post.revision is not None, "a post is created together with its first revision"
    return post.revision


def _asked_for(labels: tuple[str, ...], happened_at: datetime | None) -> dict[str, Any]:
    """Return what a new post carries beside its text, for the log: marks can be changed later, the log cannot."""
    asked: dict[str, Any] = {}
    if labels:
        asked["labels"] = sorted({str(label) for label in labels})
    if happened_at:
        asked["happened_at"] = happened_at.astimezone(UTC).isoformat()
    return asked


def _retried(sent: Post, slug: str, content: Content, asked: dict[str, Any]) -> Post:
    """Return the post of an earlier call; raises IdTaken if that was in another place or said anything else."""
    if sent.blog.slug != slug:
        raise PostIdTakenError(sent.pk)
    first = sent.revisions.get(number=1)
    if revision_content(first) != content or sent.changes.get(kind=ChangeKind.PUBLISHED).detail != asked:
        raise PostIdTakenError(sent.pk)
    return sent


def _open_for_change(log: LockedLog, post_id: UUID | str) -> Post:
    post = log.post(post_id)
    if post.withdrawn_at:
        raise PostWithdrawnError(post.pk)
    return post


def _refuse_stale(post: Post, based_on: int) -> None:
    current = _current(post)
    if current.number != based_on:
        raise StaleRevisionError(post.pk, based_on, current.number, current.made_by)


def _tell(log: LockedLog, post: Post, kind: NoteKind, text: str, revision: Revision | None) -> None:
    Note.objects.create(post=post, kind=kind, text=strip_unprintable(text).strip(), at=log.now, by=log.by, revision=revision)


def _already_told(post: Post, kind: NoteKind, text: str) -> bool:
    return post.notes.filter(kind=kind, text=strip_unprintable(text).strip(), revision=post.revision).exists()
