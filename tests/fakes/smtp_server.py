"""A real SMTP server on a real socket that misbehaves on request.

    with SMTPServer() as relay:
        relay.refuse_recipient("gone@example.org", 550)
        …  # connect to 127.0.0.1, relay.port
        assert relay.accepted[0].recipient == "here@example.org"

It runs in its own thread, so that tests may be synchronous or not. Call its methods before the client connects.
"""

import asyncio
import contextlib
import ssl
import threading
from base64 import b64decode
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Self

DEFAULT_EXTENSIONS = ("PIPELINING", "SIZE 10485760", "8BITMIME", "SMTPUTF8", "ENHANCEDSTATUSCODES")


@dataclass(frozen=True)
class AcceptedMessage:
    """One message that the server accepted; `data` is without dot-stuffing and ends in CRLF."""

    sender: str
    recipient: str
    data: bytes


class ServerScript:
    """The behaviour of the server. Each method is named after the situation that it causes."""

    def __init__(self) -> None:
        self.greeting = "220 fake.example ESMTP ready"
        self.extensions = list(DEFAULT_EXTENSIONS)
        self.recipients: dict[str, int] = {}
        self.refuse_every_nth = 0
        self.recipients_to_defer = 0
        self.at_dot = ""
        self.reply_delay_seconds = 0.0
        self.login: tuple[str, str] | None = None
        self.starttls: ssl.SSLContext | None = None
        self.implicit_tls: ssl.SSLContext | None = None
        self.garbage: set[str] = set()
        self.answers: dict[str, str] = {}
        self.accepts_data_without_recipients = False
        self.silent_at = self.drops_at = ""
        self.loses_pipelined = False
        self.reply_piece_bytes = 0

    def refuse_recipient(self, address: str, code: int = 550) -> None:
        """Reply to this recipient with the code, 4xx or 5xx."""
        self.recipients[address] = code

    def refuse_every(self, n: int) -> None:
        """Refuse the nth recipient, the 2nth, and so on, with 550."""
        self.refuse_every_nth = n

    def defer_first(self, n: int) -> None:
        """Defer the first n recipients with 451."""
        self.recipients_to_defer = n

    def drop_after_dot(self) -> None:
        """Accept the message, then break the connection without a reply."""
        self.at_dot = "drop"

    def hang_after_dot(self) -> None:
        """Accept the message, then send no further reply."""
        self.at_dot = "hang"

    def drop_before_dot(self) -> None:
        """Accept DATA, and break the connection as soon as the text begins."""
        self.at_dot = "drop early"

    def refuse_before_dot(self) -> None:
        """Accept DATA, and when the text begins reply 552 and break the connection."""
        self.at_dot = "refuse early"

    def delay_replies(self, seconds: float) -> None:
        """Wait before each reply."""
        self.reply_delay_seconds = seconds

    def greet_with(self, code: int) -> None:
        """Send this code in place of 220."""
        self.greeting = f"{code} fake.example is not available"

    def require_login(self, user: str, password: str, mechanisms: str = "PLAIN LOGIN") -> None:
        """Require this login before MAIL."""
        self.login = (user, password)
        self.extensions.append(f"AUTH {mechanisms}")

    def offer_starttls(self, certificate: Path, key: Path) -> None:
        """Offer STARTTLS with this certificate."""
        self.starttls = _server_tls_context(certificate, key)

    def speak_tls(self, certificate: Path, key: Path) -> None:
        """Use TLS from the first byte, as for smtps."""
        self.implicit_tls = _server_tls_context(certificate, key)

    def omit_extensions(self, *extensions: str) -> None:
        """Do not offer these extensions; `omit_extensions("EHLO")` does not implement EHLO at all."""
        self.extensions = [offer for offer in self.extensions if offer.split()[0] not in extensions]
        if "EHLO" in extensions:
            self.answers["EHLO"] = "502 5.5.1 what?"

    def reply_with_garbage_to(self, verb: str) -> None:
        """Reply to this verb with invalid bytes."""
        self.garbage.add(verb)

    def set_reply(self, verb: str, reply: str) -> None:
        """Reply to this verb with this line and ignore the command.

        Args:
            verb: the command, or "." for the final dot.
            reply: the line; 421 also closes the connection.
        """
        self.answers[verb] = reply

    def accept_data_without_recipients(self) -> None:
        """Reply 354 to DATA although every recipient was refused (RFC 2920 section 3.1)."""
        self.accepts_data_without_recipients = True

    def offer_chunking(self) -> None:
        """Offer CHUNKING and implement BDAT (RFC 3030); `set_reply("BDAT", …)` offers it without implementing it."""
        self.extensions.append("CHUNKING")

    def hang_at(self, verb: str) -> None:
        """Send no reply from this verb on.

        Args:
            verb: "connect" accepts the connection without a greeting; "" ends the silence for later commands and
                connections.
        """
        self.silent_at = verb

    def drop_at(self, verb: str) -> None:
        """Break the connection at this verb."""
        self.drops_at = verb

    def break_pipelining(self) -> None:
        """Offer PIPELINING, and lose the bytes that come together with a command."""
        self.loses_pipelined = True

    def split_replies(self, size: int) -> None:
        """Send replies in pieces of `size` bytes."""
        self.reply_piece_bytes = size


class SMTPServer(ServerScript):
    """The server on 127.0.0.1."""

    def __init__(self) -> None:
        super().__init__()
        self.port = 0
        self.accepted: list[AcceptedMessage] = []
        #: The command lines of clients, without logins and texts.
        self.commands: list[str] = []
        #: Envelope senders of MAIL commands that were read, answered or not.
        self.senders: list[str] = []
        #: Violations of RFC 5321 or RFC 2920 by clients.
        self.violations: list[str] = []
        self.connections = 0
        self.recipients_seen = 0
        self._loop = asyncio.new_event_loop()
        self._started = threading.Event()
        self._thread = threading.Thread(target=self._run, name="fake-smtp", daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        assert self._started.wait(10), "the fake server did not start"
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._loop.call_soon_threadsafe(self._stopping.set)
        self._thread.join(10)

    def _run(self) -> None:
        with contextlib.closing(self._loop):
            self._loop.run_until_complete(self._serve())

    async def _serve(self) -> None:
        self._stopping = asyncio.Event()
        self._tasks: set[asyncio.Task[None]] = set()
        server = await asyncio.start_server(self._handle_connection, "127.0.0.1", 0, ssl=self.implicit_tls)
        self.port = server.sockets[0].getsockname()[1]
        self._started.set()
        await self._stopping.wait()
        server.close()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _handle_connection(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        self.connections += 1
        with contextlib.suppress(ConnectionError, asyncio.CancelledError, _ConnectionDroppedError):
            await _Session(self, reader, writer).run()
        writer.transport.abort()


class _ConnectionDroppedError(Exception):
    """The connection must be broken now."""


class _Session:
    """One connection of a client."""

    def __init__(self, server: SMTPServer, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._server = server
        self._reader = reader
        self._writer = writer
        self._buffer = bytearray()
        self._logged_in = False
        self._secure = server.implicit_tls is not None
        self._sender: str | None = None
        self._recipients: list[str] = []

    async def run(self) -> None:
        if self._server.silent_at == "connect":
            await self._server._stopping.wait()
        await self._reply(self._server.greeting)
        while (line := await self._line()) is not None:
            verb = line.split(" ")[0].split(":")[0].upper()
            if verb != "AUTH":
                self._server.commands.append(line)
            if self._server.loses_pipelined:
                self._buffer.clear()
            if verb not in ("RSET", "MAIL", "RCPT", "BDAT") and self._buffer:
                self._server.violations.append(f"did not wait for the reply to {verb}")
            await self._process(verb, line)

    async def _process(self, verb: str, line: str) -> None:
        if verb == "MAIL":
            self._server.senders.append(line[line.index("<") + 1 : line.index(">")])
        if verb == self._server.drops_at:
            raise _ConnectionDroppedError
        if verb == self._server.silent_at:
            await self._server._stopping.wait()
        if verb in self._server.garbage:
            self._writer.write(b"\xff\x00 what is this?\r\n" * 3)
            return
        if verb in self._server.answers:
            await self._reply(self._server.answers[verb])
            return
        handler = getattr(self, f"_on_{verb.lower()}", None)
        await (handler(line) if handler else self._reply("500 5.5.2 no such command"))

    async def _on_ehlo(self, line: str) -> None:
        offers = list(self._server.extensions)
        if self._server.starttls and not self._secure:
            offers.append("STARTTLS")
        lines = [f"fake.example greets {line[5:]}", *offers]
        await self._reply("\r\n".join([*(f"250-{each}" for each in lines[:-1]), f"250 {lines[-1]}"]))

    async def _on_helo(self, line: str) -> None:
        await self._reply("250 fake.example")

    async def _on_starttls(self, line: str) -> None:
        if not self._server.starttls or self._secure:
            await self._reply("503 5.5.1 no TLS to start")
            return
        await self._reply("220 2.0.0 go ahead")
        self._buffer.clear()
        try:
            await self._writer.start_tls(self._server.starttls)
        except ssl.SSLError as error:
            raise _ConnectionDroppedError from error
        self._secure = True

    async def _on_auth(self, line: str) -> None:
        _, mechanism, *initial = line.split(" ")
        if mechanism == "PLAIN":
            _, user, password = b64decode(initial[0]).decode().split("\0")
        else:
            user, password = await self._challenge("VXNlcm5hbWU6"), await self._challenge("UGFzc3dvcmQ6")
        self._logged_in = (user, password) == self._server.login
        await self._reply("235 2.7.0 welcome" if self._logged_in else "535 5.7.8 no")

    async def _challenge(self, challenge: str) -> str:
        await self._reply(f"334 {challenge}")
        return b64decode(await self._line() or "").decode()

    async def _on_rset(self, line: str) -> None:
        self._sender, self._recipients = None, []
        await self._reply("250 2.0.0 forgotten")

    async def _on_mail(self, line: str) -> None:
        if self._sender is not None:
            self._server.violations.append("nested MAIL")
            await self._reply("503 5.5.1 one at a time")
        elif self._server.login and not self._logged_in:
            await self._reply("530 5.7.0 log in first")
        else:
            self._sender = line[line.index("<") + 1 : line.index(">")]
            await self._reply("250 2.1.0 sender ok")

    async def _on_rcpt(self, line: str) -> None:
        address = line[line.index("<") + 1 : line.index(">")]
        if self._sender is None:
            await self._reply("503 5.5.1 sender first")
        elif code := self._refusal_code(address):
            await self._reply(f"{code} {str(code)[0]}.1.1 <{address}> not here")
        else:
            self._recipients.append(address)
            await self._reply("250 2.1.5 recipient ok")

    def _refusal_code(self, address: str) -> int:
        server = self._server
        server.recipients_seen += 1
        if address in server.recipients:
            return server.recipients[address]
        if server.recipients_seen <= server.recipients_to_defer:
            return 451
        return 550 if server.refuse_every_nth and server.recipients_seen % server.refuse_every_nth == 0 else 0

    async def _on_data(self, line: str) -> None:
        if not self._recipients and not self._server.accepts_data_without_recipients:
            await self._reply("554 5.5.1 no valid recipients")
            return
        await self._reply("354 go on")
        await self._accept(await self._text())

    async def _on_bdat(self, line: str) -> None:
        text = await self._chunk(int(line.split()[1]))
        if self._recipients:
            await self._accept(text)
        else:  # The transaction stays open until RSET (RFC 3030 section 2).
            await self._reply("503 5.5.1 no valid recipients")

    async def _accept(self, text: bytes) -> None:
        if self._recipients:
            assert self._sender is not None
            self._server.accepted += [AcceptedMessage(self._sender, each, text) for each in self._recipients]
        self._sender, self._recipients = None, []
        if self._server.at_dot == "drop":
            raise _ConnectionDroppedError
        if self._server.at_dot == "hang":
            await self._server._stopping.wait()
        await self._reply(self._server.answers.get(".", "250 2.0.0 queued"))

    async def _on_quit(self, line: str) -> None:
        await self._reply("221 2.0.0 bye")
        raise _ConnectionDroppedError

    async def _chunk(self, size: int) -> bytes:
        while len(self._buffer) < size:
            data = await self._reader.read(65536)
            if not data or self._server.at_dot == "drop early":
                raise _ConnectionDroppedError
            self._buffer += data
        text = bytes(self._buffer[:size])
        del self._buffer[:size]
        return text

    async def _text(self) -> bytes:
        lines: list[bytes] = []
        while (line := await self._raw_line()) != b".\r\n":
            if line is None or self._server.at_dot == "drop early":
                raise _ConnectionDroppedError
            if self._server.at_dot == "refuse early":
                await self._reply("552 5.3.4 too much already")
                await self._close_after_client()
            lines.append(line.removeprefix(b"."))
        return b"".join(lines)

    async def _reply(self, reply: str) -> None:
        await asyncio.sleep(self._server.reply_delay_seconds)
        data = reply.encode() + b"\r\n"
        step = self._server.reply_piece_bytes or len(data)
        for start in range(0, len(data), step):
            self._writer.write(data[start : start + step])
            await self._writer.drain()
            if self._server.reply_piece_bytes:
                await asyncio.sleep(0)
        if reply.startswith("421"):
            await self._close_after_client()

    async def _close_after_client(self) -> None:
        """Read until the client closes; else the kernel resets the connection and loses the last reply."""
        if self._writer.can_write_eof():
            self._writer.write_eof()
            while await self._reader.read(65536):
                pass
        raise _ConnectionDroppedError

    async def _line(self) -> str | None:
        line = await self._raw_line()
        return None if line is None else line.decode().rstrip("\r\n")

    async def _raw_line(self) -> bytes | None:
        while (end := self._buffer.find(b"\r\n")) < 0:
            data = await self._reader.read(65536)
            if not data:
                return None
            self._buffer += data
        line = bytes(self._buffer[: end + 2])
        del self._buffer[: end + 2]
        return line


def _server_tls_context(certificate: Path, key: Path) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    return context
