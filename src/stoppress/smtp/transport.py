"""A byte stream to the relay: tells whoever holds it what comes; TLS from the start or later on."""

import asyncio
import ssl
from collections.abc import Callable
from typing import cast


class RelayTransport(asyncio.Protocol):
    """Bytes in and out.

    Args:
        hear: told what comes, in the moment it comes; b"" once when nothing will come any more.
        resume: told that nothing waits to be sent any more.
    """

    def __init__(self, hear: Callable[[bytes], None], resume: Callable[[], None]) -> None:
        self._hear, self._resume = hear, resume
        self._transport: asyncio.Transport | None = None
        self._ended = False
        #: True while something that was sent waits in this process.
        self.is_blocked = False

    async def connect(self, host: str, port: int, tls: ssl.SSLContext | None) -> None:
        """Connect. `tls`: begin with a handshake.

        Raises:
            OSError: no connection; `ssl.SSLError` when it is for TLS.
        """
        loop = asyncio.get_running_loop()
        await loop.create_connection(lambda: self, host, port, ssl=tls, server_hostname=host if tls else None)

    @property
    def is_closed(self) -> bool:
        """True when nothing will come or go any more. A failed write shows here before asyncio reports it."""
        return self._ended or self._transport is None or self._transport.is_closing()

    @property
    def local_address(self) -> str:
        """The IP address that the relay sees us come from, as far as we know."""
        name = self._transport and self._transport.get_extra_info("sockname")
        return str(name[0]) if name else ""

    def write(self, data: bytes) -> None:
        """Send. If not all of it leaves this process at once, the wire is `is_blocked`."""
        transport = self._transport
        if transport and not self._ended and not transport.is_closing():
            transport.write(data)

    async def start_tls(self, tls: ssl.SSLContext, host: str) -> None:
        """Do the TLS handshake on the open connection.

        Raises:
            OSError: as `open`.
        """
        if self.is_closed:
            raise ConnectionResetError("the relay closed the connection")
        loop = asyncio.get_running_loop()
        transport = await loop.start_tls(cast(asyncio.Transport, self._transport), self, tls, server_hostname=host)
        self.connection_made(cast(asyncio.Transport, transport))

    def close(self) -> None:
        """Drop the connection, with whatever waits to be sent. Nobody is told anything any more."""
        self._ended = True
        if self._transport:
            self._transport.abort()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """asyncio: the connection is there."""
        self._transport = cast(asyncio.Transport, transport)
        self._transport.set_write_buffer_limits(high=1, low=0)  # asyncio's TLS never resumes from 0

    def data_received(self, data: bytes) -> None:
        """asyncio: bytes came."""
        if not self._ended:
            self._hear(data)

    def eof_received(self) -> bool:
        """asyncio: the relay will send no more. No SMTP server half-closes, so that is the end."""
        self.connection_lost(None)
        return False

    def connection_lost(self, exc: Exception | None) -> None:
        """asyncio: the connection is gone."""
        if not self._ended:
            self._ended = True
            self._hear(b"")

    def pause_writing(self) -> None:
        """asyncio: something waits to be sent."""
        self.is_blocked = True

    def resume_writing(self) -> None:
        """asyncio: all is sent."""
        self.is_blocked = False
        if not self._ended:
            self._resume()
