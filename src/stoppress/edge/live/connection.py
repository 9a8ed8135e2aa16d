"""One open stream: a socket that is only written to, and the few facts the hub needs. 2 KiB each, sockets included."""

import asyncio
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from stoppress.edge.live.channel import Channel
    from stoppress.edge.live.delivery_latency import DeliveryLatency
    from stoppress.edge.live.hub import Hub

CURRENT = 0
"""Has been written everything its room has: needs no number of its own."""
CATCHING_UP = 1
"""Catches up; the next piece is written when the last has been taken. What it owes does not count against it."""
LOADING = 2
"""Waits for frames to be read from the database."""
AHEAD = 3
"""Came with a cursor that this process has not reached yet."""
RESETTING = 4
"""Was told to load its page again, and does not count until it has."""

MAX_BYTES_FROM_READER = 8 * 1024
"""Bytes that a client may send after its request for a stream; they are ignored."""


class StreamConnection(asyncio.Protocol):
    """One open stream. What the client sends after its request is counted and ignored.

    Its transport may hold nothing back: so uvloop hands every write to the kernel at once, not in the loop's next turn,
    and says there and then (`pause_writing`) if not all of it was taken, and later when it was.
    """

    __slots__ = (
        "blocked_since",
        "descriptor",
        "hub",
        "pending_change",
        "state",
        "received",
        "channel",
        "seq",
        "opened_tick",
        "wheel_slot",
        "transport",
    )

    def __init__(self, transport: asyncio.WriteTransport, descriptor: int, hub: "Hub") -> None:
        self.transport: asyncio.WriteTransport | None = transport
        self.descriptor = descriptor
        """Of its socket: open as long as there is a transport here, for the transport only closes it after telling."""
        self.hub = hub
        self.channel: Channel | None = None
        self.state = CATCHING_UP
        self.received = 0
        """Bytes that the client has sent since its request; they count against MAX_BYTES_FROM_READER."""
        self.seq = 0
        """Where it stands, while it is not abreast of its room."""
        self.opened_tick = self.wheel_slot = 0
        """When it came (in ticks of the heartbeat's wheel), and its place on the wheel."""
        self.pending_change: DeliveryLatency | None = None
        """The change that it was listening for and has not taken yet: for the figures."""
        self.blocked_since = -1
        """The tick since which it owes bytes that the kernel has not taken; -1 for nearly everybody."""

    def start_writing(self) -> None:
        """Take over a transport, with whatever it still owes from before."""
        if self.transport is not None:
            self.transport.set_write_buffer_limits(high=0)
        if self.unsent_bytes():
            self.hub.fell_behind(self)

    def write(self, data: bytes) -> None:
        """Send ready bytes; if the kernel does not take them all now, `pause_writing` has been called on return."""
        if self.transport is not None:
            self.transport.write(data)

    def unsent_bytes(self) -> int:
        """Bytes that the kernel has not taken."""
        return self.transport.get_write_buffer_size() if self.transport is not None else 0

    def end(self, last_words: bytes) -> None:
        """Say good-bye; close when that has gone out, at once if it does not."""
        transport = self.transport
        if transport is None:
            return
        self._gone()
        transport.write(last_words)
        if transport.get_write_buffer_size():
            transport.abort()
        else:
            transport.close()

    def drop(self) -> None:
        """Close at once, with what is unsent; the reader comes back with its cursor."""
        transport = self.transport
        self._gone()
        if transport is not None:
            transport.abort()

    def _gone(self) -> None:
        self.transport = None
        self.hub.leave(self)

    def data_received(self, data: bytes) -> None:
        """Ignore what the client sends after its request; close the connection if it is too much."""
        self.received += len(data)
        if self.received > MAX_BYTES_FROM_READER:
            self.drop()

    def pause_writing(self) -> None:
        """The kernel has not taken everything, of what is being written just now."""
        if self.transport is not None:
            self.hub.fell_behind(self)

    def resume_writing(self) -> None:
        """The kernel has taken what was unsent."""
        if self.transport is not None:
            self.hub.drained(self)

    def connection_lost(self, exc: Exception | None) -> None:
        """Gone, for whatever reason."""
        if self.transport is not None:
            self._gone()
