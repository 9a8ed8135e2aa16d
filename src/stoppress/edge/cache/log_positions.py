"""The newest position of every log, kept in memory by the log follower, so that readers' requests cost no query.

A position in memory counts as current for one second only. If the follower stops, callers query the database.
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
"""Age up to which positions count as current. It limits how long withdrawn text is shown if the follower stops."""


@dataclass(frozen=True)
class LogPositions:
    """The result of one query for the positions of all logs."""

    cursors: Mapping[str, Cursor]
    """The newest position by slug."""
    read_at: float
    """Monotonic time of the query; minus infinity once invalidated."""

    def is_fresh(self, now: float) -> bool:
        """Return True if the positions still count as current."""
        return now - self.read_at < MAX_AGE_SECONDS

    @cached_property
    def combined(self) -> Cursor:
        """One cursor for all logs; the position of pages that show all live blogs."""
        text = " ".join(f"{slug}={cursor}" for slug, cursor in sorted(self.cursors.items()))
        return Cursor(sha256(text.encode()).hexdigest()[:16], sum(cursor.seq for cursor in self.cursors.values()))


_latest = LogPositions({}, float("-inf"))
_invalidations = 0
_lock = Lock()


def read_all(clock: Callable[[], float] = time.monotonic) -> LogPositions:
    """Query the positions of all logs. The result is not stored."""
    read_at = clock()
    rows = LiveBlog.objects.values_list("slug", "epoch", "seq")
    return LogPositions({slug: Cursor(epoch, seq) for slug, epoch, seq in rows}, read_at)


def invalidation_count() -> int:
    """Return how often `invalidate` was called. Callers of `store` get this number before they query."""
    return _invalidations


def store(positions: LogPositions, invalidations: int) -> None:
    """Store the result of a query for all threads of this process.

    Args:
        positions: what the query returned.
        invalidations: `invalidation_count()` before the query. If it has grown since, a change may have been written
            during the query; the positions are then stored but do not count as current.
    """
    global _latest
    with _lock:
        is_valid = invalidations == _invalidations
        _latest = positions if is_valid else LogPositions(positions.cursors, float("-inf"))


def invalidate() -> None:
    """Mark the stored positions as outdated: a change was written, or the follower has stopped.

    Until the next `store`, callers query the database.
    """
    global _latest, _invalidations
    with _lock:
        _invalidations += 1
        _latest = LogPositions(_latest.cursors, float("-inf"))


def latest() -> LogPositions:
    """Return the stored positions, current or not: another object after every `store` and `invalidate`."""
    return _latest


def last_known() -> Mapping[str, Cursor]:
    """Return the stored position of every log, current or not."""
    return _latest.cursors


def fresh_positions(clock: Callable[[], float] = time.monotonic) -> LogPositions | None:
    """Return the stored positions if they count as current, else None."""
    return _latest if _latest.is_fresh(clock()) else None


def current(slug: str, clock: Callable[[], float] = time.monotonic) -> Cursor | None:
    """Return the position of one log, from memory if current, else by one query; None for an unknown live blog."""
    positions = _latest
    if positions.is_fresh(clock()) and slug in positions.cursors:
        return positions.cursors[slug]
    return read_one(slug)


def read_one(slug: str) -> Cursor | None:
    """Query the position of one log; None for an unknown live blog."""
    row = LiveBlog.objects.filter(slug=slug).values_list("epoch", "seq").first()
    return Cursor(*row) if row else None


def combined() -> Cursor:
    """Return one cursor for all logs: from memory if current, else by one query."""
    return (fresh_positions() or read_all()).combined
