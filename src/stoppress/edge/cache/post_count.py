"""The number of posts of a live blog and the time of the first, carried forward from the last known position.

Only publishing adds a post, and only withdrawing removes one, permanently. Both are changes of the log. So the count at
one cursor plus the changes after it is the current count. The cost of a change does not grow with the posts (law 1).
"""

from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from threading import Lock

from django.db.models import Count, Min, Q

from stoppress.coverage.choices import ChangeKind
from stoppress.coverage.models import Change, LiveBlog, Post
from stoppress.coverage.public_state import ChangeView, Cursor

COUNTED_KINDS = (ChangeKind.PUBLISHED, ChangeKind.WITHDRAWN)
MAX_BLOGS = 1000
"""Live blogs whose count is kept in memory."""


@dataclass(frozen=True)
class PostCount:
    """The posts that are not withdrawn, at one position of the log."""

    position: Cursor
    count: int
    started_at: datetime | None
    """When the first post was published; None if there was none."""


_counts: OrderedDict[int, PostCount] = OrderedDict()
_lock = Lock()


def count_posts(blog: LiveBlog, newest: Sequence[ChangeView] = ()) -> PostCount:
    """Return the count at the position of `blog`, as it was read.

    Args:
        blog: the live blog.
        newest: changes that the caller has read already. If they reach from the last known position to that of
            `blog`, no query is needed.
    """
    position = Cursor(blog.epoch, blog.seq)
    last_count = _counts.get(blog.pk)
    if last_count is None or last_count.position.epoch != position.epoch or last_count.position.seq > position.seq:
        counted = _count_all(blog, position)
    elif last_count.position.seq == position.seq:
        return last_count
    else:
        counted = _carry_forward(blog, last_count, position, newest)
    with _lock:
        _counts[blog.pk] = counted
        _counts.move_to_end(blog.pk)
        while len(_counts) > MAX_BLOGS:
            _counts.popitem(last=False)
    return counted


def _count_all(blog: LiveBlog, position: Cursor) -> PostCount:
    """Count by the log up to `position`, so that a change written meanwhile is not counted twice later."""
    log = Change.objects.filter(blog=blog, seq__lte=position.seq)
    published = Count("pk", filter=Q(kind=ChangeKind.PUBLISHED))
    withdrawn = Count("pk", filter=Q(kind=ChangeKind.WITHDRAWN))
    counts = log.aggregate(published=published, withdrawn=withdrawn)
    started_at = Post.objects.filter(blog=blog).aggregate(start=Min("published_at"))["start"]
    return PostCount(position, counts["published"] - counts["withdrawn"], started_at)


def _carry_forward(blog: LiveBlog, last_count: PostCount, position: Cursor, newest: Sequence[ChangeView]) -> PostCount:
    if newest and newest[0].seq <= last_count.position.seq + 1 and newest[-1].seq == position.seq:
        new = [change for change in newest if change.seq > last_count.position.seq]
        rows: list[tuple[str, datetime]] = [
            (change.kind, change.post.published_at) for change in new if change.post and change.kind in COUNTED_KINDS
        ]
    else:
        log = Change.objects.filter(blog=blog, seq__gt=last_count.position.seq, seq__lte=position.seq)
        rows = list(log.filter(kind__in=COUNTED_KINDS).values_list("kind", "post__published_at"))
    published = [published_at for kind, published_at in rows if kind == ChangeKind.PUBLISHED]
    starts = [start for start in [last_count.started_at, *published] if start is not None]
    count = last_count.count + len(published) - (len(rows) - len(published))
    return PostCount(position, count, min(starts, default=None))
