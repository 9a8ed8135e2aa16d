"""Publish, update, correct and withdraw posts."""

from dataclasses import asdict
from datetime import UTC, datetime
from typing import Any
from uuid import UUID, uuid4

from django.db import IntegrityError, transaction
from django.db.models import Max
from django.utils.translation import gettext as _

from stoppress.coverage.actions.log_transaction import LockedLog, lock_log
from stoppress.coverage.actions.post_labels import unpin_others
from stoppress.coverage.choices import ChangeKind, NoteKind, PostLabel
from stoppress.coverage.errors import InvalidContentError, PostIdTakenError, PostWithdrawnError, StaleRevisionError
from stoppress.coverage.models import Note, Post, Revision
from stoppress.coverage.pictures.standing import hide_pictures, show_pictures
from stoppress.coverage.post_content import Content
from stoppress.coverage.post_order import POSITION_GAP
from stoppress.coverage.public_posts import revision_content
from stoppress.coverage.search import index_revision, remove_revision
from stoppress.runtime.text_cleaning import clean_text


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
    """Publish a post at the top, or at `position`, and return it.

    A second call with the same `post_id`, live blog, content, labels and `happened_at` is a retry: it changes nothing
    and returns the existing post.

    Args:
        slug: The live blog.
        content: Headline, body, bylines, sources and pictures.
        by: Name of the person or program that publishes.
        now: Time of the change.
        post_id: Id chosen by the client, so that a retry does not publish twice. None: a new id is made.
        labels: Values of PostLabel.
        published_at: Only importers set it; None means `now`.
        happened_at: Time of the event that the post reports.
        position: Place in the order of posts (see post_order); None means the top.
        origin: An importer's (key, digest), by which it finds this post again.

    Raises:
        BlogNotFoundError: if no live blog has this slug.
        InvalidContentError: if the content cannot be published.
        PostIdTakenError: if `post_id` belongs to a post with other content or in another live blog.
    """
    content = content.validate()
    detail = _change_detail(labels, happened_at)
    with lock_log(slug, by=by, now=now) as log:
        if post_id and (existing := Post.objects.filter(pk=post_id).select_related("revision", "blog").first()):
            return _check_retry(existing, slug, content, detail)
        fields: dict[str, Any] = {
            "id": post_id or uuid4(),
            "blog": log.blog,
            "position": _top_position(log) if position is None else position,
            "published_at": published_at or now,
            "updated_at": published_at or now,
            "happened_at": happened_at,
            "breaking": PostLabel.BREAKING in labels,
            "key_event": PostLabel.KEY_EVENT in labels,
            "pinned": PostLabel.PINNED in labels,
            "origin_key": origin[0],
            "origin_digest": origin[1],
        }
        post = _create_with_given_id(fields, log, content) if post_id else _create(fields, log, content)
        if post.pinned:
            unpin_others(log, post)
        log.append(ChangeKind.PUBLISHED, post, post.revision, **detail)
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
    """Save a new revision with new facts or better wording. The same content and note again change nothing.

    The editor started from the revision numbered `based_on`. A `note` that is not empty is shown to readers as an
    update.

    Raises:
        BlogNotFoundError, PostNotFoundError: if there is no such live blog or post.
        InvalidContentError: if the content cannot be published.
        PostWithdrawnError: if the post was withdrawn.
        StaleRevisionError: if another revision was saved after `based_on`.
    """
    content = content.validate()
    with lock_log(slug, by=by, now=now) as log:
        post = _get_changeable_post(log, post_id)
        is_unchanged = revision_content(_current_revision(post)) == content
        if is_unchanged and (not clean_text(note) or _has_note(post, NoteKind.UPDATE, note)):
            return post
        _check_based_on(post, based_on)
        revision = save_revision(log, post, content)
        if clean_text(note):
            _add_note(log, post, NoteKind.UPDATE, note, revision)
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
    """Save a revision that corrects an error and shows `note` in the post. The same call again changes nothing.

    `note` states what was wrong and what is right. `kind` is CORRECTION if the post was wrong, CLARIFICATION if it was
    true but misleading. The editor started from the revision numbered `based_on`.

    Raises:
        BlogNotFoundError, PostNotFoundError: if there is no such live blog or post.
        InvalidContentError: if the content cannot be published, `note` is empty or `kind` is another one.
        PostWithdrawnError: if the post was withdrawn.
        StaleRevisionError: if another revision was saved after `based_on`.
    """
    content = content.validate()
    if not clean_text(note):
        raise InvalidContentError("note", _("Say what was wrong and what is right: readers will see it with the post."))
    if kind not in (NoteKind.CORRECTION, NoteKind.CLARIFICATION):
        raise InvalidContentError(
            "kind", _("The kind must be “correction” or “clarification”, not “{kind}”.").format(kind=kind)
        )
    with lock_log(slug, by=by, now=now) as log:
        post = _get_changeable_post(log, post_id)
        if _has_note(post, kind, note) and revision_content(_current_revision(post)) == content:
            return post
        _check_based_on(post, based_on)
        revision = save_revision(log, post, content)
        _add_note(log, post, kind, note, revision)
        log.append(ChangeKind.CORRECTED, post, revision, notice=kind)
    return post


def withdraw(slug: str, post_id: UUID | str, *, note: str, by: str, now: datetime) -> Post:
    """Withdraw a post and leave a tombstone with `note`. The same call again changes nothing.

    Raises:
        BlogNotFoundError, PostNotFoundError: if there is no such live blog or post.
        InvalidContentError: if `note` is empty.
        PostWithdrawnError: if the post was withdrawn with another note.
    """
    if not clean_text(note):
        raise InvalidContentError("note", _("Say why the post is withdrawn: readers will see it in its place."))
    with lock_log(slug, by=by, now=now) as log:
        post = log.get_post(post_id)
        if post.withdrawn_at:
            if not post.notes.filter(kind=NoteKind.WITHDRAWAL, text=clean_text(note)).exists():
                raise PostWithdrawnError(post.pk)
            return post
        post.withdrawn_at = post.updated_at = now
        post.breaking = post.key_event = post.pinned = False
        post.save()
        hide_pictures(post)
        remove_revision(_current_revision(post).pk)
        _add_note(log, post, NoteKind.WITHDRAWAL, note, None)
        log.append(ChangeKind.WITHDRAWN, post)
    return post


def _create_with_given_id(fields: dict[str, Any], log: LockedLog, content: Content) -> Post:
    """Create a post under the client's id; raise PostIdTakenError if another live blog took it at the same time."""
    try:
        with transaction.atomic():
            return _create(fields, log, content)
    except IntegrityError as error:
        if Post.objects.filter(pk=fields["id"]).exists():
            raise PostIdTakenError(fields["id"]) from error
        raise


def _create(fields: dict[str, Any], log: LockedLog, content: Content) -> Post:
    """Create a post and its first revision, each with one write: the foreign keys are checked at the commit."""
    post = Post(**fields)
    post.revision = _create_revision(log, post, 1, content)
    post.save(force_insert=True)
    index_revision(post.revision, log.blog.pk)
    if content.pictures:
        show_pictures(post, content.pictures, log.blog)
    return post


def save_revision(log: LockedLog, post: Post, content: Content) -> Revision:
    """Save `content` as the next revision of the post, and make it the current one."""
    last_number = post.revisions.aggregate(last=Max("number"))["last"]
    remove_revision(_current_revision(post).pk)
    post.revision = revision = _create_revision(log, post, last_number + 1, content)
    index_revision(revision, log.blog.pk)
    post.updated_at = log.now
    post.save()
    show_pictures(post, content.pictures, log.blog)
    return revision


def _create_revision(log: LockedLog, post: Post, number: int, content: Content) -> Revision:
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


def _top_position(log: LockedLog) -> int:
    positions = Post.objects.filter(blog=log.blog).order_by("-position").values_list("position", flat=True)
    return next(iter(positions[:1]), 0) + POSITION_GAP


def _current_revision(post: Post) -> Revision:
    assert post.revision is not None, "a post is created together with its first revision"
    return post.revision


def _change_detail(labels: tuple[str, ...], happened_at: datetime | None) -> dict[str, Any]:
    """Return the detail of a PUBLISHED change, to compare a retry with: unlike a post's labels, it never changes."""
    detail: dict[str, Any] = {}
    if labels:
        detail["labels"] = sorted({str(label) for label in labels})
    if happened_at:
        detail["happened_at"] = happened_at.astimezone(UTC).isoformat()
    return detail


def _check_retry(existing: Post, slug: str, content: Content, detail: dict[str, Any]) -> Post:
    """Return the existing post if this call repeats the one that published it, else raise PostIdTakenError."""
    if existing.blog.slug != slug:
        raise PostIdTakenError(existing.pk)
    first = existing.revisions.get(number=1)
    if revision_content(first) != content or existing.changes.get(kind=ChangeKind.PUBLISHED).detail != detail:
        raise PostIdTakenError(existing.pk)
    return existing


def _get_changeable_post(log: LockedLog, post_id: UUID | str) -> Post:
    post = log.get_post(post_id)
    if post.withdrawn_at:
        raise PostWithdrawnError(post.pk)
    return post


def _check_based_on(post: Post, based_on: int) -> None:
    current = _current_revision(post)
    if current.number != based_on:
        raise StaleRevisionError(post.pk, based_on, current.number, current.made_by)


def _add_note(log: LockedLog, post: Post, kind: NoteKind, text: str, revision: Revision | None) -> None:
    Note.objects.create(post=post, kind=kind, text=clean_text(text), at=log.now, by=log.by, revision=revision)


def _has_note(post: Post, kind: NoteKind, text: str) -> bool:
    return post.notes.filter(kind=kind, text=clean_text(text), revision=post.revision).exists()
