"""Remove outdated entries from all caches of this process after each poll, so that withdrawn text leaves them at once.

Every change is handled at once and, for some seconds, again after each further poll: an entry that was being rendered
from older data during the first pass is found by a later one. Entries are rendered again when they are requested.
"""

import time
from collections import deque
from collections.abc import Callable, Mapping
from uuid import UUID

from stoppress.coverage.choices import ChangeKind
from stoppress.coverage.models import Change
from stoppress.coverage.public_state import Cursor
from stoppress.edge.cache.log_positions import LogPositions
from stoppress.edge.cache.response_cache import response_cache
from stoppress.edge.pages import changes_view
from stoppress.edge.pages.cached_view import page_cache
from stoppress.edge.render.post_cache import post_cache

REPEAT_SECONDS = 2.0
"""Seconds for which a change is handled again: rendering from older data takes less."""


class CacheInvalidator:
    """Compares the positions of the logs with those of the last seconds."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._known: Mapping[str, Cursor] = {}
        self._recent: deque[tuple[float, Mapping[str, Cursor]]] = deque()
        """When new positions were read, and the positions before them."""

    def invalidate(self, positions: LogPositions) -> Callable[[], None] | None:
        """Remove cached responses that are older than `positions`, in the loop's thread.

        Returns:
            The remaining work for another thread, because it may query the database; None if nothing changed recently.
        """
        now = self._clock()
        if has_changed := positions.cursors != self._known:
            self._recent.append((now, self._known))
            self._known = positions.cursors
        if not self._recent:
            return None
        response_cache.remove_outdated(positions, whole=has_changed)
        before = self._recent[0][1]

        def invalidate_rendered() -> None:
            _remove_rendered(before, positions)
            while self._recent and self._recent[0][0] <= now - REPEAT_SECONDS:
                self._recent.popleft()

        return invalidate_rendered


def _remove_rendered(before: Mapping[str, Cursor], positions: LogPositions) -> None:
    """Remove outdated pages, changes and posts; one query per live blog that has changed."""
    for cache in (page_cache, changes_view.changes_cache):
        cache.retain(lambda key: key[1] == (positions.cursors.get(key[0]) if key[0] else positions.combined))
    for slug, now in positions.cursors.items():
        if before.get(slug) != now and (cached := post_cache.ids_of_blog(slug)):
            post_cache.remove(_edited_posts(slug, before.get(slug), now, cached))


def _edited_posts(slug: str, before: Cursor | None, now: Cursor, cached: list[UUID]) -> list[UUID]:
    """Return the ids of posts that may have changed since `before`; all `cached` ones in another epoch."""
    if before is not None and before.epoch != now.epoch:
        return cached
    after = before.seq if before else 0
    rows = Change.objects.filter(blog__slug=slug, seq__gt=after, post__isnull=False).exclude(kind=ChangeKind.PUBLISHED)
    return list(rows.values_list("post_id", flat=True))
