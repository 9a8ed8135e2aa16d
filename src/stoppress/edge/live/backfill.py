"""What readers have missed and no ring holds: read from the database once for all who wait in a room."""

import asyncio
import logging
import random
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass

from stoppress.coverage.public_state import Cursor
from stoppress.edge.live import stream_events
from stoppress.edge.live.channel import Channel
from stoppress.edge.live.connection import AHEAD, LOADING, StreamConnection
from stoppress.edge.live.delivery_latency import StreamCounters
from stoppress.edge.live.replay_buffer import MAX_REPLAYED_CHANGES, Frame

log = logging.getLogger(__name__)

READERS_PER_LOOP_TURN = 1000
"""Readers after whom the loop gets its turn."""


@dataclass(frozen=True)
class MissedFrames:
    """Frames as the database has them now, up to where the log ends."""

    end: Cursor
    frames: Sequence[Frame]


FetchFrames = Callable[[str, int, int], Awaitable[MissedFrames]]
"""`fetch(slug, after, until)`: all frames numbered above `after`, up to `until`."""
ConnectionAction = Callable[[Channel, StreamConnection], None]


class BackfillLoader:
    """Brings the frames; then each who waited goes on, waits for its room, or loads the page again."""

    def __init__(self, fetch: FetchFrames, counts: StreamCounters, go_on: ConnectionAction, reset: ConnectionAction) -> None:
        self._fetch, self._counters, self._go_on, self._reset = fetch, counts, go_on, reset
        self._tasks: set[asyncio.Task[None]] = set()

    def load(self, room: Channel) -> None:
        """Read once for all who wait, whatever each of them missed."""
        if not room.is_backfilling:
            room.is_backfilling = True
            self._counters.backfills += 1
            task = asyncio.get_running_loop().create_task(self._read(room))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)

    def cancel(self) -> None:
        """The process stops."""
        for task in self._tasks:
            task.cancel()

    async def _read(self, room: Channel) -> None:
        asked, edits = set(_waiting(room)), room.edit_version
        floor = max(min((reader.seq for reader in asked), default=room.replay_buffer.end), room.replay_buffer.end - MAX_REPLAYED_CHANGES, 0)
        try:
            missed = await self._fetch(room.slug, min(floor // 50 * 50, room.replay_buffer.start), room.replay_buffer.start)
        except Exception:
            log.exception("what was missed of %s after %d could not be read", room.slug, floor)
            for reader in _waiting(room):
                reader.end(stream_events.bye(random.uniform(2, 5)))
            return
        finally:
            room.is_backfilling = False
        if missed.end.epoch == room.epoch and edits == room.edit_version:
            room.replay_buffer.prepend(missed.frames)
        for count, reader in enumerate(_waiting(room), start=1):
            if reader.channel is room and reader.state in (LOADING, AHEAD):
                hole = edits == room.edit_version and reader in asked and reader.seq < room.replay_buffer.start
                self._decide(room, reader, missed.end, came_later=reader not in asked, hole=hole)
            if count % READERS_PER_LOOP_TURN == 0:
                await asyncio.sleep(0)

    def _decide(self, room: Channel, reader: StreamConnection, end: Cursor, came_later: bool, hole: bool) -> None:
        """One who waited. `hole`: the log has lost what it needs."""
        too_old, not_so_far = reader.seq < room.replay_buffer.end - MAX_REPLAYED_CHANGES, reader.seq > max(end.seq, room.replay_buffer.end)
        if came_later and (reader.state == AHEAD or end.epoch != room.epoch):
            self.load(room)  # it may come from a log that has gone on since that was read
        elif hole or end.epoch != room.epoch or too_old or not_so_far:
            self._reset(room, reader)
        elif reader.seq <= room.replay_buffer.end:
            self._go_on(room, reader)


def _waiting(room: Channel) -> list[StreamConnection]:
    return [reader for reader in room.catching_up if reader.state in (LOADING, AHEAD)]
