"""A byte stream to the relay that calls back with received data; TLS from the start or after STARTTLS."""

import asyncio
import ssl
from collections.abc import Callable
from typing import cast


class RelayTransport(asyncio.Protocol):
    """Send and receive bytes.

    Args:
        on_data: called with received bytes at once; with b"" once, when the connection has ended.
        on_writable: called when all written bytes have left this process.
    """

    def __init__(self, on_data: Callable[[bytes], None], on_writable: Callable[[], None]) -> None:
        self._on_data, self._on_writable = on_data, on_writable
        self._transport: asyncio.Transport | None = None
        self._ended = False
        self.is_blocked = False
        """True while written bytes wait in this process."""

    async def connect(self, host: str, port: int, tls: ssl.SSLContext | None) -> None:
        """Connect, and begin with a TLS handshake if `tls` is given.

        Raises:
            OSError: the connection failed; `ssl.SSLError` if TLS failed.
        """
        loop = asyncio.get_running_loop()
        await loop.create_connection(lambda: self, host, port, ssl=tls, server_hostname=host if tls else None)

    @property
    def is_closed(self) -> bool:
        """True when no more bytes can be sent or received. A failed write shows here before asyncio reports it."""
        return self._ended or self._transport is None or self._transport.is_closing()

    @property
    def tls(self) -> ssl.SSLObject | None:
        """The TLS layer, or None if the connection is not encrypted."""
        return cast("ssl.SSLObject | None", self._transport and self._transport.get_extra_info("ssl_object"))

    @property
    def local_address(self) -> str:
        """The IP address of this end of the connection, or ""."""
        name = self._transport and self._transport.get_extra_info("sockname")
        return str(name[0]) if name else ""

    def write(self, data: bytes) -> None:
        """Send bytes. If not all of them leave this process at once, `is_blocked` becomes True."""
        transport = self._transport
        if transport and not self._ended and not transport.is_closing():
            transport.write(data)

    async def start_tls(self, tls: ssl.SSLContext, host: str) -> None:
        """Do the TLS handshake on the open connection.

        Raises:
            OSError: as `connect`.
        """
        if self.is_closed:
            raise ConnectionResetError("the relay closed the connection")
        loop = asyncio.get_running_loop()
        transport = await loop.start_tls(cast(asyncio.Transport, self._transport), self, tls, server_hostname=host)
        self.connection_made(cast(asyncio.Transport, transport))

    def close(self) -> None:
        """Drop the connection with all unsent bytes. No callback is called any more."""
        self._ended = True
        if self._transport:
            self._transport.abort()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Store the transport; called by asyncio."""
        self._transport = cast(asyncio.Transport, transport)
        self._transport.set_write_buffer_limits(high=1, low=0)  # asyncio's TLS never resumes from 0

    def data_received(self, data: bytes) -> None:
        """Pass on received bytes; called by asyncio."""
        if not self._ended:
            self._on_data(data)

    def eof_received(self) -> bool:
        """Treat the end of the relay's data as the end of the connection: no SMTP server closes only one half."""
        self.connection_lost(None)
        return False

    def connection_lost(self, exc: Exception | None) -> None:
        """Report the end of the connection; called by asyncio."""
        if not self._ended:
            self._ended = True
            self._on_data(b"")

    def pause_writing(self) -> None:
        """Mark the stream as blocked; called by asyncio."""
        self.is_blocked = True

    def resume_writing(self) -> None:
        """Mark the stream as writable; called by asyncio."""
        self.is_blocked = False
        if not self._ended:
            self._on_writable()
