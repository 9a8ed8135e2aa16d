"""Forget what the logs have moved on from: withdrawn text stays in no memory of this process for longer than a look.

Called by the follower after each look. Every change is swept for twice, a look apart: what was being made out of the
past while the first went round is found by the second. What is asked for again is made again, once.
"""

from collections.abc import Callable, Iterable, Mapping
from uuid import UUID

from stoppress.coverage.models import Change
from stoppress.coverage.state import Cursor
from stoppress.coverage.words import Kind
from stoppress.edge import changes
from stoppress.edge.fragments import fragments
from stoppress.edge.heads import Heads
from stoppress.edge.memory import memory
from stoppress.edge.views.kept import pages


class Sweeper:
    """Remembers up to where the logs have been swept, and up to where twice."""

    def __init__(self) -> None:
        self._before: Mapping[str, Cursor] = {}
        self._swept: Mapping[str, Cursor] = {}

    def sweep(self, found: Heads) -> Callable[[], None] | None:
        """Drop every ready answer that is older than `found`, in the loop's thread. None if nothing is new;

        else what is left to be done in a thread that may ask the database.
        """
        if found.cursors == self._swept == self._before:
            return None
        memory.sweep(found)
        before, self._before, self._swept = self._before, self._swept, found.cursors
        return lambda: _sweep_rest(before, found)


def _sweep_rest(before: Mapping[str, Cursor], found: Heads) -> None:
    """Pages, changes and fragments; one query per live blog that has changed."""
    for kept in (pages, changes.kept):
        kept.retain(lambda key: key[1] == (found.cursors.get(key[0]) if key[0] else found.together))
    for slug, now in found.cursors.items():
        if before.get(slug) != now and len(fragments):
            fragments.forget(_touched(slug, before.get(slug), now))


def _touched(slug: str, before: Cursor | None, now: Cursor) -> Iterable[UUID]:
    after = before.seq if before and before.epoch == now.epoch else 0
    rows = Change.objects.filter(blog__slug=slug, seq__gt=after, post__isnull=False).exclude(kind=Kind.PUBLISHED)
    return rows.values_list("post_id", flat=True)
