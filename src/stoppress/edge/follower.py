"""The edge's follower of the log: looks for new changes on every hint, and every second without one (law 2)."""

import asyncio
import logging
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

from django.db import close_old_connections

from stoppress.coverage import hints
from stoppress.coverage.reading import find_blog
from stoppress.coverage.state import Cursor, changes_after
from stoppress.edge import heads, wire
from stoppress.edge.hub import MOST_CATCH_UP, Hub, Missed

log = logging.getLogger(__name__)
T = TypeVar("T")

LOOK_EVERY = 1.0
"""Seconds."""


class Follower:
    """Reads the log in a thread of its own, and hands frames to the hub."""

    def __init__(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._wake = asyncio.Event()
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
                await self._hint_or_second()
        finally:
            self._stop_listening()
            heads.forget()

    async def look(self) -> None:
        """Look once: publish whatever is newer than the rooms know."""
        found = await self._in_thread(heads.look)
        heads.keep(found)
        for slug, room in list(self.hub.rooms.items()):
            head = found.cursors.get(slug)
            if head is not None and head != room.cursor:
                await self._bring(slug, room.cursor)

    async def missed(self, slug: str, seq: int) -> Missed:
        """The frames after `seq`, or None if the reader had better load the page again."""
        return await self._in_thread(lambda: frames_after(slug, seq)[1])

    async def _bring(self, slug: str, known: Cursor) -> None:
        cursor, frames = await self._in_thread(lambda: frames_after(slug, known.seq))
        if frames is None or known.epoch != cursor.epoch:  # it may have changed since `head` was seen
            await self.hub.reset(slug, cursor)
        else:
            await self.hub.publish(slug, cursor, frames)

    async def _hint_or_second(self) -> None:
        try:
            async with asyncio.timeout(LOOK_EVERY):
                await self._wake.wait()
        except TimeoutError:
            pass
        self._wake.clear()

    async def _in_thread(self, work: Callable[[], T]) -> T:
        return await self._loop.run_in_executor(self._thread, with_connection, work)


def with_connection(work: Callable[[], T]) -> T:
    """Do `work` on this thread's database connection, and let go of one that broke."""
    close_old_connections()
    try:
        return work()
    finally:
        close_old_connections()


def frames_after(slug: str, seq: int) -> tuple[Cursor, Missed]:
    """Where the log ends, and its frames after `seq`: None if there are too many to replay, or no such end."""
    blog = find_blog(slug)
    changes = changes_after(blog, seq, MOST_CATCH_UP + 1)
    if len(changes) > MOST_CATCH_UP or seq > blog.seq:
        return Cursor(blog.epoch, blog.seq), None
    end = changes[-1].seq if changes else seq
    return Cursor(blog.epoch, end), wire.change_frames(blog, changes)
