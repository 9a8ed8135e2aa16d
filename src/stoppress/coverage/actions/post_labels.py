"""Pin, mark as key event, mark as breaking."""

from datetime import datetime
from uuid import UUID

from stoppress.coverage.actions.log_transaction import LockedLog, lock_log
from stoppress.coverage.choices import ChangeKind
from stoppress.coverage.errors import PostWithdrawnError
from stoppress.coverage.models import Post


def pin(slug: str, post_id: UUID | str, *, on: bool, by: str, now: datetime) -> Post:
    """Put a post above all others, or back in its place. One post is pinned at a time."""
    with lock_log(slug, by=by, now=now) as log:
        post = _marked(log, post_id, "pinned", on)
        if post is None:
            return log.post(post_id)
        if on:
            unpin_others(log, post)
        log.append(ChangeKind.MOVED, post, pinned=on)
    return post


def mark_key_event(slug: str, post_id: UUID | str, *, on: bool, by: str, now: datetime) -> Post:
    """List a post among the key events, or take it off the list."""
    return _mark(slug, post_id, "key_event", on, by, now)


def mark_breaking(slug: str, post_id: UUID | str, *, on: bool, by: str, now: datetime) -> Post:
    """Label a post as breaking, or take the label off."""
    return _mark(slug, post_id, "breaking", on, by, now)


def unpin_others(log: LockedLog, post: Post) -> None:
    """Put back whatever was pinned before; each of them is a change of its own."""
    for other in Post.objects.filter(blog=log.blog, pinned=True).exclude(pk=post.pk):
        other.pinned = False
        other.save()
        log.append(ChangeKind.MOVED, other, pinned=False)


def _mark(slug: str, post_id: UUID | str, field: str, on: bool, by: str, now: datetime) -> Post:
    with lock_log(slug, by=by, now=now) as log:
        post = _marked(log, post_id, field, on)
        if post is None:
            return log.post(post_id)
        log.append(ChangeKind.UPDATED, post, None, **{field: on})
    return post


def _marked(log: LockedLog, post_id: UUID | str, field: str, on: bool) -> Post | None:
    """The post with its mark set, or None if it was so already."""
    post = log.post(post_id)
    if post.withdrawn_at:
        raise PostWithdrawnError(post.pk)
    if getattr(post, field) == on:
        return None
    setattr(post, field, on)
    post.save()
    return post
