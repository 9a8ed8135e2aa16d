"""Where every log of this process's database ends, kept in memory by the follower, so that readers cost no query.

What is known is only trusted for a second: should the follower stand still, callers ask the database themselves.
"""

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property
from hashlib import sha256
from threading import Lock

from stoppress.coverage.models import LiveBlog
from stoppress.coverage.public_state import Cursor

MAX_AGE_SECONDS = 1.0
"""Seconds for which a look at the database counts as now.

What has been withdrawn is shown for no longer than that, should the follower stand still.
"""


@dataclass(frozen=True)
class LogPositions:
    """What one look at the database found."""

    cursors: Mapping[str, Cursor]
    read_at: float

    def is_fresh(self, now: float) -> bool:
        """Whether this may still be relied on."""
        return now - self.read_at < MAX_AGE_SECONDS

    @cached_property
    def combined(self) -> Cursor:
        """The ends of all logs as one: what the list of coverage is as of."""
        text = " ".join(f"{slug}={cursor}" for slug, cursor in sorted(self.cursors.items()))
        return Cursor(sha256(text.encode()).hexdigest()[:16], sum(cursor.seq for cursor in self.cursors.values()))


_known = LogPositions({}, float("-inf"))
_forgotten = 0
"""How often something was written."""
_lock = Lock()


def read_all(clock: Callable[[], float] = time.monotonic) -> LogPositions:
    """One query for the end of every log."""
    seen = clock()
    rows = LiveBlog.objects.values_list("slug", "epoch", "seq")
    return LogPositions({slug: Cursor(epoch, seq) for slug, epoch, seq in rows}, seen)


def invalidation_count() -> int:
    """How often `forget` was called: who looks asks before, and tells `keep`."""
    return _forgotten


def store(heads: LogPositions, forgotten: int) -> None:
    """Make what was found known to the pages; not to be relied on if something was written while somebody looked."""
    global _known
    with _lock:
        _known = heads if forgotten == _forgotten else LogPositions(heads.cursors, float("-inf"))


def invalidate() -> None:
    """Something was just written, or the follower has stopped: everybody asks the database until the next look."""
    global _known, _forgotten
    with _lock:
        _forgotten += 1
        _known = LogPositions(_known.cursors, float("-inf"))


def last_known() -> Mapping[str, Cursor]:
    """The ends last seen, fresh or not."""
    return _known.cursors


def current_all(clock: Callable[[], float] = time.monotonic) -> Mapping[str, Cursor]:
    """The ends of all logs, from memory if they are fresh, else by one query."""
    known = _known
    return known.cursors if known.is_fresh(clock()) else read_all(clock).cursors


def current(slug: str, clock: Callable[[], float] = time.monotonic) -> Cursor | None:
    """The end of one log, from memory if that is fresh, else by one small query; None if there is no such blog."""
    known = _known
    if known.is_fresh(clock()) and slug in known.cursors:
        return known.cursors[slug]
    return read_one(slug)


def read_one(slug: str) -> Cursor | None:
    """The same, always from the database."""
    row = LiveBlog.objects.filter(slug=slug).values_list("epoch", "seq").first()
    return Cursor(*row) if row else None


def fresh_positions(clock: Callable[[], float] = time.monotonic) -> LogPositions | None:
    """What was last seen, if that may still be relied on."""
    return _known if _known.is_fresh(clock()) else None


def latest() -> LogPositions:
    """What was last seen, fresh or not: another object after every look and every hint."""
    return _known


def combined() -> Cursor:
    """The ends of all logs as one, from memory if that is fresh, else by one query."""
    return (fresh_positions() or read_all()).combined
