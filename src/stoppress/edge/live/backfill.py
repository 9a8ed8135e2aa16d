"""Backfill: read frames that the replay buffer lacks from the database, once for all waiting connections."""

import asyncio
import logging
import random
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass

from stoppress.coverage.public_state import Cursor
from stoppress.edge.live import stream_events
from stoppress.edge.live.channel import Channel
from stoppress.edge.live.connection import StreamConnection
from stoppress.edge.live.connection_states import ConnectionState
from stoppress.edge.live.delivery_latency import StreamCounters
from stoppress.edge.live.replay_buffer import MAX_REPLAYED_CHANGES, Frame

log = logging.getLogger(__name__)

READERS_PER_LOOP_TURN = 1000
"""Connections that are handled before the event loop gets a turn."""
READ_STEP = 50
"""Reads begin after a multiple of this number, so that they also serve connections with slightly older cursors."""


@dataclass(frozen=True)
class MissedFrames:
    """Frames as they are in the database now."""

    log_end: Cursor
    """Position of the log when the frames were read."""
    frames: Sequence[Frame]


FetchFrames = Callable[[str, int, int], Awaitable[MissedFrames]]
"""`fetch(slug, after, until)` reads the frames numbered above `after`, up to `until`."""
ConnectionAction = Callable[[Channel, StreamConnection], None]


class BackfillLoader:
    """Loads frames; then each waiting connection continues, waits for its channel, or is reset."""

    def __init__(
        self, fetch: FetchFrames, counters: StreamCounters, catch_up: ConnectionAction, reset: ConnectionAction
    ) -> None:
        self._fetch, self._counters, self._catch_up, self._reset = fetch, counters, catch_up, reset
        self._tasks: set[asyncio.Task[None]] = set()

    def start(self, channel: Channel) -> None:
        """Start one read for all connections of the channel that wait, unless a read is running."""
        if not channel.is_backfilling:
            channel.is_backfilling = True
            self._counters.backfills += 1
            task = asyncio.get_running_loop().create_task(self._load(channel))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)

    def cancel(self) -> None:
        """Cancel all reads because the process stops."""
        for task in self._tasks:
            task.cancel()

    async def _load(self, channel: Channel) -> None:
        waited, edit_version, buffer = set(_waiting_connections(channel)), channel.edit_version, channel.replay_buffer
        lowest = min((connection.seq for connection in waited), default=buffer.end)
        after = max(lowest, buffer.end - MAX_REPLAYED_CHANGES, 0)
        try:
            missed = await self._fetch(channel.slug, min(after // READ_STEP * READ_STEP, buffer.start), buffer.start)
        except Exception:
            log.exception("coverage %s: cannot read frames after change %d; clients reconnect", channel.slug, after)
            for connection in _waiting_connections(channel):
                connection.end(stream_events.bye(random.uniform(2, 5)))
            return
        finally:
            channel.is_backfilling = False
        no_edit = edit_version == channel.edit_version
        if missed.log_end.epoch == channel.epoch and no_edit:
            channel.replay_buffer.prepend(missed.frames)
        for count, connection in enumerate(_waiting_connections(channel), start=1):
            if connection.channel is channel and _is_waiting(connection):
                came_later = connection not in waited
                has_gap = no_edit and not came_later and connection.seq < channel.replay_buffer.start
                self._continue_connection(channel, connection, missed.log_end, came_later=came_later, has_gap=has_gap)
            if count % READERS_PER_LOOP_TURN == 0:
                await asyncio.sleep(0)

    def _continue_connection(
        self, channel: Channel, connection: StreamConnection, log_end: Cursor, *, came_later: bool, has_gap: bool
    ) -> None:
        """Continue with one connection that waited.

        Args:
            channel: the channel of the connection.
            connection: a connection that is backfilling or ahead.
            log_end: position of the log when it was read.
            came_later: True if the connection began to wait after the read had begun.
            has_gap: True if the log has lost frames that the connection needs.
        """
        position = channel.replay_buffer.end
        other_epoch = log_end.epoch != channel.epoch
        missed_too_many = connection.seq < position - MAX_REPLAYED_CHANGES
        beyond_log = connection.seq > max(log_end.seq, position)
        if came_later and (connection.state is ConnectionState.AHEAD or other_epoch):
            self.start(channel)  # its cursor may come from changes that are newer than this read
        elif has_gap or other_epoch or missed_too_many or beyond_log:
            self._reset(channel, connection)
        elif connection.seq <= position:
            self._catch_up(channel, connection)


def _is_waiting(connection: StreamConnection) -> bool:
    return connection.state in (ConnectionState.BACKFILLING, ConnectionState.AHEAD)


def _waiting_connections(channel: Channel) -> list[StreamConnection]:
    return [connection for connection in channel.catching_up if _is_waiting(connection)]
