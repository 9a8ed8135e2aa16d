"""Read new changes from the logs as frames: after a commit, by the follower or by the thread that has written."""

import logging
import threading
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

from django.db import Error

from stoppress.coverage.choices import ChangeKind
from stoppress.coverage.models import LiveBlog
from stoppress.coverage.public_posts import find_blog
from stoppress.coverage.public_state import ChangeView, Cursor, changes_after
from stoppress.edge.cache import log_positions
from stoppress.edge.live import stream_events
from stoppress.edge.live.replay_buffer import ALL_POSTS, MAX_REPLAYED_CHANGES, Frame
from stoppress.runtime.log_throttle import FailureLog

log = logging.getLogger(__name__)
_failures: dict[str, FailureLog] = {}
"""Ongoing failures by live blog."""


@dataclass(frozen=True)
class NewChanges:
    """The changes of one log after some number."""

    log_end: Cursor
    """Position of the log when it was read."""
    frames_end: Cursor | None
    """Position after the last of `frames`; None if there are none."""
    frames: list[Frame]
    edited_posts: frozenset[str]
    """Ids of posts whose earlier frames are outdated."""
    committed_at: float
    """When the newest change was made, seconds since the epoch."""


def read_new_changes(known: Mapping[str, Cursor]) -> tuple[log_positions.LogPositions, dict[str, NewChanges]]:
    """Read the positions of all logs, and the new changes of those that have moved on from `known`."""
    positions = log_positions.read_all()
    changed_slugs = [slug for slug, cursor in known.items() if positions.cursors.get(slug, cursor) != cursor]
    return positions, _read_each(changed_slugs, lambda slug: read_changes_after(slug, known[slug].seq))


def _read_each(slugs: Iterable[str], read_changes: Callable[[str], NewChanges]) -> dict[str, NewChanges]:
    """Return the new changes by live blog. One that cannot be rendered is left out and delays no other.

    Raises:
        Error: if the database is not available, which concerns all live blogs.
    """
    changes_by_slug: dict[str, NewChanges] = {}
    for slug in slugs:
        try:
            changes_by_slug[slug] = read_changes(slug)
        except Error:
            raise
        except Exception:  # noqa: BLE001  logged, at most once a minute
            _failures.setdefault(slug, FailureLog(log, f"coverage {slug}: cannot render changes")).record_failure()
        else:
            if failure := _failures.pop(slug, None):
                failure.record_success()
    return changes_by_slug


def read_changes_after(slug: str, seq: int, until: int | None = None) -> NewChanges:
    """Read the changes numbered above `seq` as frames.

    Args:
        slug: the live blog.
        seq: a change number.
        until: the last number to read. Without it there are no frames if more than MAX_REPLAYED_CHANGES are new.
    """
    return read_blog_changes(find_blog(slug), seq, until)


def read_blog_changes(blog: LiveBlog, seq: int, until: int | None = None) -> NewChanges:
    """Read the same as `read_changes_after`, of a live blog that was just read."""
    limit = MAX_REPLAYED_CHANGES if until is None else until - seq
    is_wanted = limit > 0 and (until is not None or blog.seq - seq <= MAX_REPLAYED_CHANGES)
    changes = changes_after(blog, seq, limit) if is_wanted else []
    return NewChanges(
        log_end=Cursor(blog.epoch, blog.seq),
        frames_end=Cursor(blog.epoch, changes[-1].seq) if changes else None,
        frames=stream_events.change_frames(blog, changes),
        edited_posts=frozenset(post for post in map(_edited_post, changes) if post is not None),
        committed_at=changes[-1].at.timestamp() if changes else 0.0,
    )


def _edited_post(change: ChangeView) -> str | None:
    """Return the id of the post whose earlier frames the change makes outdated; None for a new post."""
    if change.kind == ChangeKind.PUBLISHED:
        return None
    return str(change.post.id) if change.post else ALL_POSTS


SELECT_BLOGS_BY_SLUG = f"SELECT * FROM {LiveBlog._meta.db_table} WHERE slug"  # noqa: SLF001  documented by Django
"""Written by hand: Django needs half a millisecond to build it, for which all open pages would wait."""


def _find_blogs(slugs: list[str]) -> Iterable[LiveBlog]:
    if not slugs:
        return ()
    return LiveBlog.objects.raw(f"{SELECT_BLOGS_BY_SLUG} IN ({', '.join(['%s'] * len(slugs))})", slugs)


class CommittedChanges:
    """The changes that a thread reads from the log directly after its own commit."""

    def __init__(self) -> None:
        self.known: Mapping[str, Cursor] = {}
        """Positions of the channels before."""
        self.changes: dict[str, NewChanges] = {}
        """New changes by live blog."""
        self.handled = threading.Event()
        """Set when the changes have been written to the readers, or are left to the next poll."""

    def read(self, known: Mapping[str, Cursor]) -> None:
        """Read what is new since the positions `known`, on the database connection of the calling thread."""
        self.known = known
        blogs = {blog.slug: blog for blog in _find_blogs(list(known))}
        changed_slugs = [slug for slug, blog in blogs.items() if Cursor(blog.epoch, blog.seq) != known[slug]]
        self.changes = _read_each(changed_slugs, lambda slug: read_blog_changes(blogs[slug], known[slug].seq))
