"""The edge's follower of the log: looks for new changes on every hint, and four times a second without one (law 2).

    a commit of this process ─► read by the thread that wrote it ─► told ─┐
                                                                          ├─► one write per reader ─► look
    a hint from elsewhere, or a quarter of a second ──────────────────────┘

What is told has been read from the log after the commit, like everything; it only spares readers the way to the
follower's own thread and back. The look that follows finds the same, or more, or what the telling passed over.
"""

import asyncio
import logging
import threading
import time
from collections import deque
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

from django.conf import settings
from django.db import connections

from stoppress.coverage.public_state import Cursor
from stoppress.edge.cache import log_positions
from stoppress.edge.fanout.parallel_write import ParallelWriter
from stoppress.edge.follower.cache_invalidation import CacheInvalidator
from stoppress.edge.follower.restored_logs import RestoredLogDetector
from stoppress.edge.live.backfill import MissedFrames
from stoppress.edge.live.change_reader import NewChanges, CommittedChanges, read_changes_after, read_new_changes
from stoppress.edge.live.hub import Hub
from stoppress.edge.live.replay_buffer import MAX_REPLAYED_CHANGES
from stoppress.runtime import notifications
from stoppress.runtime.log_throttle import FailureLog

log = logging.getLogger(__name__)
T = TypeVar("T")

POLL_INTERVAL_SECONDS = 0.25
"""Seconds from the beginning of one look to that of the next.

A change whose hint is lost is swept for by two looks within half a second, so that on a busy machine it has still left
all memories after a whole one. A look that finds nothing new costs a tenth of a millisecond, with 300 live blogs a
third.
"""
MIN_POLL_PAUSE_SECONDS = 0.05
"""Seconds between two looks, however long they take."""
DATABASE_TIMEOUT_SECONDS = 10.0
"""Seconds after which the database is asked again, on a new connection: some end without a word."""
MAX_WRITER_WAIT_SECONDS = 0.1
"""Seconds for which a thread that has written waits, at the most, for its change to be written to the readers: what it

does next would take Python's lock from the loop again and again.
"""


class LogFollower:
    """Reads the log in a thread of its own, and hands frames to the hub."""

    def __init__(self, threads: int = 1) -> None:
        """`threads`: by which one change is sent to the readers."""
        self._loop = asyncio.get_running_loop()
        self._loop_thread = threading.get_ident()
        self._looked = time.monotonic()
        self._wake = asyncio.Event()
        self._told: deque[CommittedChanges] = deque()
        self._sweeper = CacheInvalidator()
        self._restored_logs = RestoredLogDetector(settings.HOME)
        self._unread = FailureLog(log, "the log could not be read")
        self._thread = ThreadPoolExecutor(1, "follower")
        self._finished = 0.0
        """When the thread was last done with something: as long as it gets on, who waits in its queue is patient."""
        self._fan_out = ParallelWriter(threads)
        self.hub = Hub(self.missed, send=self._fan_out)
        self._stop_listening = notifications.listen(notifications.CHANGES, self._hint)

    def _hint(self) -> None:
        """Something was written: by this very thread, or (if the loop's own thread heard of it) elsewhere."""
        log_positions.invalidate()
        told = CommittedChanges()
        try:
            if threading.get_ident() != self._loop_thread:
                told.read(self._standing())
        finally:
            self._loop.call_soon_threadsafe(self._take, told)
        if told.news:
            told.written.wait(MAX_WRITER_WAIT_SECONDS)

    def _take(self, told: CommittedChanges) -> None:
        if told.news:
            self._told.append(told)
        self._wake.set()

    def _standing(self) -> dict[str, Cursor]:
        """Where the rooms stand; for any thread."""
        return {slug: room.cursor for slug, room in self.hub.channels.copy().items()}

    async def run(self) -> None:
        """Follow until cancelled. A look that fails is said and tried again."""
        try:
            while True:
                try:
                    await self._pass_on()
                    await self.poll()
                    self._unread.record_success()
                except Exception:
                    self._unread.record_failure()
                await self._hint_or(seconds_until_poll(self._looked, time.monotonic()))
        finally:
            self._stop_listening()
            log_positions.invalidate()
            self._fan_out.close()
            self._thread.submit(connections.close_all)
            self._thread.shutdown(wait=False)

    async def poll(self) -> None:
        """Look once: publish whatever is newer than the rooms know."""
        before, self._looked = self._looked, time.monotonic()
        known, forgotten = self._standing(), log_positions.invalidation_count()
        found, news = await self._in_thread(lambda: self._read(known))
        log_positions.store(found, forgotten)
        for slug in known.keys() - found.cursors.keys():
            if (room := self.hub.channels.get(slug)) and room.audience_size:
                await self.hub.reset(slug, room.cursor)  # the database was put back to before there was any
        for slug, new in news.items():
            await self._bring(slug, known[slug], new, before)
        if not self.hub.channels.keys() <= known.keys():
            self._wake.set()  # somebody came meanwhile, with a head that may be older than what was found
        if rest := self._sweeper.sweep(found):
            await self._in_thread(rest)

    def _read(self, known: Mapping[str, Cursor]) -> tuple[log_positions.LogPositions, dict[str, NewChanges]]:
        """In the follower's thread: what is new; once more, if the database was put back and has new epochs now."""
        found, news = read_new_changes(known)
        if self._restored_logs.check(found.cursors):
            found, news = read_new_changes(known)
            self._restored_logs.check(found.cursors)
        self._restored_logs.write()
        return found, news

    async def missed(self, slug: str, after: int, until: int) -> MissedFrames:
        """The frames numbered above `after`, up to `until`, as they are now."""
        news = await self._in_thread(lambda: read_changes_after(slug, after, until))
        return MissedFrames(news.head, news.frames)

    async def _pass_on(self) -> None:
        """Publish what was told, where it goes on from what the room has; the look takes care of the rest."""
        while self._told:
            told = self._told.popleft()
            try:
                for slug, new in told.news.items():
                    room, known = self.hub.channels.get(slug), told.known[slug]
                    if room and new.end and new.head.epoch == known.epoch == room.epoch and known.seq <= room.replay_buffer.end:
                        await self._publish(slug, new, self._looked)
            finally:
                told.written.set()

    async def _bring(self, slug: str, known: Cursor, news: NewChanges, before: float) -> None:
        """`before`: the last look that did not show the new changes; they were committed after it."""
        room = self.hub.channels.get(slug)
        if news.head == known or room is None:
            return
        if room.cursor != known:
            self._wake.set()  # it was told, or made again, while this was read: the next look finds what it lacks
            return
        gone_back, too_many = news.head.seq < known.seq, news.head.seq - known.seq > MAX_REPLAYED_CHANGES
        if known.epoch != news.head.epoch or gone_back or too_many or news.end is None:
            await self.hub.reset(slug, news.head)
        else:
            await self._publish(slug, news, before)

    async def _publish(self, slug: str, news: NewChanges, before: float) -> None:
        assert news.end, "there is something to publish"
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
        """Do `work` in the follower's thread. A connection that says nothing more is left with its thread to itself."""
        thread = self._thread
        task = self._loop.run_in_executor(thread, self._finish, work)
        while True:
            before = self._finished
            done, _ = await asyncio.wait({task}, timeout=DATABASE_TIMEOUT_SECONDS)
            if done:
                return task.result()
            if self._finished == before:
                break
        task.add_done_callback(lambda late: late.cancelled() or late.exception())  # nobody waits for it any more
        if self._thread is thread:
            self._thread = ThreadPoolExecutor(1, "follower")
            thread.submit(connections.close_all)  # if it ever comes to that
            thread.shutdown(wait=False)
        raise TimeoutError("the database says nothing")

    def _finish(self, work: Callable[[], T]) -> T:
        try:
            return with_connection(work)
        finally:
            self._finished = time.monotonic()


def seconds_until_poll(looked: float, now: float) -> float:
    """Seconds to wait at `now` for a hint, before looking without one; the last look began at `looked`."""
    return max(looked + POLL_INTERVAL_SECONDS - now, MIN_POLL_PAUSE_SECONDS)


def with_connection(work: Callable[[], T]) -> T:
    """Do `work` on this thread's database connection, which stays open; after a failure the next gets a new one."""
    try:
        return work()
    except Exception:
        connections.close_all()
        raise
