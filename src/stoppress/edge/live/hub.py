"""Who is listening to which live blog, and what they are written: one write of the same bytes per reader and change.

    join ─► attach to the room ─┬─ abreast ◄──────────────────────────┐
                                ├─ missed something ─► draining ──────┤  pieces of the ring, each when the last is taken
                                ├─ more than the ring holds ─► loading ┘  one query for all who wait
                                └─ missed too much, other epoch ─► reset: load the page again

Readers who are abreast have no number of their own: what is published is written to all of them, and nothing kept.
No task, timer or queue per reader (law 3). All of it runs in the event loop's thread, which waits for its helpers.
"""

import asyncio
import random
import time
from collections.abc import Callable, Collection, Iterable, Sequence
from itertools import repeat

from stoppress.coverage.public_state import Cursor
from stoppress.edge.fanout.socket_write import NOWHERE, UNKNOWN, send_all
from stoppress.edge.live import stream_events
from stoppress.edge.live.backfill import BREATH, Fetch, Loader
from stoppress.edge.live.channel import Room
from stoppress.edge.live.connection import ABREAST, AHEAD, DRAINING, LOADING, StreamReader
from stoppress.edge.live.delivery_latency import Counts, Spread
from stoppress.edge.live.heartbeat import SPOKES, TICK, Wheel, comeback, lifetime
from stoppress.edge.live.replay_buffer import KEPT, PIECE, Frame, Ring

MOST_UNSENT = 64 * 1024
"""Bytes of live frames a reader may owe before its connection is dropped; it comes back with its cursor."""
PATIENCE = 4 * SPOKES
"""Ticks (four beats) for which a reader may take nothing at all before it is dropped."""

SendAll = Callable[[Sequence[int], bytes], list[int]]
"""`send(descriptors, data)`: how many bytes the kernel took for each, -1 or UNKNOWN (kernel.py, fanout.py)."""


class Hub:
    """All rooms of this process."""

    def __init__(self, fetch: Fetch, clock: Callable[[], float] = time.monotonic, send: SendAll = send_all) -> None:
        self._clock, self._send = clock, send
        self.rooms: dict[str, Room] = {}
        self.wheel: Wheel[StreamReader] = Wheel()
        self.counts = Counts()
        self._loader = Loader(fetch, self.counts, self._pump, self._reset)

    @property
    def readers(self) -> int:
        """How many are listening."""
        return sum(room.readers for room in self.rooms.values())

    # ─── coming and going ───

    def join(
        self,
        reader: StreamReader,
        slug: str,
        head: Cursor,
        cursor: Cursor | None,
        opening: bytes = b"",
        again: bool = False,
    ) -> None:
        """Attach a reader first, then give it what it missed since `cursor` (None: nothing).

        `opening` are bytes to send before all others: the head of the answer. `again`: it had a stream before.
        """
        room = self.rooms.get(slug)
        if room is None:
            room = self.rooms[slug] = Room(slug, head, self._clock())
        reader.room = room
        reader.since, reader.spoke = self.wheel.tick, self.wheel.put(reader)
        start = cursor or room.cursor
        lost = start.epoch != room.epoch or start.seq < room.ring.end - KEPT
        reader.write(opening + stream_events.hello(room.cursor if lost else start, retry=random.randint(1500, 4500)))
        if lost:
            self._reset(room, reader)
        else:
            self.counts.resumed += again and cursor is not None
            room.set_apart(reader, start.seq)
            self._pump(room, reader)

    def leave(self, reader: StreamReader) -> None:
        """The connection is gone, or is about to be closed."""
        room, reader.room = reader.room, None
        self.wheel.take_off(reader, reader.spoke)
        if room is None:
            return
        room.excuse(reader)
        room.let_go(reader)
        if not room.readers and self.rooms.get(room.slug) is room:
            del self.rooms[room.slug]

    # ─── catching up ───

    def _pump(self, room: Room, reader: StreamReader) -> None:
        """Write pieces to one who is apart, as long as they are taken at once; else go on when the last is taken."""
        ring = room.ring
        while reader.seq != ring.end:
            if not ring.reaches(reader.seq):
                reader.phase = AHEAD if reader.seq > ring.end else LOADING
                self._loader.load(room)
                return
            reader.phase = DRAINING
            reader.seq, data = ring.piece(reader.seq)
            reader.write(data)
            if reader.behind >= 0 or reader.transport is None:
                return
        room.take_in(reader)
        self._arrived(reader)

    def _reset(self, room: Room, reader: StreamReader) -> None:
        """Make one reader load the page again; what it hears until then does not matter."""
        self.counts.resets += 1
        room.send_away(reader)
        reader.write(stream_events.reset(room.cursor))

    def fell_behind(self, reader: StreamReader) -> None:
        """The kernel has not taken everything that one reader was written."""
        reader.behind = self.wheel.tick
        if reader.phase == ABREAST and reader.room is not None:
            reader.room.fell_behind(reader)

    def drained(self, reader: StreamReader) -> None:
        """The kernel has taken everything one reader was written."""
        room = reader.room
        if room is None or reader.behind < 0:
            return
        reader.behind = -1
        if reader.phase == DRAINING:
            self._pump(room, reader)
        elif reader.phase == ABREAST:
            room.take_in(reader)
        self._arrived(reader)

    def _arrived(self, reader: StreamReader) -> None:
        """It may hold now what it was listening for when that came: then it counts, once."""
        if reader.owes and reader.phase == ABREAST and reader.behind < 0:
            spread, reader.owes = reader.owes, None
            self._count(spread, 1)

    # ─── writing ───

    async def publish(
        self,
        slug: str,
        cursor: Cursor,
        frames: Sequence[Frame],
        touched: Collection[str] = (),
        known: float | None = None,
    ) -> None:
        """Write new frames to everybody in the room, in order. `touched`: posts of which older frames tell the past.

        `known` is when the newest was committed, on the hub's clock.
        """
        room = self.rooms.get(slug)
        if room is None or cursor.seq <= room.ring.end:
            return
        before = room.ring.end
        new = [data for seq, data in frames if seq > before]
        room.edits += bool(touched)
        room.ring.extend(cursor.seq, frames, touched)
        room.spread = Spread(cursor.seq, self._clock() if known is None else known, room.audience)
        whole, reloading = b"".join(new), list(room.reloading)
        for reader in room.apart:
            reader.owes = room.spread
        if len(whole) <= PIECE or len(new) == 1:
            await self._write_all(room, whole)
        else:
            await self._pace_all(room, before)
        await self._write_reloading(room, reloading, whole)
        for reader in [reader for reader in room.apart if reader.phase == AHEAD]:
            self._pump(room, reader)

    async def reset(self, slug: str, cursor: Cursor) -> None:
        """Make everybody in the room load the page again, as it stands at `cursor`."""
        room = self.rooms.get(slug)
        if room is None:
            return
        room.epoch, room.ring, room.edits = cursor.epoch, Ring(cursor.seq), room.edits + 1
        room.spread = Spread(cursor.seq, self._clock())
        for reader in [*room.abreast, *room.late, *room.apart]:
            room.send_away(reader)
        self.counts.resets += len(room.reloading)
        await self._write_reloading(room, list(room.reloading), stream_events.reset(room.cursor))

    async def _write_all(self, room: Room, data: bytes) -> None:
        """The same bytes to all; sent first, counted after, then the loop's turn."""
        spread, left = room.spread, room.left
        readers, descriptors = [*room.abreast, *room.late], [*room.abreast.values(), *repeat(NOWHERE, len(room.late))]
        for start in range(0, len(readers), BREATH):
            batch, into = readers[start : start + BREATH], descriptors[start : start + BREATH]
            if room.left != left:  # a descriptor may be another's by now
                into = [room.abreast.get(reader, NOWHERE) for reader in batch]
            taken = self._send(into, data)
            held = taken.count(len(data))
            self._count(spread, held)
            if held < len(batch):
                self._write_rest(room, spread, zip(batch, taken, strict=True), data)
            await asyncio.sleep(0)

    def _write_rest(self, room: Room, spread: Spread, taken: Iterable[tuple[StreamReader, int]], data: bytes) -> None:
        """Write what the kernel did not take at once: `taken` says how many bytes of `data` it took for whom."""
        for reader, size in taken:
            if size == len(data):
                continue
            if reader.room is not room:
                spread.audience -= 1
                continue
            reader.owes = spread
            if size == UNKNOWN:
                self._drop(reader)
            else:
                self._write_behind(reader, data[max(size, 0) :])
            self._arrived(reader)

    def _write_behind(self, reader: StreamReader, data: bytes) -> None:
        """Write to one who has not taken what came before, unless that is too much."""
        if reader.unsent() > MOST_UNSENT:
            self._drop(reader)
        else:
            reader.write(data)

    def _drop(self, reader: StreamReader) -> None:
        """Have it come back with its cursor."""
        self.counts.dropped += 1
        reader.drop()

    async def _pace_all(self, room: Room, before: int) -> None:
        """So much at once that it is written in pieces, like a catching-up."""
        for count, reader in enumerate([*room.abreast, *room.late], start=1):
            if reader.room is room:
                reader.owes = room.spread
                room.set_apart(reader, before)
                if reader.behind < 0:
                    self._pump(room, reader)
            else:
                room.spread.audience -= 1
            if count % BREATH == 0:
                await asyncio.sleep(0)

    async def _write_reloading(self, room: Room, readers: Sequence[StreamReader], data: bytes) -> None:
        """The same to those who were told to load the page again and are still here; nobody counts them."""
        for count, reader in enumerate(readers, start=1):
            if reader in room.reloading:
                self._write_behind(reader, data)
            if count % BREATH == 0:
                await asyncio.sleep(0)

    def _count(self, spread: Spread, readers: int) -> None:
        seconds = max(0.0, self._clock() - spread.known)
        spread.add(seconds, readers)
        self.counts.delivered(seconds, readers)

    # ─── staying alive ───

    async def keep_alive(self) -> None:
        """Turn the wheel for ever."""
        while True:
            await asyncio.sleep(TICK)
            self.beat()

    def beat(self) -> None:
        """One tick: beat to the readers of one spoke, ask the oldest to come back, drop those who take nothing."""
        for reader in self.wheel.turn():
            if reader.behind >= 0:
                if self.wheel.tick - reader.behind > PATIENCE:
                    self._drop(reader)
            elif self.wheel.tick - reader.since > lifetime(reader.spoke):
                reader.end(stream_events.bye(random.uniform(0.1, 3)))
            else:
                reader.write(stream_events.BEAT)

    def close(self) -> None:
        """The process stops: everybody is told to come back, spread over some seconds."""
        everybody = self.wheel.everybody()
        longest = comeback(len(everybody))
        for reader in everybody:
            reader.end(stream_events.bye(random.uniform(0.2, longest)))
        self._loader.cancel()
