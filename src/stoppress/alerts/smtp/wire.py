"""A byte stream to the relay: one reader, one writer, TLS from the start or later on."""

import asyncio
import ssl
from collections.abc import Awaitable
from typing import cast

from stoppress.alerts.smtp.errors import RelayBrokeProtocol


class Wire(asyncio.Protocol):
    """Bytes in and out. After the connection is gone `receive()` gives what had come before, then b"" for ever."""

    def __init__(self) -> None:
        self._transport: asyncio.Transport | None = None
        self._heard = bytearray()
        self._ended = False
        self._stuck = False
        self._change: asyncio.Future[None] | None = None

    @classmethod
    async def open(cls, host: str, port: int, tls: ssl.SSLContext | None) -> "Wire":
        """Connect. `tls`: begin with a handshake.

        Raises:
            OSError: no connection; `ssl.SSLError` when it is for TLS.
        """
        loop = asyncio.get_running_loop()
        _, wire = await loop.create_connection(cls, host, port, ssl=tls, server_hostname=host if tls else None)
        return wire

    @property
    def gone(self) -> bool:
        """True when nothing will come or go any more. A failed write shows here before asyncio reports it."""
        return self._ended or (self._transport is not None and self._transport.is_closing())

    @property
    def local_address(self) -> str:
        """The IP address that the relay sees us come from, as far as we know."""
        name = self._transport and self._transport.get_extra_info("sockname")
        return str(name[0]) if name else ""

    def send(self, data: bytes) -> bool:
        """Send; False when some of it waits in this process, as `sent()` does then."""
        if self._transport and not self.gone:
            self._transport.write(data)
        return not self._stuck

    async def sent(self) -> None:
        """Return when nothing waits in this process: what breaks later was said."""
        while self._stuck and not self.gone:
            await self._changed()

    async def receive(self) -> bytes:
        """What has come, at least one byte; b"" when nothing will come any more."""
        while not self._heard and not self.gone:
            await self._changed()
        data, self._heard = bytes(self._heard), bytearray()
        return data

    async def secure(self, tls: ssl.SSLContext, host: str) -> None:
        """Do the TLS handshake on the open connection.

        Raises:
            RelayBrokeProtocol: the relay sent something in the clear that was meant to look secured (CVE-2011-0411).
            OSError: as `open`.
        """
        if self._heard or self.gone or not self._transport:
            raise RelayBrokeProtocol("the relay spoke in the clear after STARTTLS, or left")
        loop = asyncio.get_running_loop()
        transport = await loop.start_tls(self._transport, self, tls, server_hostname=host)
        self.connection_made(cast(asyncio.Transport, transport))

    def close(self) -> None:
        """Drop the connection, with whatever waits to be sent."""
        if self._transport:
            self._transport.abort()
        self.connection_lost(None)

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """asyncio: the connection is there."""
        self._transport = cast(asyncio.Transport, transport)
        self._transport.set_write_buffer_limits(high=1, low=0)  # asyncio's TLS never resumes from 0

    def data_received(self, data: bytes) -> None:
        """asyncio: bytes came."""
        self._heard += data
        self._wake()

    def eof_received(self) -> bool:
        """asyncio: the relay will send no more. No SMTP server half-closes, so that is the end."""
        self._ended = True
        self._wake()
        return False

    def connection_lost(self, exc: Exception | None) -> None:
        """asyncio: the connection is gone."""
        self._ended = True
        self._wake()

    def pause_writing(self) -> None:
        """asyncio: something waits to be sent."""
        self._stuck = True

    def resume_writing(self) -> None:
        """asyncio: all is sent."""
        self._stuck = False
        self._wake()

    def _changed(self) -> Awaitable[None]:
        self._change = asyncio.get_running_loop().create_future()
        return self._change

    def _wake(self) -> None:
        if self._change and not self._change.done():
            self._change.set_result(None)
