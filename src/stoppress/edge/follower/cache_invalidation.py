"""Forget what the logs have moved on from: withdrawn text stays in no memory of this process for longer than a look.

Called by the follower after each look. Every change is swept for at once and, for some seconds, after each further
look: what was being made out of the past while the first went round is found by a later one. What is asked for again is
made again, once.
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
"""Seconds for which a change is swept for: nothing is being made out of the past for so long."""


class CacheInvalidator:
    """Remembers where the logs stood, and what has happened to them lately."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._seen: Mapping[str, Cursor] = {}
        self._lately: deque[tuple[float, Mapping[str, Cursor]]] = deque()
        """When something new was seen, and where the logs stood before that."""

    def sweep(self, found: LogPositions) -> Callable[[], None] | None:
        """Drop every ready answer that is older than `found`, in the loop's thread.

        What is returned is to be done in another, for it may ask the database; None if nothing has happened lately.
        """
        now = self._clock()
        if new := found.cursors != self._seen:
            self._lately.append((now, self._seen))
            self._seen = found.cursors
        if not self._lately:
            return None
        response_cache.remove_outdated(found, whole=new)
        before = self._lately[0][1]

        def rest() -> None:
            _sweep_rest(before, found)
            while self._lately and self._lately[0][0] <= now - REPEAT_SECONDS:
                self._lately.popleft()

        return rest


def _sweep_rest(before: Mapping[str, Cursor], found: LogPositions) -> None:
    """Pages, changes and fragments; one query per live blog that has changed."""
    for kept in (page_cache, changes_view.changes_cache):
        kept.retain(lambda key: key[1] == (found.cursors.get(key[0]) if key[0] else found.combined))
    for slug, now in found.cursors.items():
        if before.get(slug) != now and (held := post_cache.ids_of_blog(slug)):
            post_cache.remove(_touched(slug, before.get(slug), now, held))


def _touched(slug: str, before: Cursor | None, now: Cursor, held: list[UUID]) -> list[UUID]:
    """The posts that may have changed; `held`: of which there is something."""
    if before is not None and before.epoch != now.epoch:
        return held
    after = before.seq if before else 0
    rows = Change.objects.filter(blog__slug=slug, seq__gt=after, post__isnull=False).exclude(kind=ChangeKind.PUBLISHED)
    return list(rows.values_list("post_id", flat=True))
