"""What readers have missed and no ring holds: read from the database once for all who wait in a room."""

import asyncio
import logging
import random
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass

from stoppress.coverage.public_state import Cursor
from stoppress.edge.live import stream_events
from stoppress.edge.live.channel import Room
from stoppress.edge.live.connection import AHEAD, LOADING, StreamReader
from stoppress.edge.live.delivery_latency import Counts
from stoppress.edge.live.replay_buffer import KEPT, Frame

log = logging.getLogger(__name__)

BREATH = 1000
"""Readers after whom the loop gets its turn."""


@dataclass(frozen=True)
class Missed:
    """Frames as the database has them now, up to where the log ends."""

    end: Cursor
    frames: Sequence[Frame]


Fetch = Callable[[str, int, int], Awaitable[Missed]]
"""`fetch(slug, after, until)`: all frames numbered above `after`, up to `until`."""
Then = Callable[[Room, StreamReader], None]


class Loader:
    """Brings the frames; then each who waited goes on, waits for its room, or loads the page again."""

    def __init__(self, fetch: Fetch, counts: Counts, go_on: Then, reset: Then) -> None:
        self._fetch, self._counts, self._go_on, self._reset = fetch, counts, go_on, reset
        self._tasks: set[asyncio.Task[None]] = set()

    def load(self, room: Room) -> None:
        """Read once for all who wait, whatever each of them missed."""
        if not room.loading:
            room.loading = True
            self._counts.lookups += 1
            task = asyncio.get_running_loop().create_task(self._read(room))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)

    def cancel(self) -> None:
        """The process stops."""
        for task in self._tasks:
            task.cancel()

    async def _read(self, room: Room) -> None:
        asked, edits = set(_waiting(room)), room.edits
        floor = max(min((reader.seq for reader in asked), default=room.ring.end), room.ring.end - KEPT, 0)
        try:
            missed = await self._fetch(room.slug, min(floor // 50 * 50, room.ring.start), room.ring.start)
        except Exception:
            log.exception("what was missed of %s after %d could not be read", room.slug, floor)
            for reader in _waiting(room):
                reader.end(stream_events.bye(random.uniform(2, 5)))
            return
        finally:
            room.loading = False
        if missed.end.epoch == room.epoch and edits == room.edits:
            room.ring.prepend(missed.frames)
        for count, reader in enumerate(_waiting(room), start=1):
            if reader.room is room and reader.phase in (LOADING, AHEAD):
                hole = edits == room.edits and reader in asked and reader.seq < room.ring.start
                self._decide(room, reader, missed.end, came_later=reader not in asked, hole=hole)
            if count % BREATH == 0:
                await asyncio.sleep(0)

    def _decide(self, room: Room, reader: StreamReader, end: Cursor, came_later: bool, hole: bool) -> None:
        """One who waited. `hole`: the log has lost what it needs."""
        too_old, not_so_far = reader.seq < room.ring.end - KEPT, reader.seq > max(end.seq, room.ring.end)
        if came_later and (reader.phase == AHEAD or end.epoch != room.epoch):
            self.load(room)  # it may come from a log that has gone on since that was read
        elif hole or end.epoch != room.epoch or too_old or not_so_far:
            self._reset(room, reader)
        elif reader.seq <= room.ring.end:
            self._go_on(room, reader)


def _waiting(room: Room) -> list[StreamReader]:
    return [reader for reader in room.apart if reader.phase in (LOADING, AHEAD)]
