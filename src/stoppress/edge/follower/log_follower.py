"""Follow the logs: poll for new changes on every hint, and four times a second without one (law 2).

    a commit of this process ─► read by the writing thread ─► committed changes ─┐
                                                                                ├─► one write per reader ─► poll
    a hint from another process, or a quarter of a second ───────────────────────┘

The writing thread reads the log after its commit, as every reader does. That saves a round trip to
the follower's thread. The next poll finds the same changes, newer ones, and those that were not published.
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
from stoppress.edge.live.change_reader import CommittedChanges, NewChanges, read_changes_after, read_new_changes
from stoppress.edge.live.hub import Hub
from stoppress.edge.live.replay_buffer import MAX_REPLAYED_CHANGES
from stoppress.runtime import notifications
from stoppress.runtime.log_throttle import FailureLog

log = logging.getLogger(__name__)
T = TypeVar("T")

POLL_INTERVAL_SECONDS = 0.25
"""Seconds from the start of one poll to the start of the next.

Two polls within half a second handle a change whose hint was lost. So on a busy machine, too, withdrawn text has left
all caches after a second. A poll that finds no change costs 0.1 ms, or 0.3 ms with 300 live blogs.
"""
MIN_POLL_PAUSE_SECONDS = 0.05
"""Seconds between two polls, however long they take."""
DATABASE_TIMEOUT_SECONDS = 10.0
"""Seconds without an answer after which a new database connection is used: some connections end without notice."""
MAX_WRITER_WAIT_SECONDS = 0.1
"""Seconds for which a thread that has written waits until the readers have its change.

Otherwise its further work would take the global interpreter lock from the loop again and again.
"""


class LogFollower:
    """Reads the logs in a thread of its own, and passes frames to the hub."""

    def __init__(self, threads: int = 1) -> None:
        """Create a follower for the running event loop.

        Args:
            threads: number of threads that write a change to the readers.
        """
        self._loop = asyncio.get_running_loop()
        self._loop_thread = threading.get_ident()
        self._polled_at = time.monotonic()
        self._wake = asyncio.Event()
        self._committed: deque[CommittedChanges] = deque()
        self._invalidator = CacheInvalidator()
        self._restored_logs = RestoredLogDetector(settings.HOME)
        self._failures = FailureLog(log, "cannot follow the logs of live blogs")
        self._thread = ThreadPoolExecutor(1, "follower")
        self._finished_at = 0.0
        """When the thread finished its last work. As long as it makes progress, work in its queue does not time out."""
        self._fan_out = ParallelWriter(threads)
        self.hub = Hub(self.read_missed_frames, send=self._fan_out)
        self._stop_listening = notifications.listen(notifications.CHANGES, self._on_hint)

    def _on_hint(self) -> None:
        """React to a commit: of the calling thread, or of another process if the loop's thread calls."""
        log_positions.invalidate()
        committed = CommittedChanges()
        try:
            if threading.get_ident() != self._loop_thread:
                committed.read(self._channel_positions())
        finally:
            self._loop.call_soon_threadsafe(self._enqueue, committed)
        if committed.changes:
            committed.handled.wait(MAX_WRITER_WAIT_SECONDS)

    def _enqueue(self, committed: CommittedChanges) -> None:
        if committed.changes:
            self._committed.append(committed)
        self._wake.set()

    def _channel_positions(self) -> dict[str, Cursor]:
        """Return the positions of all channels. Any thread may call this."""
        return {slug: channel.cursor for slug, channel in self.hub.channels.copy().items()}

    async def run(self) -> None:
        """Follow until cancelled. A poll that fails is logged and repeated."""
        try:
            while True:
                try:
                    await self._publish_committed()
                    await self.poll()
                    self._failures.record_success()
                except Exception:  # noqa: BLE001  logged, at most once a minute
                    self._failures.record_failure()
                await self._wait_for_hint(seconds_until_poll(self._polled_at, time.monotonic()))
        finally:
            self._stop_listening()
            log_positions.invalidate()
            self._fan_out.close()
            self._thread.submit(connections.close_all)
            self._thread.shutdown(wait=False)

    async def poll(self) -> None:
        """Read the logs once, publish what the channels do not have, and remove outdated entries from the caches."""
        previous_poll, self._polled_at = self._polled_at, time.monotonic()
        known_positions, invalidations = self._channel_positions(), log_positions.invalidation_count()
        positions, changes = await self._in_thread(lambda: self._read_logs(known_positions))
        log_positions.store(positions, invalidations)
        for slug in known_positions.keys() - positions.cursors.keys():
            if (channel := self.hub.channels.get(slug)) and channel.audience_size:
                await self.hub.reset(slug, channel.cursor)  # a restored database does not contain the live blog
        for slug, new in changes.items():
            await self._publish_polled(slug, known_positions[slug], new, previous_poll)
        if not self.hub.channels.keys() <= known_positions.keys():
            self._wake.set()  # a channel was opened during the poll, perhaps at a position before the one just read
        if remaining_work := self._invalidator.invalidate(positions):
            await self._in_thread(remaining_work)

    def _read_logs(self, known: Mapping[str, Cursor]) -> tuple[log_positions.LogPositions, dict[str, NewChanges]]:
        """Read the logs, in the follower's thread; a second time if a restored database got new epochs."""
        positions, changes = read_new_changes(known)
        if self._restored_logs.check(positions.cursors):
            positions, changes = read_new_changes(known)
            self._restored_logs.check(positions.cursors)
        self._restored_logs.write()
        return positions, changes

    async def read_missed_frames(self, slug: str, after: int, until: int) -> MissedFrames:
        """Read the frames numbered above `after`, up to `until`, as they are now."""
        new = await self._in_thread(lambda: read_changes_after(slug, after, until))
        return MissedFrames(new.log_end, new.frames)

    async def _publish_committed(self) -> None:
        """Publish what writing threads have read if it continues what the channel has; the poll handles the rest."""
        while self._committed:
            committed = self._committed.popleft()
            try:
                for slug, new in committed.changes.items():
                    channel, known = self.hub.channels.get(slug), committed.known[slug]
                    if not channel or not new.frames_end:
                        continue
                    same_epoch = new.log_end.epoch == known.epoch == channel.epoch
                    if same_epoch and known.seq <= channel.replay_buffer.end:
                        await self._publish(slug, new, self._polled_at)
            finally:
                committed.handled.set()

    async def _publish_polled(self, slug: str, known: Cursor, new: NewChanges, previous_poll: float) -> None:
        """Publish what a poll has read, or reset the channel if its readers cannot continue."""
        channel = self.hub.channels.get(slug)
        if new.log_end == known or channel is None:
            return
        if channel.cursor != known:
            self._wake.set()  # the channel got changes, or was opened again, during the poll: the next poll compares
            return
        went_back, missed = new.log_end.seq < known.seq, new.log_end.seq - known.seq
        if known.epoch != new.log_end.epoch or went_back or missed > MAX_REPLAYED_CHANGES or new.frames_end is None:
            await self.hub.reset(slug, new.log_end)
        else:
            await self._publish(slug, new, previous_poll)

    async def _publish(self, slug: str, new: NewChanges, previous_poll: float) -> None:
        """Publish frames. They were committed after `previous_poll`, whatever the clock of the writer shows."""
        assert new.frames_end, "there is something to publish"
        now = time.monotonic()
        committed_at = min(max(now - (time.time() - new.committed_at), previous_poll), now)
        await self.hub.publish(slug, new.frames_end, new.frames, new.edited_posts, committed_at)

    async def _wait_for_hint(self, seconds: float) -> None:
        try:
            async with asyncio.timeout(seconds):
                await self._wake.wait()
        except TimeoutError:
            pass
        self._wake.clear()

    async def _in_thread(self, work: Callable[[], T]) -> T:
        """Do `work` in the follower's thread.

        Raises:
            TimeoutError: if the thread makes no progress for DATABASE_TIMEOUT_SECONDS. It is abandoned with its
                database connection, and a new one takes its place.
        """
        thread = self._thread
        task = self._loop.run_in_executor(thread, self._run_work, work)
        while True:
            before = self._finished_at
            finished, _ = await asyncio.wait({task}, timeout=DATABASE_TIMEOUT_SECONDS)
            if finished:
                return task.result()
            if self._finished_at == before:
                break
        task.add_done_callback(lambda task: task.cancelled() or task.exception())  # its result is not needed any more
        if self._thread is thread:
            self._thread = ThreadPoolExecutor(1, "follower")
            thread.submit(connections.close_all)  # when it continues, if ever
            thread.shutdown(wait=False)
        raise TimeoutError(f"the database has not answered for {DATABASE_TIMEOUT_SECONDS:.0f} s")

    def _run_work(self, work: Callable[[], T]) -> T:
        try:
            return work()
        except Exception:
            connections.close_all()  # the next work gets a new connection
            raise
        finally:
            self._finished_at = time.monotonic()


def seconds_until_poll(polled_at: float, now: float) -> float:
    """Return the seconds to wait for a hint before the next poll; the last one began at `polled_at`."""
    return max(polled_at + POLL_INTERVAL_SECONDS - now, MIN_POLL_PAUSE_SECONDS)
