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

from stoppress.coverage.choices import Kind
from stoppress.coverage.models import Change, LiveBlog, Post
from stoppress.coverage.public_state import ChangeView, Cursor

COUNTED = (Kind.PUBLISHED, Kind.WITHDRAWN)
MOST = 1000
"""Live blogs whose tally is kept."""


@dataclass(frozen=True)
class Tally:
    """What was true of a live blog at `at`."""

    at: Cursor
    count: int
    started_at: datetime | None


_kept: OrderedDict[int, Tally] = OrderedDict()
_lock = Lock()


def tally(blog: LiveBlog, newest: Sequence[ChangeView] = ()) -> Tally:
    """The tally at the cursor of `blog`, which was read a moment ago.

    `newest` are changes that have been read anyhow; where they reach from what was known to `blog`, nothing is asked.
    """
    at = Cursor(blog.epoch, blog.seq)
    known = _kept.get(blog.pk)
    if known is None or known.at.epoch != at.epoch or known.at.seq > at.seq:
        found = _counted(blog, at)
    elif known.at.seq == at.seq:
        return known
    else:
        found = _counted_on(blog, known, at, newest)
    with _lock:
        _kept[blog.pk] = found
        _kept.move_to_end(blog.pk)
        while len(_kept) > MOST:
            _kept.popitem(last=False)
    return found


def forget() -> None:
    """Count everything afresh; for another database."""
    with _lock:
        _kept.clear()


def _counted(blog: LiveBlog, at: Cursor) -> Tally:
    """By the log up to `at`, so that a change that came in between is not counted twice later."""
    log = Change.objects.filter(blog=blog, seq__lte=at.seq)
    published = Count("pk", filter=Q(kind=Kind.PUBLISHED))
    withdrawn = Count("pk", filter=Q(kind=Kind.WITHDRAWN))
    counts = log.aggregate(published=published, withdrawn=withdrawn)
    started_at = Post.objects.filter(blog=blog).aggregate(start=Min("published_at"))["start"]
    return Tally(at, counts["published"] - counts["withdrawn"], started_at)


def _counted_on(blog: LiveBlog, known: Tally, at: Cursor, newest: Sequence[ChangeView]) -> Tally:
    if newest and newest[0].seq <= known.at.seq + 1 and newest[-1].seq == at.seq:
        new = [change for change in newest if change.seq > known.at.seq]
        rows: list[tuple[str, datetime]] = [
            (change.kind, change.post.published_at) for change in new if change.post and change.kind in COUNTED
        ]
    else:
        log = Change.objects.filter(blog=blog, seq__gt=known.at.seq, seq__lte=at.seq, kind__in=COUNTED)
        rows = list(log.values_list("kind", "post__published_at"))
    published = [moment for kind, moment in rows if kind == Kind.PUBLISHED]
    starts = [moment for moment in [known.started_at, *published] if moment is not None]
    count = known.count + len(published) - (len(rows) - len(published))
    return Tally(at, count, min(starts, default=None))
