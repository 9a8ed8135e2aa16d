"""The edge's follower of the log: looks for new changes on every hint, and twice a second without one (law 2)."""

import asyncio
import logging
import time
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TypeVar

from django.db import connections

from stoppress.coverage import hints
from stoppress.coverage.reading import find_blog
from stoppress.coverage.state import ChangeView, Cursor, changes_after
from stoppress.coverage.words import Kind
from stoppress.edge import heads, wire
from stoppress.edge.hub import Hub, Missed
from stoppress.edge.ring import EVERYTHING, KEPT, Frame
from stoppress.edge.sweeping import Sweeper

log = logging.getLogger(__name__)
T = TypeVar("T")

LOOK_EVERY = 0.5
"""Seconds from the beginning of one look to that of the next: a change whose hint is lost has left the memories of this

process a second later, what was being made when the first look swept them included.
"""
LEAST_PAUSE = 0.05
"""Seconds between two looks, however long they take."""


class Follower:
    """Reads the log in a thread of its own, and hands frames to the hub."""

    def __init__(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._looked = time.monotonic()
        self._wake = asyncio.Event()
        self._sweeper = Sweeper()
        self._thread = ThreadPoolExecutor(1, "follower")
        self.hub = Hub(self.missed)
        self._stop_listening = hints.listen(hints.CHANGES, self._hint)

    def _hint(self) -> None:
        heads.forget()
        self._loop.call_soon_threadsafe(self._wake.set)

    async def run(self) -> None:
        """Follow until cancelled. A look that fails is said and tried again."""
        try:
            while True:
                try:
                    await self.look()
                except Exception:
                    log.exception("the log could not be read; trying again")
                await self._hint_or(pause(self._looked, time.monotonic()))
        finally:
            self._stop_listening()
            heads.forget()
            self._thread.submit(connections.close_all)
            self._thread.shutdown(wait=False)

    async def look(self) -> None:
        """Look once: publish whatever is newer than the rooms know."""
        before, self._looked = self._looked, time.monotonic()
        known = {slug: room.cursor for slug, room in self.hub.rooms.items()}
        found, news = await self._in_thread(lambda: read(known))
        heads.keep(found)
        if self._wake.is_set():
            heads.forget()  # something was written while this look was under way
        for slug, new in news.items():
            await self._bring(slug, known[slug], new, before)
        if not self.hub.rooms.keys() <= known.keys():
            self._wake.set()  # somebody came meanwhile, with a head that may be older than what was found
        if rest := self._sweeper.sweep(found):
            await self._in_thread(rest)

    async def missed(self, slug: str, after: int, until: int) -> Missed:
        """The frames numbered above `after`, up to `until`, as they are now."""
        news = await self._in_thread(lambda: news_after(slug, after, until))
        return Missed(news.head, news.frames)

    async def _bring(self, slug: str, known: Cursor, news: "News", before: float) -> None:
        """`before`: the last look that did not show the new changes; they were committed after it."""
        if news.head == known:
            return
        gone_back, too_many = news.head.seq < known.seq, news.head.seq - known.seq > KEPT
        if known.epoch != news.head.epoch or gone_back or too_many or news.end is None:
            await self.hub.reset(slug, news.head)
        else:
            committed = time.monotonic() - (time.time() - news.at)
            known_at = min(max(committed, before), time.monotonic())
            await self.hub.publish(slug, news.end, news.frames, news.touched, known_at)

    async def _hint_or(self, seconds: float) -> None:
        try:
            async with asyncio.timeout(seconds):
                await self._wake.wait()
        except TimeoutError:
            pass
        self._wake.clear()

    async def _in_thread(self, work: Callable[[], T]) -> T:
        return await self._loop.run_in_executor(self._thread, with_connection, work)


def pause(looked: float, now: float) -> float:
    """Seconds to wait at `now` for a hint, before looking without one; the last look began at `looked`."""
    return max(looked + LOOK_EVERY - now, LEAST_PAUSE)


def with_connection(work: Callable[[], T]) -> T:
    """Do `work` on this thread's database connection, which stays open; after a failure the next gets a new one."""
    try:
        return work()
    except Exception:
        connections.close_all()
        raise


@dataclass(frozen=True)
class News:
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


def read(known: Mapping[str, Cursor]) -> tuple[heads.Heads, dict[str, News]]:
    """Where all logs end, and what is new in those that have moved on from `known`."""
    found = heads.look()
    moved = [slug for slug, cursor in known.items() if found.cursors.get(slug, cursor) != cursor]
    return found, {slug: news_after(slug, known[slug].seq) for slug in moved}


def news_after(slug: str, seq: int, until: int | None = None) -> News:
    """The changes numbered above `seq`, up to `until` or at most KEPT of them, as frames."""
    blog = find_blog(slug)
    head = Cursor(blog.epoch, blog.seq)
    limit = KEPT if until is None else until - seq
    wanted = limit > 0 and (until is not None or blog.seq - seq <= KEPT)
    changes = changes_after(blog, seq, limit) if wanted else []
    end = Cursor(blog.epoch, changes[-1].seq) if changes else None
    at = changes[-1].at.timestamp() if changes else 0.0
    touched = {post for post in map(_touches, changes) if post is not None}
    return News(head, end, wire.change_frames(blog, changes), frozenset(touched), at)


def _touches(change: ChangeView) -> str | None:
    if change.kind == Kind.PUBLISHED:
        return None
    return str(change.post.id) if change.post else EVERYTHING
