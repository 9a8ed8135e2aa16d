"""One stream connection: a socket that is only written to, with its state. It takes 2 KiB, socket included."""

import asyncio
from typing import TYPE_CHECKING

from stoppress.edge.live.connection_states import ConnectionEvent, ConnectionState
from stoppress.edge.live.stream_limits import stream_limits

if TYPE_CHECKING:
    from stoppress.edge.live.channel import Channel
    from stoppress.edge.live.delivery_latency import DeliveryLatency
    from stoppress.edge.live.hub import Hub

MAX_BYTES_FROM_READER = 8 * 1024
"""Bytes that a client may send after its request for a stream; they are ignored."""


class StreamConnection(asyncio.Protocol):
    """One stream connection. Bytes that the client sends after its request are counted and ignored.

    Its transport has a write buffer limit of 0. So uvloop passes every write to the kernel at once, not in the next
    turn of the loop. It calls `pause_writing` during the write if the kernel did not take everything, and
    `resume_writing` once it has.
    """

    __slots__ = (
        "blocked_since",
        "channel",
        "client",
        "descriptor",
        "hub",
        "opened_tick",
        "pending_change",
        "received",
        "seq",
        "state",
        "transport",
        "wheel_slot",
    )

    def __init__(self, transport: asyncio.WriteTransport, descriptor: int, hub: "Hub") -> None:
        """Create a connection that has joined no channel yet.

        Args:
            transport: uvloop's transport of the socket.
            descriptor: file descriptor of the socket. It stays open while `transport` is set: the transport calls
                `connection_lost` before it closes the socket.
            hub: receives the events of this connection.
        """
        self.transport: asyncio.WriteTransport | None = transport
        self.descriptor = descriptor
        self.hub = hub
        self.channel: Channel | None = None
        self.client = ""
        """The key of the client that was admitted (stream_limits.py); empty if it is not counted."""
        self.state = ConnectionState.CATCHING_UP
        self.received = 0
        """Bytes that the client has sent since its request; they count against MAX_BYTES_FROM_READER."""
        self.seq = 0
        """Number of the last change written, while the connection is catching up, backfilling or ahead; else 0."""
        self.opened_tick = self.wheel_slot = 0
        """The heartbeat tick at which it joined, and its slot of the timing wheel."""
        self.pending_change: DeliveryLatency | None = None
        """The change that was published while it was connected and that it does not have yet; for the figures."""
        self.blocked_since = -1
        """The tick since which the transport holds unsent bytes; -1 if it holds none, as nearly always."""

    def start_writing(self) -> None:
        """Take over the transport, with the bytes that are still unsent from an earlier response."""
        if self.transport is not None:
            self.transport.set_write_buffer_limits(high=0)
        if self.unsent_bytes():
            self.hub.on_write_blocked(self)

    def write(self, data: bytes) -> None:
        """Send complete frames. If the kernel does not take them all, `pause_writing` is called before this returns."""
        if self.transport is not None:
            self.transport.write(data)

    def unsent_bytes(self) -> int:
        """Return the number of bytes that the transport holds because the kernel has not taken them."""
        return self.transport.get_write_buffer_size() if self.transport is not None else 0

    def end(self, goodbye: bytes) -> None:
        """Send the last frame and close. Abort the connection if the kernel does not take the frame at once."""
        transport = self.transport
        if transport is None:
            return
        self._leave(ConnectionEvent.DISCONNECTED)
        transport.write(goodbye)
        if transport.get_write_buffer_size():
            transport.abort()
        else:
            transport.close()

    def drop(self, event: ConnectionEvent) -> None:
        """Close at once and discard unsent bytes; the client reconnects with its cursor."""
        transport = self.transport
        if transport is not None:
            self._leave(event)
            transport.abort()

    def _leave(self, event: ConnectionEvent) -> None:
        self.transport = None
        if self.client:
            stream_limits.release(self.client)
        self.hub.leave(self, event)

    def data_received(self, data: bytes) -> None:
        """Ignore what the client sends after its request; close the connection if it is too much."""
        self.received += len(data)
        if self.received > MAX_BYTES_FROM_READER:
            self.drop(ConnectionEvent.DISCONNECTED)

    def pause_writing(self) -> None:
        """Report to the hub that the kernel did not take all bytes of the current write."""
        if self.transport is not None:
            self.hub.on_write_blocked(self)

    def resume_writing(self) -> None:
        """Report to the hub that the kernel has taken all unsent bytes."""
        if self.transport is not None:
            self.hub.on_drained(self)

    def connection_lost(self, exc: Exception | None) -> None:
        """Leave the channel: the client has closed the connection, or it broke."""
        if self.transport is not None:
            self._leave(ConnectionEvent.DISCONNECTED)
