"""The hub of a process: all stream connections by live blog. Each change costs one write of the same bytes per reader.

    join ─► added to the channel ─┬─ has every change ──────────────► current ◄──┐
                                  ├─ missed some ─► catching up: chunks of the ──┤  each chunk when the last is taken
                                  │                 replay buffer                │
                                  ├─ buffer begins later ─► backfilling ─────────┘  one query for all that wait
                                  └─ missed too many, other epoch ─► reset: the client loads the page again

The states and their transitions are in connection_states.py. A current connection stores no change number: each
change is written to all of them when it is published. No connection has a task, timer or queue (law 3). Everything
runs in the event loop's thread, which waits for the helper threads of the fan-out.
"""

import asyncio
import random
import time
from collections.abc import Callable, Collection, Iterable, Sequence
from itertools import repeat

from stoppress.coverage.public_state import Cursor
from stoppress.edge.fanout.socket_write import INVALID_FD, UNKNOWN_COUNT, send_all
from stoppress.edge.live import stream_events
from stoppress.edge.live.backfill import READERS_PER_LOOP_TURN, BackfillLoader, FetchFrames
from stoppress.edge.live.channel import Channel
from stoppress.edge.live.connection import StreamConnection
from stoppress.edge.live.connection_states import ConnectionEvent, ConnectionState
from stoppress.edge.live.delivery_latency import DeliveryLatency, StreamCounters
from stoppress.edge.live.heartbeat import (
    TICK_SECONDS,
    WHEEL_SLOTS,
    TimingWheel,
    lifetime_ticks,
    reconnect_window_seconds,
)
from stoppress.edge.live.replay_buffer import MAX_CHUNK_BYTES, MAX_REPLAYED_CHANGES, Frame, ReplayBuffer

MAX_UNSENT_BYTES = 64 * 1024
"""Bytes of live frames that may be unsent before a connection is dropped; the client reconnects with its cursor."""
MAX_BLOCKED_TICKS = 4 * WHEEL_SLOTS
"""Ticks (four heartbeats) after which a connection is dropped if the client has taken nothing."""

SendToAll = Callable[[Sequence[int], bytes], list[int]]
"""`send(descriptors, data)` returns for each descriptor the bytes that the kernel took, or -1 or UNKNOWN_COUNT."""


class Hub:
    """All channels of this process, their heartbeat and their counters."""

    def __init__(
        self, fetch: FetchFrames, clock: Callable[[], float] = time.monotonic, send: SendToAll = send_all
    ) -> None:
        """Create a hub without connections.

        Args:
            fetch: reads frames from the database.
            clock: returns seconds; for the latency of changes.
            send: writes the same bytes to many sockets.
        """
        self._clock, self._send = clock, send
        self.channels: dict[str, Channel] = {}
        self.wheel: TimingWheel[StreamConnection] = TimingWheel()
        self.counters = StreamCounters()
        self._backfill = BackfillLoader(fetch, self.counters, self._catch_up, self._reset_connection)

    @property
    def reader_count(self) -> int:
        """Return the number of open connections."""
        return sum(channel.reader_count for channel in self.channels.values())

    # ─── joining and leaving ───

    def join(
        self,
        connection: StreamConnection,
        slug: str,
        log_end: Cursor,
        cursor: Cursor | None,
        response_head: bytes = b"",
        is_reconnect: bool = False,
    ) -> None:
        """Add a connection to the channel of a live blog, then send what it missed.

        Args:
            connection: a new connection.
            slug: the live blog.
            log_end: position of its log, for a channel that does not exist yet.
            cursor: position of the client; None if the client missed nothing.
            response_head: bytes to send before all others.
            is_reconnect: True if the client had a stream before; for the figures.
        """
        channel = self.channels.get(slug)
        if channel is None:
            channel = self.channels[slug] = Channel(slug, log_end, self._clock())
        start = cursor or channel.cursor
        connection.opened_tick, connection.wheel_slot = self.wheel.tick, self.wheel.add(connection)
        channel.add(connection, start.seq)
        lost = start.epoch != channel.epoch or start.seq < channel.replay_buffer.end - MAX_REPLAYED_CHANGES
        hello = stream_events.hello(channel.cursor if lost else start, retry=random.randint(1500, 4500))
        connection.write(response_head + hello)
        if lost:
            self._reset_connection(channel, connection)
        else:
            self.counters.resumed += is_reconnect and cursor is not None
            self._catch_up(channel, connection)

    def leave(self, connection: StreamConnection, event: ConnectionEvent) -> None:
        """Remove a connection that is closed, or is about to be; `event` is the reason."""
        channel, connection.channel = connection.channel, None
        self.wheel.remove(connection, connection.wheel_slot)
        if channel is None:
            return
        channel.apply(connection, event)
        if not channel.reader_count and self.channels.get(channel.slug) is channel:
            del self.channels[channel.slug]

    # ─── catching up ───

    def _catch_up(self, channel: Channel, connection: StreamConnection) -> None:
        """Write chunks while the kernel takes each at once; after one that it does not, `on_drained` continues."""
        buffer = channel.replay_buffer
        while connection.seq != buffer.end:
            if not buffer.can_continue_from(connection.seq):
                is_ahead = connection.seq > buffer.end
                channel.apply(connection, ConnectionEvent.CURSOR_AHEAD if is_ahead else ConnectionEvent.FRAMES_MISSING)
                self._backfill.start(channel)
                return
            channel.apply(connection, ConnectionEvent.FRAMES_AVAILABLE)
            connection.seq, data = buffer.chunk_after(connection.seq)
            connection.write(data)
            if connection.blocked_since >= 0 or connection.transport is None:
                return
        is_blocked = connection.blocked_since >= 0
        channel.apply(connection, ConnectionEvent.ALL_QUEUED if is_blocked else ConnectionEvent.ALL_SENT)
        self._count_if_current(connection)

    def _reset_connection(self, channel: Channel, connection: StreamConnection) -> None:
        """Make one client load its page again; the changes that it gets until then do not matter."""
        self.counters.resets += 1
        channel.apply(connection, ConnectionEvent.RESET)
        connection.write(stream_events.reset(channel.cursor))

    def on_write_blocked(self, connection: StreamConnection) -> None:
        """Note that the kernel did not take all bytes written to a connection."""
        connection.blocked_since = self.wheel.tick
        if connection.channel is not None:
            connection.channel.apply(connection, ConnectionEvent.WRITE_BLOCKED)

    def on_drained(self, connection: StreamConnection) -> None:
        """Continue with a connection whose unsent bytes the kernel has taken."""
        channel = connection.channel
        if channel is None or connection.blocked_since < 0:
            return
        connection.blocked_since = -1
        channel.apply(connection, ConnectionEvent.DRAINED)
        if connection.state is ConnectionState.CATCHING_UP:
            self._catch_up(channel, connection)
        self._count_if_current(connection)

    def _count_if_current(self, connection: StreamConnection) -> None:
        """Count the delivery of the pending change, once, if the connection is current now."""
        if connection.pending_change and connection.state is ConnectionState.CURRENT:
            latency, connection.pending_change = connection.pending_change, None
            self._count(latency, 1)

    # ─── writing ───

    async def publish(
        self,
        slug: str,
        cursor: Cursor,
        frames: Sequence[Frame],
        edited_posts: Collection[str] = (),
        committed_at: float | None = None,
    ) -> None:
        """Write new frames to every connection of a channel, in order.

        Args:
            slug: the live blog.
            cursor: position after the last frame.
            frames: frames in order; those that the channel already has are ignored.
            edited_posts: ids of posts whose earlier frames are outdated.
            committed_at: when the newest change was committed, seconds on the hub's clock; by default now.
        """
        channel = self.channels.get(slug)
        if channel is None or cursor.seq <= channel.replay_buffer.end:
            return
        before = channel.replay_buffer.end
        new = [data for seq, data in frames if seq > before]
        channel.edit_version += bool(edited_posts)
        channel.replay_buffer.extend(cursor.seq, frames, edited_posts)
        committed_at = self._clock() if committed_at is None else committed_at
        channel.latency = DeliveryLatency(cursor.seq, committed_at, channel.audience_size)
        data, resetting = b"".join(new), list(channel.resetting)
        for connection in channel.catching_up:
            connection.pending_change = channel.latency
        if len(data) <= MAX_CHUNK_BYTES or len(new) == 1:
            await self._write_to_all(channel, data)
        else:
            await self._write_in_chunks(channel, before)
        await self._write_to_resetting(channel, resetting, data)
        for connection in [each for each in channel.catching_up if each.state is ConnectionState.AHEAD]:
            self._catch_up(channel, connection)

    async def reset(self, slug: str, cursor: Cursor) -> None:
        """Make every client of a channel load its page again, which is then at `cursor`."""
        channel = self.channels.get(slug)
        if channel is None:
            return
        channel.epoch, channel.replay_buffer = cursor.epoch, ReplayBuffer(cursor.seq)
        channel.edit_version += 1
        channel.latency = DeliveryLatency(cursor.seq, self._clock())
        for connection in [*channel.current, *channel.backlogged, *channel.catching_up]:
            channel.apply(connection, ConnectionEvent.RESET)
        self.counters.resets += len(channel.resetting)
        await self._write_to_resetting(channel, list(channel.resetting), stream_events.reset(channel.cursor))

    async def _write_to_all(self, channel: Channel, data: bytes) -> None:
        """Write the same bytes to all connections. Batches are sent, then counted, then the loop gets a turn."""
        latency, version = channel.latency, channel.descriptor_version
        connections = [*channel.current, *channel.backlogged]
        descriptors = [*channel.current.values(), *repeat(INVALID_FD, len(channel.backlogged))]
        for start in range(0, len(connections), READERS_PER_LOOP_TURN):
            batch = connections[start : start + READERS_PER_LOOP_TURN]
            targets = descriptors[start : start + READERS_PER_LOOP_TURN]
            if channel.descriptor_version != version:  # the system may have given a descriptor to another connection
                targets = [channel.current.get(connection, INVALID_FD) for connection in batch]
            counts = self._send(targets, data)
            complete = counts.count(len(data))
            self._count(latency, complete)
            if complete < len(batch):
                self._finish_writes(channel, latency, zip(batch, counts, strict=True), data)
            await asyncio.sleep(0)

    def _finish_writes(
        self, channel: Channel, latency: DeliveryLatency, counts: Iterable[tuple[StreamConnection, int]], data: bytes
    ) -> None:
        """Give the transports what the kernel did not take; `counts` has the bytes taken for each connection."""
        for connection, count in counts:
            if count == len(data):
                continue
            if connection.channel is not channel:
                latency.audience_size -= 1
                continue
            connection.pending_change = latency
            if count == UNKNOWN_COUNT:
                self._drop(connection, ConnectionEvent.SENT_BYTES_UNKNOWN)
            else:
                self._write_or_drop(connection, data[max(count, 0) :])
            self._count_if_current(connection)

    def _write_or_drop(self, connection: StreamConnection, data: bytes) -> None:
        """Append to the unsent bytes of a connection, or drop it if there are too many."""
        if connection.unsent_bytes() > MAX_UNSENT_BYTES:
            self._drop(connection, ConnectionEvent.BACKLOG_EXCEEDED)
        else:
            connection.write(data)

    def _drop(self, connection: StreamConnection, event: ConnectionEvent) -> None:
        """Close a connection at once; the client reconnects with its cursor."""
        self.counters.dropped += 1
        connection.drop(event)

    async def _write_in_chunks(self, channel: Channel, before: int) -> None:
        """Write many changes in chunks, as to a connection that catches up from change number `before`."""
        for count, connection in enumerate([*channel.current, *channel.backlogged], start=1):
            if connection.channel is channel:
                connection.pending_change = channel.latency
                channel.apply(connection, ConnectionEvent.LARGE_CHANGE_PUBLISHED)
                connection.seq = before
                if connection.blocked_since < 0:
                    self._catch_up(channel, connection)
            else:
                channel.latency.audience_size -= 1
            if count % READERS_PER_LOOP_TURN == 0:
                await asyncio.sleep(0)

    async def _write_to_resetting(self, channel: Channel, connections: Sequence[StreamConnection], data: bytes) -> None:
        """Write the same bytes to those connections that are still resetting; no figure counts them."""
        for count, connection in enumerate(connections, start=1):
            if connection in channel.resetting:
                self._write_or_drop(connection, data)
            if count % READERS_PER_LOOP_TURN == 0:
                await asyncio.sleep(0)

    def _count(self, latency: DeliveryLatency, readers: int) -> None:
        seconds = max(0.0, self._clock() - latency.committed_at)
        latency.add(seconds, readers)
        self.counters.delivered(seconds, readers)

    # ─── heartbeat ───

    async def run_heartbeat(self) -> None:
        """Send heartbeats until cancelled."""
        while True:
            await asyncio.sleep(TICK_SECONDS)
            self.send_heartbeats()

    def send_heartbeats(self) -> None:
        """Advance one tick: send the heartbeats that are due, end the oldest connections, drop the blocked ones."""
        for connection in self.wheel.advance():
            if connection.blocked_since >= 0:
                if self.wheel.tick - connection.blocked_since > MAX_BLOCKED_TICKS:
                    self._drop(connection, ConnectionEvent.BACKLOG_EXCEEDED)
            elif self.wheel.tick - connection.opened_tick > lifetime_ticks(connection.wheel_slot):
                connection.end(stream_events.bye(random.uniform(0.1, 3)))
            else:
                connection.write(stream_events.HEARTBEAT)

    def close(self) -> None:
        """Send a goodbye to all clients because the process stops; they reconnect at random within some seconds."""
        connections = self.wheel.all_items()
        window = reconnect_window_seconds(len(connections))
        for connection in connections:
            connection.end(stream_events.bye(random.uniform(0.2, window)))
        self._backfill.cancel()
