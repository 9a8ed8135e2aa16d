"""The listener: sockets and timeouts around SMTP sessions (smtp_session.py).

The listener awaits `handle_message` for each message and sends the reply that it returns. The bounce listener
(recording_thread.py) replies 250 when the report is committed, the inbox of the demo when the file is on the disk. The
client keeps the message until then, and sends it again if this process dies in between.
"""

import asyncio
import contextlib
import logging
import socket
import ssl
import time
from collections.abc import Awaitable, Callable, Iterator, Sequence
from pathlib import Path

from stoppress.inbound.receive.listen_addresses import ListenAddress
from stoppress.inbound.receive.listener_limits import ConnectionLimiter
from stoppress.inbound.receive.recipient_check import RecipientCheck
from stoppress.inbound.receive.smtp_session import (
    BOUNCE_LIMITS,
    CloseSession,
    Event,
    ReceivedMessage,
    SessionLimits,
    SmtpSession,
    StartTLS,
)
from stoppress.runtime.networks import internet_network

log = logging.getLogger(__name__)

READ_BYTES = 65_536
"""Bytes read at once."""
IDLE_SECONDS = 300.0
"""Seconds a client may be silent (RFC 5321 4.5.3.2.7)."""
MAX_CONNECTION_SECONDS = 1800.0
"""Seconds a connection may last, however slow the client is."""
CLOSE_DELAY_SECONDS = 30.0
"""Seconds a client gets to read the last reply before the connection is aborted."""
BACKLOG = 128

MessageHandler = Callable[[ReceivedMessage, str], Awaitable[str]]
"""Process a message received by "smtp" or "lmtp"; return the reply line, code first."""


class SmtpListener:
    """Listen for mail on several addresses. Use `start` and `stop` in one event loop.

    Args:
        addresses: where to listen.
        accepts_recipient: returns True for an address that accepts mail; others are refused at RCPT.
        handle_message: processes a message and returns its reply.
        hostname: the name in the greeting.
        limits: limits of each session.
        banner: the text after the name in the greeting.
    """

    def __init__(
        self,
        addresses: Sequence[ListenAddress],
        accepts_recipient: RecipientCheck,
        handle_message: MessageHandler,
        hostname: str,
        *,
        limits: SessionLimits = BOUNCE_LIMITS,
        banner: str = "bounces and complaints only",
    ) -> None:
        self._addresses, self._accepts_recipient = addresses, accepts_recipient
        self._handle_message, self._hostname = handle_message, hostname
        self._limits, self._banner = limits, banner
        self._limiter = ConnectionLimiter()
        self._servers: list[asyncio.Server] = []
        self._connections: set[asyncio.Task[None]] = set()

    async def start(self) -> None:
        """Listen on all addresses.

        Raises:
            OSError: an address cannot be used.
        """
        for address in self._addresses:
            self._servers.append(await self._listen(address))
            log.info("listening for mail on %s", address)

    async def stop(self) -> None:
        """Stop listening and end all sessions. A client without a reply sends its message again; it counts once."""
        for server in self._servers:
            server.close()
        for connection in self._connections:
            connection.cancel()
        await asyncio.gather(*self._connections, return_exceptions=True)
        for address in self._addresses:
            if address.path:
                Path(address.path).unlink(missing_ok=True)

    @property
    def is_listening(self) -> bool:
        """True if all addresses are open."""
        return len(self._servers) == len(self._addresses) and all(server.is_serving() for server in self._servers)

    @property
    def ports(self) -> list[int]:
        """The TCP ports listened on."""
        sockets = [each for server in self._servers for each in server.sockets if each.family != socket.AF_UNIX]
        return [each.getsockname()[1] for each in sockets]

    async def _listen(self, address: ListenAddress) -> asyncio.Server:
        tls = address.tls_context()

        async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            await self._serve(address, tls, reader, writer)

        if not address.path:
            return await asyncio.start_server(serve, address.host, address.port, limit=READ_BYTES, backlog=BACKLOG)
        server = await asyncio.start_unix_server(serve, address.path, limit=READ_BYTES, backlog=BACKLOG)
        Path(address.path).chmod(address.mode)
        return server

    async def _serve(
        self,
        address: ListenAddress,
        tls: ssl.SSLContext | None,
        reader: asyncio.StreamReader,
        writer: asyncio.StreamWriter,
    ) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._connections.add(task)
        try:
            with contextlib.suppress(OSError, TimeoutError, asyncio.CancelledError):
                async with asyncio.timeout(MAX_CONNECTION_SECONDS):
                    await self._run_sessions(address, tls, reader, writer)
        except Exception:
            log.exception("session on %s failed", address)
        finally:
            self._connections.discard(task)
            writer.close()
            asyncio.get_running_loop().call_later(CLOSE_DELAY_SECONDS, writer.transport.abort)

    async def _run_sessions(
        self,
        address: ListenAddress,
        tls: ssl.SSLContext | None,
        reader: asyncio.StreamReader,
        writer: asyncio.StreamWriter,
    ) -> None:
        """Run the session of a connection, and after STARTTLS a second one."""
        peer = str((writer.get_extra_info("peername") or [""])[0])
        network = "" if address.path else internet_network(peer)
        with self._counted_connection(network) as sessions:
            if sessions is None:
                writer.write(b"421 4.7.0 Too many connections, try again later\r\n")
                await writer.drain()
                return
            connection = ListenerConnection(reader, writer, network)
            sessions.append(self._new_session(address, starttls=tls is not None))
            await connection.write(sessions[0].greeting())
            event = await self._run_session(connection, sessions[0], address)
            if isinstance(event, StartTLS) and tls:
                async with asyncio.timeout(IDLE_SECONDS):
                    await writer.start_tls(tls)  # resumes reading
                sessions.append(self._new_session(address))
                await self._run_session(connection, sessions[1], address)

    def _new_session(self, address: ListenAddress, *, starttls: bool = False) -> SmtpSession:
        return SmtpSession(
            self._accepts_recipient,
            self._hostname,
            lmtp=address.lmtp,
            starttls=starttls,
            limits=self._limits,
            banner=self._banner,
        )

    @contextlib.contextmanager
    def _counted_connection(self, network: str) -> Iterator[list[SmtpSession] | None]:
        """Count a connection, and at its end the errors of its sessions; yield None if there are too many."""
        sessions: list[SmtpSession] = []
        if not self._limiter.open_connection(network, time.monotonic()):
            yield None
            return
        try:
            yield sessions
        finally:
            self._limiter.close_connection(network, sum(each.errors for each in sessions), time.monotonic())

    async def _run_session(
        self, connection: "ListenerConnection", session: SmtpSession, address: ListenAddress
    ) -> Event | None:
        """Run a session until the client closes the connection, or an event ends the session."""
        while data := await connection.read():
            output, event = session.receive_data(data)
            while isinstance(event, ReceivedMessage):
                await connection.write(output)
                output, event = session.answer_message(await self._reply_to(event, connection.network, address))
            if isinstance(event, StartTLS):
                connection.pause_reading()  # the next bytes belong to the TLS handshake
            await connection.write(output)
            if isinstance(event, CloseSession | StartTLS):
                return event
        return None

    async def _reply_to(self, message: ReceivedMessage, network: str, address: ListenAddress) -> str:
        if not self._limiter.allow_message(network, time.monotonic()):
            return "451 4.7.0 Too many messages, try again later"
        return await self._handle_message(message, "lmtp" if address.lmtp else "smtp")


class ListenerConnection:
    """One connection with its idle timeout. `read` and `write` raise OSError and TimeoutError."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, network: str) -> None:
        self._reader, self._writer, self.network = reader, writer, network

    async def read(self) -> bytes:
        """Return the next bytes; b"" at the end."""
        # Not wait_for: until Python 3.12 it may swallow the cancellation by `stop`.
        async with asyncio.timeout(IDLE_SECONDS):
            return await self._reader.read(READ_BYTES)

    def pause_reading(self) -> None:
        """Leave the next bytes in the socket."""
        if isinstance(self._writer.transport, asyncio.ReadTransport):
            self._writer.transport.pause_reading()

    async def write(self, data: bytes) -> None:
        """Write bytes and wait until the buffer has room."""
        if data:
            self._writer.write(data)
            async with asyncio.timeout(IDLE_SECONDS):
                await self._writer.drain()
