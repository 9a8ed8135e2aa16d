"""What is new in the logs, as frames: read after the commit, by the follower or by the thread that has written."""

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
_unshown: dict[str, FailureLog] = {}


@dataclass(frozen=True)
class NewChanges:
    """What a log holds after some number."""

    head: Cursor
    """Where the log ended when it was asked."""
    end: Cursor | None
    """Where `frames` end; None if there are none."""
    frames: list[Frame]
    touched: frozenset[str]
    """Posts that were changed, so that older frames of them tell the past."""
    at: float
    """When the newest change was made, seconds since the epoch."""


def read_new_changes(known: Mapping[str, Cursor]) -> tuple[log_positions.LogPositions, dict[str, NewChanges]]:
    """Where all logs end, and what is new in those that have moved on from `known`."""
    found = log_positions.read_all()
    moved = [slug for slug, cursor in known.items() if found.cursors.get(slug, cursor) != cursor]
    return found, _each(moved, lambda slug: read_changes_after(slug, known[slug].seq))


def _each(slugs: Iterable[str], news: Callable[[str], NewChanges]) -> dict[str, NewChanges]:
    """The news of these live blogs; what cannot be shown of one holds up no other."""
    found: dict[str, NewChanges] = {}
    for slug in slugs:
        try:
            found[slug] = news(slug)
        except Error:
            raise  # the database is away: that is no matter of one live blog
        except Exception:
            _unshown.setdefault(slug, FailureLog(log, f"what is new in {slug} cannot be shown")).record_failure()
        else:
            if complaint := _unshown.pop(slug, None):
                complaint.record_success()
    return found


def read_changes_after(slug: str, seq: int, until: int | None = None) -> NewChanges:
    """The changes numbered above `seq`, up to `until` or at most KEPT of them, as frames."""
    return read_blog_changes(find_blog(slug), seq, until)


def read_blog_changes(blog: LiveBlog, seq: int, until: int | None = None) -> NewChanges:
    """The same, of a live blog as it was just read."""
    head = Cursor(blog.epoch, blog.seq)
    limit = MAX_REPLAYED_CHANGES if until is None else until - seq
    wanted = limit > 0 and (until is not None or blog.seq - seq <= MAX_REPLAYED_CHANGES)
    changes = changes_after(blog, seq, limit) if wanted else []
    end = Cursor(blog.epoch, changes[-1].seq) if changes else None
    at = changes[-1].at.timestamp() if changes else 0.0
    touched = {post for post in map(_touches, changes) if post is not None}
    return NewChanges(head, end, stream_events.change_frames(blog, changes), frozenset(touched), at)


def _touches(change: ChangeView) -> str | None:
    if change.kind == ChangeKind.PUBLISHED:
        return None
    return str(change.post.id) if change.post else ALL_POSTS


SELECT_BLOGS_BY_SLUG = f"SELECT * FROM {LiveBlog._meta.db_table} WHERE slug"
"""Written out: to have it made takes Django half a millisecond, and all open pages wait for that."""


def _blogs(slugs: list[str]) -> Iterable[LiveBlog]:
    if not slugs:
        return ()
    return LiveBlog.objects.raw(f"{SELECT_BLOGS_BY_SLUG} IN ({', '.join(['%s'] * len(slugs))})", slugs)


class CommittedChanges:
    """What a thread that has written something found in the log right after."""

    def __init__(self) -> None:
        self.known: Mapping[str, Cursor] = {}
        self.news: dict[str, NewChanges] = {}
        self.written = threading.Event()
        """Set when it has been written to the readers, or will not be."""

    def read(self, known: Mapping[str, Cursor]) -> None:
        """Find what is new since `known`, on this thread's database connection."""
        self.known = known
        blogs = {blog.slug: blog for blog in _blogs(list(known))}
        moved = [slug for slug, blog in blogs.items() if Cursor(blog.epoch, blog.seq) != known[slug]]
        self.news = _each(moved, lambda slug: read_blog_changes(blogs[slug], known[slug].seq))
