"""Who is listening to which live blog, and what they are written: one write of ready bytes per reader and change.

No task, timer or queue per reader (law 3). All of it runs in the event loop's thread.
"""

import asyncio
import logging
import random
from collections import deque
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass, field
from typing import Protocol

from stoppress.coverage.state import Cursor
from stoppress.edge import wire

log = logging.getLogger(__name__)

KEPT = 200
"""Frames of a live blog that are kept at hand for those who come back."""
MOST_CATCH_UP = 200
"""Changes that are replayed to one reader; who missed more loads the page again."""
BREATH = 1000
"""Writes after which the loop gets its turn."""
BEAT_EVERY = 15.0
OLDEST = 15 * 60.0
"""Seconds after which a connection is asked to come back, so that none lives for ever behind some proxy."""

Missed = list[tuple[int, bytes]] | None
Fetch = Callable[[str, int], Awaitable[Missed]]


class Reader(Protocol):
    """One open connection, as the hub sees it."""

    slug: str
    seq: int
    catching_up: bool
    since: float

    def write(self, data: bytes) -> None:
        """Send bytes, or drop the connection if it has not taken what it was sent."""

    def end(self, last_words: bytes) -> None:
        """Say good-bye and close."""


@dataclass
class Room:
    """One live blog's listeners and its newest frames."""

    cursor: Cursor
    frames: deque[tuple[int, bytes]] = field(default_factory=lambda: deque(maxlen=KEPT))
    readers: set[Reader] = field(default_factory=set)

    def reaches(self, seq: int) -> bool:
        """Whether the frames at hand go back to right after `seq`."""
        first = self.frames[0][0] if self.frames else self.cursor.seq + 1
        return seq + 1 >= first

    def after(self, seq: int) -> list[bytes]:
        """The frames at hand that are newer than `seq`."""
        return [data for number, data in self.frames if number > seq]


class Hub:
    """All rooms of this process. `fetch(slug, seq)` reads what a reader missed, or None if that is too much."""

    def __init__(self, fetch: Fetch, clock: Callable[[], float] | None = None) -> None:
        self._fetch = fetch
        self._clock = clock or asyncio.get_running_loop().time
        self._catching: set[asyncio.Task[None]] = set()
        self._pending: dict[tuple[str, int], list[Reader]] = {}
        self.rooms: dict[str, Room] = {}
        self.dropped = 0

    @property
    def readers(self) -> int:
        """How many are listening."""
        return sum(len(room.readers) for room in self.rooms.values())

    def join(self, reader: Reader, head: Cursor, cursor: Cursor | None) -> None:
        """Attach a reader first, then give it what it missed since `cursor` (None: nothing)."""
        room = self.rooms.setdefault(reader.slug, Room(head))
        room.readers.add(reader)
        reader.since = self._clock()
        start = cursor or room.cursor
        reader.seq = start.seq
        reader.write(wire.hello(start, retry=random.randint(1500, 4500)))
        if start.epoch != room.cursor.epoch:
            reader.write(wire.RESET)
        elif start.seq <= room.cursor.seq and room.reaches(start.seq):
            self._replay(room, reader)
        else:
            self._catch_up(reader)

    def leave(self, reader: Reader) -> None:
        """The connection is gone."""
        room = self.rooms.get(reader.slug)
        if room is None:
            return
        room.readers.discard(reader)
        if not room.readers:
            del self.rooms[reader.slug]

    async def publish(self, slug: str, cursor: Cursor, frames: Iterable[tuple[int, bytes]]) -> None:
        """Write new frames to everybody in the room, in order."""
        room = self.rooms.get(slug)
        if room is None:
            return
        new = [(seq, data) for seq, data in frames if seq > room.cursor.seq]
        if any(wire.tells_anew(data) for _, data in new):
            room.frames.clear()  # they hold their posts as they were: who comes back reads what stands now
        room.frames.extend(new)
        room.cursor = cursor
        if new:
            await self._write_all(room, new)

    async def reset(self, slug: str, cursor: Cursor) -> None:
        """Make everybody in the room load the page again, as it stands at `cursor`."""
        if room := self.rooms.get(slug):
            room.cursor = cursor
            room.frames.clear()
            await self._write_all(room, [(cursor.seq, wire.RESET)], everybody=True)

    async def _write_all(self, room: Room, frames: list[tuple[int, bytes]], everybody: bool = False) -> None:
        """One write per reader. Who caught up from the database may be ahead of the room, and gets only the rest."""
        whole = b"".join(data for _, data in frames)
        for count, reader in enumerate(list(room.readers), start=1):
            if not reader.catching_up:
                ahead = not everybody and reader.seq >= frames[0][0]
                data = b"".join(data for seq, data in frames if seq > reader.seq) if ahead else whole
                reader.seq = frames[-1][0] if everybody else max(reader.seq, frames[-1][0])
                if data:
                    reader.write(data)
            if count % BREATH == 0:
                await asyncio.sleep(0)

    def _replay(self, room: Room, reader: Reader) -> None:
        if frames := room.after(reader.seq):
            reader.seq = room.frames[-1][0]
            reader.write(b"".join(frames))

    def _catch_up(self, reader: Reader) -> None:
        """Read once for all who miss the same; each is held back from live frames until then."""
        reader.catching_up = True
        key = (reader.slug, reader.seq)
        waiting = self._pending.setdefault(key, [])
        waiting.append(reader)
        if len(waiting) == 1:
            task = asyncio.get_running_loop().create_task(self._read_missed(*key))
            self._catching.add(task)
            task.add_done_callback(self._catching.discard)

    async def _read_missed(self, slug: str, seq: int) -> None:
        try:
            missed = await self._fetch(slug, seq)
        except Exception:
            log.exception("what was missed of %s after %d could not be read", slug, seq)
            missed = None
        room = self.rooms.get(slug)
        for reader in self._pending.pop((slug, seq)):
            reader.catching_up = False
            if room is not None and reader in room.readers:
                self._hand_over(room, reader, missed)

    def _hand_over(self, room: Room, reader: Reader, missed: Missed) -> None:
        if missed is None or len(missed) > MOST_CATCH_UP:
            reader.write(wire.RESET)
            return
        if missed:
            reader.seq = missed[-1][0]
            reader.write(b"".join(data for _, data in missed))
        self._replay(room, reader)

    async def keep_alive(self) -> None:
        """Beat for ever; ask the oldest connections to come back."""
        while True:
            await asyncio.sleep(BEAT_EVERY)
            now = self._clock()
            everybody = [reader for room in list(self.rooms.values()) for reader in list(room.readers)]
            for count, reader in enumerate(everybody, start=1):
                if now - reader.since > OLDEST:
                    reader.end(wire.bye(random.uniform(0.1, 3)))
                else:
                    reader.write(wire.BEAT)
                if count % BREATH == 0:
                    await asyncio.sleep(0)

    def close(self) -> None:
        """The process stops: everybody is told to come back, spread over some seconds."""
        for room in list(self.rooms.values()):
            for reader in list(room.readers):
                reader.end(wire.bye(random.uniform(0.5, 5)))
        for task in self._catching:
            task.cancel()
