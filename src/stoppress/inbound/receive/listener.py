"""The listener: sockets around visits (visit.py).

The listener awaits `receive` for each message and answers with the reply that it returns. The bounce listener's
`receive` (clerk.py) replies 250 when the report is committed, the demo's inbox when the file is on the disk. The sender
keeps the message until then and sends it again if this process dies in between.
"""

import asyncio
import contextlib
import logging
import os
import ssl
import time
from collections.abc import Awaitable, Callable, Iterator, Sequence

from stoppress.inbound.receive.listen_addresses import ListenAddress
from stoppress.inbound.receive.listener_limits import ConnectionLimiter
from stoppress.inbound.receive.recipient_check import RecipientCheck
from stoppress.inbound.receive.smtp_session import BOUNCE_LIMITS, CloseSession, Event, SessionLimits, ReceivedMessage, StartTLS, SmtpSession
from stoppress.runtime.networks import internet_network

log = logging.getLogger(__name__)

READ_BYTES = 65_536
"""Bytes read in one piece."""
IDLE_SECONDS = 300.0
"""Seconds a sender may be silent (RFC 5321 4.5.3.2.7)."""
MAX_SESSION_SECONDS = 1800.0
"""Seconds a visit may last at all, however slowly somebody talks."""
CLOSE_DELAY_SECONDS = 30.0
"""Seconds a sender gets to read our last reply."""
BACKLOG = 128

MessageHandler = Callable[[ReceivedMessage, str], Awaitable[str]]
"""Take a message that came by "smtp" or "lmtp"; return the reply line, code first."""


class SmtpListener:
    """Use `start` and `stop` in one loop.

    Args:
        places: where to listen.
        admit: return True for an address that takes mail; others are refused at RCPT.
        receive: take a message and return its reply.
        hostname: the name in the greeting.
        limits: limits of each session.
        banner: the words after the name in the greeting.

    Raises:
        OSError: from `start`, if a place cannot be listened at.
    """

    def __init__(
        self,
        places: Sequence[ListenAddress],
        admit: RecipientCheck,
        receive: MessageHandler,
        hostname: str,
        *,
        limits: SessionLimits = BOUNCE_LIMITS,
        banner: str = "bounces and complaints only",
    ) -> None:
        self._places, self._admit, self._receive_message, self._hostname = places, admit, receive, hostname
        self._limits, self._banner = limits, banner
        self._traffic = ConnectionLimiter()
        self._servers: list[asyncio.Server] = []
        self._visits: set[asyncio.Task[None]] = set()

    async def start(self) -> None:
        """Listen everywhere."""
        for place in self._places:
            self._servers.append(await self._listen(place))
            log.info("listening for mail at %s", place)

    async def stop(self) -> None:
        """Take no more, and end the visits. Who hears nothing of a message sends it again, and it counts once."""
        for server in self._servers:
            server.close()
        for visit in self._visits:
            visit.cancel()
        await asyncio.gather(*self._visits, return_exceptions=True)
        for place in self._places:
            if place.path:
                with contextlib.suppress(FileNotFoundError):
                    os.unlink(place.path)

    @property
    def listens(self) -> bool:
        """Whether all places are open."""
        return len(self._servers) == len(self._places) and all(server.is_serving() for server in self._servers)

    @property
    def ports(self) -> list[int]:
        """The TCP ports that are listened on."""
        return [socket.getsockname()[1] for server in self._servers for socket in server.sockets if socket.family != 1]

    async def _listen(self, place: ListenAddress) -> asyncio.Server:
        context = place.tls()

        async def visited(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            await self._guarded(place, context, reader, writer)

        if not place.path:
            return await asyncio.start_server(visited, place.host, place.port, limit=READ_BYTES, backlog=BACKLOG)
        server = await asyncio.start_unix_server(visited, place.path, limit=READ_BYTES, backlog=BACKLOG)
        os.chmod(place.path, place.mode)
        return server

    async def _guarded(
        self, place: ListenAddress, tls: ssl.SSLContext | None, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._visits.add(task)
        try:
            with contextlib.suppress(OSError, TimeoutError, asyncio.CancelledError):
                async with asyncio.timeout(MAX_SESSION_SECONDS):
                    await self._receive(place, tls, reader, writer)
        except Exception:
            log.exception("a visit broke off")
        finally:
            self._visits.discard(task)
            writer.close()
            asyncio.get_running_loop().call_later(CLOSE_DELAY_SECONDS, writer.transport.abort)

    async def _receive(
        self, place: ListenAddress, tls: ssl.SSLContext | None, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        network = internet_network(str((writer.get_extra_info("peername") or [""])[0])) if not place.path else ""
        with self._entered(network) as conversation:
            if conversation is None:
                writer.write(b"421 4.7.0 too many at once, come again\r\n")
                return await writer.drain()
            talk = ListenerConnection(reader, writer, network)
            visit = self._begin(place, starttls=tls is not None)
            await talk.say(visit.greeting())
            conversation.append(visit)
            event = await self._converse(talk, visit, place)
            if isinstance(event, StartTLS) and tls:
                async with asyncio.timeout(IDLE_SECONDS):
                    await writer.start_tls(tls)  # goes on reading
                visit = self._begin(place)
                conversation.append(visit)
                await self._converse(talk, visit, place)
        return None

    def _begin(self, place: ListenAddress, *, starttls: bool = False) -> SmtpSession:
        return SmtpSession(
            self._admit,
            self._hostname,
            lmtp=place.lmtp,
            starttls=starttls,
            limits=self._limits,
            banner=self._banner,
        )

    @contextlib.contextmanager
    def _entered(self, network: str) -> Iterator[list[SmtpSession] | None]:
        """Counted in, and counted out with what was refused."""
        visits: list[SmtpSession] = []
        if not self._traffic.may_enter(network, time.monotonic()):
            yield None
            return
        try:
            yield visits
        finally:
            self._traffic.left(network, sum(visit.slips for visit in visits), time.monotonic())

    async def _converse(self, talk: "ListenerConnection", visit: SmtpSession, place: ListenAddress) -> Event | None:
        """Until the sender hangs up, or an event that ends it."""
        while data := await talk.hear():
            said, event = visit.receive(data)
            while isinstance(event, ReceivedMessage):
                await talk.say(said)
                said, event = visit.answer(await self._taken(event, talk.network, place))
            if isinstance(event, StartTLS):
                talk.pause()  # what comes after our "go ahead" is the handshake's
            await talk.say(said)
            if isinstance(event, CloseSession | StartTLS):
                return event
        return None

    async def _taken(self, message: ReceivedMessage, network: str, place: ListenAddress) -> str:
        if not self._traffic.may_send(network, time.monotonic()):
            return "451 4.7.0 too many at once, come again"
        return await self._receive_message(message, "lmtp" if place.lmtp else "smtp")


class ListenerConnection:
    """One connection, with its patience."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, network: str) -> None:
        self._reader, self._writer, self.network = reader, writer, network

    async def hear(self) -> bytes:
        """What comes next; b"" at the end."""
        async with asyncio.timeout(IDLE_SECONDS):  # not wait_for: until Python 3.12 it may swallow the cancellation by `stop`
            return await self._reader.read(READ_BYTES)

    def pause(self) -> None:
        """Leave what comes next where it is."""
        if isinstance(self._writer.transport, asyncio.ReadTransport):
            self._writer.transport.pause_reading()

    async def say(self, data: bytes) -> None:
        """Raises OSError, TimeoutError."""
        if data:
            self._writer.write(data)
            async with asyncio.timeout(IDLE_SECONDS):
                await self._writer.drain()
