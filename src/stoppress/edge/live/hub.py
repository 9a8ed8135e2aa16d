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
from stoppress.edge.fanout.socket_write import INVALID_FD, UNKNOWN_COUNT, send_all
from stoppress.edge.live import stream_events
from stoppress.edge.live.backfill import READERS_PER_LOOP_TURN, FetchFrames, BackfillLoader
from stoppress.edge.live.channel import Channel
from stoppress.edge.live.connection import CURRENT, AHEAD, CATCHING_UP, LOADING, StreamConnection
from stoppress.edge.live.delivery_latency import StreamCounters, DeliveryLatency
from stoppress.edge.live.heartbeat import WHEEL_SLOTS, TICK_SECONDS, TimingWheel, reconnect_window_seconds, lifetime_ticks
from stoppress.edge.live.replay_buffer import MAX_REPLAYED_CHANGES, MAX_CHUNK_BYTES, Frame, ReplayBuffer

MAX_UNSENT_BYTES = 64 * 1024
"""Bytes of live frames a reader may owe before its connection is dropped; it comes back with its cursor."""
MAX_BLOCKED_TICKS = 4 * WHEEL_SLOTS
"""Ticks (four beats) for which a reader may take nothing at all before it is dropped."""

SendAll = Callable[[Sequence[int], bytes], list[int]]
"""`send(descriptors, data)`: how many bytes the kernel took for each, -1 or UNKNOWN (kernel.py, fanout.py)."""


class Hub:
    """All rooms of this process."""

    def __init__(self, fetch: FetchFrames, clock: Callable[[], float] = time.monotonic, send: SendAll = send_all) -> None:
        self._clock, self._send = clock, send
        self.channels: dict[str, Channel] = {}
        self.wheel: TimingWheel[StreamConnection] = TimingWheel()
        self.counters = StreamCounters()
        self._loader = BackfillLoader(fetch, self.counters, self._pump, self._reset)

    @property
    def reader_count(self) -> int:
        """How many are listening."""
        return sum(room.reader_count for room in self.channels.values())

    # ─── coming and going ───

    def join(
        self,
        reader: StreamConnection,
        slug: str,
        head: Cursor,
        cursor: Cursor | None,
        opening: bytes = b"",
        again: bool = False,
    ) -> None:
        """Attach a reader first, then give it what it missed since `cursor` (None: nothing).

        `opening` are bytes to send before all others: the head of the answer. `again`: it had a stream before.
        """
        room = self.channels.get(slug)
        if room is None:
            room = self.channels[slug] = Channel(slug, head, self._clock())
        reader.channel = room
        reader.opened_tick, reader.wheel_slot = self.wheel.tick, self.wheel.add(reader)
        start = cursor or room.cursor
        lost = start.epoch != room.epoch or start.seq < room.replay_buffer.end - MAX_REPLAYED_CHANGES
        reader.write(opening + stream_events.hello(room.cursor if lost else start, retry=random.randint(1500, 4500)))
        if lost:
            self._reset(room, reader)
        else:
            self.counters.resumed += again and cursor is not None
            room.set_apart(reader, start.seq)
            self._pump(room, reader)

    def leave(self, reader: StreamConnection) -> None:
        """The connection is gone, or is about to be closed."""
        room, reader.channel = reader.channel, None
        self.wheel.remove(reader, reader.wheel_slot)
        if room is None:
            return
        room.excuse(reader)
        room.let_go(reader)
        if not room.reader_count and self.channels.get(room.slug) is room:
            del self.channels[room.slug]

    # ─── catching up ───

    def _pump(self, room: Channel, reader: StreamConnection) -> None:
        """Write pieces to one who is apart, as long as they are taken at once; else go on when the last is taken."""
        ring = room.replay_buffer
        while reader.seq != ring.end:
            if not ring.reaches(reader.seq):
                reader.state = AHEAD if reader.seq > ring.end else LOADING
                self._loader.load(room)
                return
            reader.state = CATCHING_UP
            reader.seq, data = ring.piece(reader.seq)
            reader.write(data)
            if reader.blocked_since >= 0 or reader.transport is None:
                return
        room.take_in(reader)
        self._arrived(reader)

    def _reset(self, room: Channel, reader: StreamConnection) -> None:
        """Make one reader load the page again; what it hears until then does not matter."""
        self.counters.resets += 1
        room.send_away(reader)
        reader.write(stream_events.reset(room.cursor))

    def fell_behind(self, reader: StreamConnection) -> None:
        """The kernel has not taken everything that one reader was written."""
        reader.blocked_since = self.wheel.tick
        if reader.state == CURRENT and reader.channel is not None:
            reader.channel.fell_behind(reader)

    def drained(self, reader: StreamConnection) -> None:
        """The kernel has taken everything one reader was written."""
        room = reader.channel
        if room is None or reader.blocked_since < 0:
            return
        reader.blocked_since = -1
        if reader.state == CATCHING_UP:
            self._pump(room, reader)
        elif reader.state == CURRENT:
            room.take_in(reader)
        self._arrived(reader)

    def _arrived(self, reader: StreamConnection) -> None:
        """It may hold now what it was listening for when that came: then it counts, once."""
        if reader.pending_change and reader.state == CURRENT and reader.blocked_since < 0:
            spread, reader.pending_change = reader.pending_change, None
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
        room = self.channels.get(slug)
        if room is None or cursor.seq <= room.replay_buffer.end:
            return
        before = room.replay_buffer.end
        new = [data for seq, data in frames if seq > before]
        room.edit_version += bool(touched)
        room.replay_buffer.extend(cursor.seq, frames, touched)
        room.latency = DeliveryLatency(cursor.seq, self._clock() if known is None else known, room.audience_size)
        whole, reloading = b"".join(new), list(room.resetting)
        for reader in room.catching_up:
            reader.pending_change = room.latency
        if len(whole) <= MAX_CHUNK_BYTES or len(new) == 1:
            await self._write_all(room, whole)
        else:
            await self._pace_all(room, before)
        await self._write_reloading(room, reloading, whole)
        for reader in [reader for reader in room.catching_up if reader.state == AHEAD]:
            self._pump(room, reader)

    async def reset(self, slug: str, cursor: Cursor) -> None:
        """Make everybody in the room load the page again, as it stands at `cursor`."""
        room = self.channels.get(slug)
        if room is None:
            return
        room.epoch, room.replay_buffer, room.edit_version = cursor.epoch, ReplayBuffer(cursor.seq), room.edit_version + 1
        room.latency = DeliveryLatency(cursor.seq, self._clock())
        for reader in [*room.current, *room.backlogged, *room.catching_up]:
            room.send_away(reader)
        self.counters.resets += len(room.resetting)
        await self._write_reloading(room, list(room.resetting), stream_events.reset(room.cursor))

    async def _write_all(self, room: Channel, data: bytes) -> None:
        """The same bytes to all; sent first, counted after, then the loop's turn."""
        spread, left = room.latency, room.descriptor_version
        readers, descriptors = [*room.current, *room.backlogged], [*room.current.values(), *repeat(INVALID_FD, len(room.backlogged))]
        for start in range(0, len(readers), READERS_PER_LOOP_TURN):
            batch, into = readers[start : start + READERS_PER_LOOP_TURN], descriptors[start : start + READERS_PER_LOOP_TURN]
            if room.descriptor_version != left:  # a descriptor may be another's by now
                into = [room.current.get(reader, INVALID_FD) for reader in batch]
            taken = self._send(into, data)
            held = taken.count(len(data))
            self._count(spread, held)
            if held < len(batch):
                self._write_rest(room, spread, zip(batch, taken, strict=True), data)
            await asyncio.sleep(0)

    def _write_rest(self, room: Channel, spread: DeliveryLatency, taken: Iterable[tuple[StreamConnection, int]], data: bytes) -> None:
        """Write what the kernel did not take at once: `taken` says how many bytes of `data` it took for whom."""
        for reader, size in taken:
            if size == len(data):
                continue
            if reader.channel is not room:
                spread.audience_size -= 1
                continue
            reader.pending_change = spread
            if size == UNKNOWN_COUNT:
                self._drop(reader)
            else:
                self._write_behind(reader, data[max(size, 0) :])
            self._arrived(reader)

    def _write_behind(self, reader: StreamConnection, data: bytes) -> None:
        """Write to one who has not taken what came before, unless that is too much."""
        if reader.unsent_bytes() > MAX_UNSENT_BYTES:
            self._drop(reader)
        else:
            reader.write(data)

    def _drop(self, reader: StreamConnection) -> None:
        """Have it come back with its cursor."""
        self.counters.dropped += 1
        reader.drop()

    async def _pace_all(self, room: Channel, before: int) -> None:
        """So much at once that it is written in pieces, like a catching-up."""
        for count, reader in enumerate([*room.current, *room.backlogged], start=1):
            if reader.channel is room:
                reader.pending_change = room.latency
                room.set_apart(reader, before)
                if reader.blocked_since < 0:
                    self._pump(room, reader)
            else:
                room.latency.audience_size -= 1
            if count % READERS_PER_LOOP_TURN == 0:
                await asyncio.sleep(0)

    async def _write_reloading(self, room: Channel, readers: Sequence[StreamConnection], data: bytes) -> None:
        """The same to those who were told to load the page again and are still here; nobody counts them."""
        for count, reader in enumerate(readers, start=1):
            if reader in room.resetting:
                self._write_behind(reader, data)
            if count % READERS_PER_LOOP_TURN == 0:
                await asyncio.sleep(0)

    def _count(self, spread: DeliveryLatency, readers: int) -> None:
        seconds = max(0.0, self._clock() - spread.committed_at)
        spread.add(seconds, readers)
        self.counters.delivered(seconds, readers)

    # ─── staying alive ───

    async def run_heartbeat(self) -> None:
        """Turn the wheel for ever."""
        while True:
            await asyncio.sleep(TICK_SECONDS)
            self.send_heartbeats()

    def send_heartbeats(self) -> None:
        """One tick: beat to the readers of one spoke, ask the oldest to come back, drop those who take nothing."""
        for reader in self.wheel.advance():
            if reader.blocked_since >= 0:
                if self.wheel.tick - reader.blocked_since > MAX_BLOCKED_TICKS:
                    self._drop(reader)
            elif self.wheel.tick - reader.opened_tick > lifetime_ticks(reader.wheel_slot):
                reader.end(stream_events.bye(random.uniform(0.1, 3)))
            else:
                reader.write(stream_events.HEARTBEAT)

    def close(self) -> None:
        """The process stops: everybody is told to come back, spread over some seconds."""
        everybody = self.wheel.all_items()
        longest = reconnect_window_seconds(len(everybody))
        for reader in everybody:
            reader.end(stream_events.bye(random.uniform(0.2, longest)))
        self._loader.cancel()
