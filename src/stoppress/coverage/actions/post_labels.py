"""Pin a post, mark it as a key event, or label it as breaking."""

from datetime import datetime
from uuid import UUID

from stoppress.coverage.actions.log_transaction import LockedLog, lock_log
from stoppress.coverage.choices import ChangeKind
from stoppress.coverage.errors import PostWithdrawnError
from stoppress.coverage.models import Post


def pin(slug: str, post_id: UUID | str, *, on: bool, by: str, now: datetime) -> Post:
    """Pin a post above all others, or unpin it. A live blog has at most one pinned post."""
    with lock_log(slug, by=by, now=now) as log:
        post = log.get_post(post_id)
        if _set_label(post, "pinned", on):
            if on:
                unpin_others(log, post)
            log.append(ChangeKind.MOVED, post, pinned=on)
    return post


def mark_key_event(slug: str, post_id: UUID | str, *, on: bool, by: str, now: datetime) -> Post:
    """Add a post to the list of key events, or remove it."""
    return _mark(slug, post_id, "key_event", on, by, now)


def mark_breaking(slug: str, post_id: UUID | str, *, on: bool, by: str, now: datetime) -> Post:
    """Label a post as breaking, or remove the label."""
    return _mark(slug, post_id, "breaking", on, by, now)


def unpin_others(log: LockedLog, post: Post) -> None:
    """Unpin every other pinned post, each as a separate change."""
    for other in Post.objects.filter(blog=log.blog, pinned=True).exclude(pk=post.pk):
        other.pinned = False
        other.save()
        log.append(ChangeKind.MOVED, other, pinned=False)


def _mark(slug: str, post_id: UUID | str, field: str, on: bool, by: str, now: datetime) -> Post:
    with lock_log(slug, by=by, now=now) as log:
        post = log.get_post(post_id)
        if _set_label(post, field, on):
            log.append(ChangeKind.UPDATED, post, None, **{field: on})
    return post


def _set_label(post: Post, field: str, on: bool) -> bool:
    """Save the label on `post`; return False if nothing changes. Raises PostWithdrawnError."""
    if post.withdrawn_at:
        raise PostWithdrawnError(post.pk)
    if getattr(post, field) == on:
        return False
    setattr(post, field, on)
    post.save()
    return True
