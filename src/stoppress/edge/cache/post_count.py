"""How many posts stand and when the first was published, counted on from what was known: one change, not all posts.

Only publishing adds a post and only withdrawing takes one away, for ever; both are changes of the log. So what was
true at one cursor plus the changes after it is true now, whatever the number of posts (law 1).
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
"""Live blogs whose tally is kept."""


@dataclass(frozen=True)
class PostCount:
    """What was true of a live blog at `at`."""

    position: Cursor
    count: int
    started_at: datetime | None


_kept: OrderedDict[int, PostCount] = OrderedDict()
_lock = Lock()


def count_posts(blog: LiveBlog, newest: Sequence[ChangeView] = ()) -> PostCount:
    """The tally at the cursor of `blog`, which was read a moment ago.

    `newest` are changes that have been read anyhow; where they reach from what was known to `blog`, nothing is asked.
    """
    at = Cursor(blog.epoch, blog.seq)
    known = _kept.get(blog.pk)
    if known is None or known.position.epoch != at.epoch or known.position.seq > at.seq:
        found = _counted(blog, at)
    elif known.position.seq == at.seq:
        return known
    else:
        found = _counted_on(blog, known, at, newest)
    with _lock:
        _kept[blog.pk] = found
        _kept.move_to_end(blog.pk)
        while len(_kept) > MAX_BLOGS:
            _kept.popitem(last=False)
    return found


def clear() -> None:
    """Count everything afresh; for another database."""
    with _lock:
        _kept.clear()


def _counted(blog: LiveBlog, at: Cursor) -> PostCount:
    """By the log up to `at`, so that a change that came in between is not counted twice later."""
    log = Change.objects.filter(blog=blog, seq__lte=at.seq)
    published = Count("pk", filter=Q(kind=ChangeKind.PUBLISHED))
    withdrawn = Count("pk", filter=Q(kind=ChangeKind.WITHDRAWN))
    counts = log.aggregate(published=published, withdrawn=withdrawn)
    started_at = Post.objects.filter(blog=blog).aggregate(start=Min("published_at"))["start"]
    return PostCount(at, counts["published"] - counts["withdrawn"], started_at)


def _counted_on(blog: LiveBlog, known: PostCount, at: Cursor, newest: Sequence[ChangeView]) -> PostCount:
    if newest and newest[0].seq <= known.position.seq + 1 and newest[-1].seq == at.seq:
        new = [change for change in newest if change.seq > known.position.seq]
        rows: list[tuple[str, datetime]] = [
            (change.kind, change.post.published_at) for change in new if change.post and change.kind in COUNTED_KINDS
        ]
    else:
        log = Change.objects.filter(blog=blog, seq__gt=known.position.seq, seq__lte=at.seq, kind__in=COUNTED_KINDS)
        rows = list(log.values_list("kind", "post__published_at"))
    published = [moment for kind, moment in rows if kind == ChangeKind.PUBLISHED]
    starts = [moment for moment in [known.started_at, *published] if moment is not None]
    count = known.count + len(published) - (len(rows) - len(published))
    return PostCount(at, count, min(starts, default=None))
