"""A real SMTP server on a real socket that behaves, and misbehaves on request.

    with SMTPServer() as relay:
        relay.refuse_recipient("gone@example.org", 550)
        …  # connect to 127.0.0.1, relay.port
        assert relay.accepted[0].recipient == "here@example.org"

It runs in a thread of its own, so that tests may be synchronous or not. Knobs are turned before the client connects.
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

EXTENSIONS = ("PIPELINING", "SIZE 10485760", "8BITMIME", "SMTPUTF8", "ENHANCEDSTATUSCODES")


@dataclass(frozen=True)
class Received:
    """One message that the server took, as it was said: `data` is free of dot-stuffing and ends in CRLF."""

    sender: str
    recipient: str
    data: bytes


class Script:
    """What the server will do. Every knob is named for the situation that it makes."""

    def __init__(self) -> None:
        self.greeting = "220 fake.example ESMTP ready"
        self.extensions = list(EXTENSIONS)
        self.recipients: dict[str, int] = {}
        self.every = 0
        self.deferrals = 0
        self.at_dot = ""
        self.delay = 0.0
        self.logins: tuple[str, str] | None = None
        self.starttls: ssl.SSLContext | None = None
        self.implicit_tls: ssl.SSLContext | None = None
        self.garbage: set[str] = set()
        self.answers: dict[str, str] = {}
        self.text_for_nobody = False
        self.silent_at = self.drops_at = ""
        self.deaf = False
        self.split = 0

    def refuse_recipient(self, address: str, code: int = 550) -> None:
        """Answer this recipient with the code, 4xx or 5xx."""
        self.recipients[address] = code

    def refuse_every(self, n: int) -> None:
        """Refuse the nth recipient, the 2nth, and so on, with 550."""
        self.every = n

    def defer_first(self, n: int) -> None:
        """Put off the first n recipients with 451."""
        self.deferrals = n

    def drop_after_dot(self) -> None:
        """Take the message, then break the connection without a word."""
        self.at_dot = "drop"

    def hang_after_dot(self) -> None:
        """Take the message, then say nothing more."""
        self.at_dot = "hang"

    def drop_before_dot(self) -> None:
        """Ask for the text, and break the connection as soon as it begins."""
        self.at_dot = "drop early"

    def refuse_before_dot(self) -> None:
        """Ask for the text, and when it begins say 552 and break the connection."""
        self.at_dot = "refuse early"

    def slow(self, seconds: float) -> None:
        """Wait before each answer."""
        self.delay = seconds

    def greet_with(self, code: int) -> None:
        """Begin with this code in place of 220."""
        self.greeting = f"{code} fake.example has its day"

    def require_login(self, user: str, password: str, mechanisms: str = "PLAIN LOGIN") -> None:
        """Want this log-in before MAIL."""
        self.logins = (user, password)
        self.extensions.append(f"AUTH {mechanisms}")

    def offer_starttls(self, certificate: Path, key: Path) -> None:
        """Offer STARTTLS with this certificate."""
        self.starttls = _context(certificate, key)

    def speak_tls(self, certificate: Path, key: Path) -> None:
        """TLS from the first byte, as smtps has it."""
        self.implicit_tls = _context(certificate, key)

    def without(self, *extensions: str) -> None:
        """Do not offer these; `without("EHLO")` does not know EHLO at all."""
        self.extensions = [offer for offer in self.extensions if offer.split()[0] not in extensions]
        if "EHLO" in extensions:
            self.answers["EHLO"] = "502 5.5.1 what?"

    def garbage_after(self, verb: str) -> None:
        """Answer this verb with bytes that are no reply."""
        self.garbage.add(verb)

    def answer(self, verb: str, reply: str) -> None:
        """Answer this verb (or "." for the final dot) with this line, and do not act on it; a 421 ends it all."""
        self.answers[verb] = reply

    def want_text_for_nobody(self) -> None:
        """Answer DATA with 354 though every recipient was refused (RFC 2920 3.1)."""
        self.text_for_nobody = True

    def offer_chunking(self) -> None:
        """Offer CHUNKING and know BDAT (RFC 3030); `answer("BDAT", …)` after it to offer it and not know it."""
        self.extensions.append("CHUNKING")

    def hang_at(self, verb: str) -> None:
        """Say nothing more from this verb on; "connect": accept the connection and do not even greet; "" ends it for
        later commands and connections."""
        self.silent_at = verb

    def drop_at(self, verb: str) -> None:
        """Break the connection at this verb."""
        self.drops_at = verb

    def break_pipelining(self) -> None:
        """Offer PIPELINING, and lose what comes together with a command."""
        self.deaf = True

    def split_replies(self, size: int) -> None:
        """Send so many bytes at a time, each on its own."""
        self.split = size


class SMTPServer(Script):
    """The script, acted out on 127.0.0.1."""

    def __init__(self) -> None:
        super().__init__()
        self.port = 0
        self.accepted: list[Received] = []
        #: The lines that clients said, without log-ins and texts.
        self.said: list[str] = []
        #: Envelope senders of MAIL commands that were read, answered or not.
        self.senders: list[str] = []
        #: What clients did that RFC 5321 or RFC 2920 forbid.
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
        server = await asyncio.start_server(self._converse, "127.0.0.1", 0, ssl=self.implicit_tls)
        self.port = server.sockets[0].getsockname()[1]
        self._started.set()
        await self._stopping.wait()
        server.close()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _converse(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        self.connections += 1
        with contextlib.suppress(ConnectionError, asyncio.CancelledError, _Dropped):
            await _Session(self, reader, writer).run()
        writer.transport.abort()


class _Dropped(Exception):
    """The connection is to be broken now."""


class _Session:
    """One client's visit."""

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
        await self._say(self._server.greeting)
        while (line := await self._line()) is not None:
            verb = line.split(" ")[0].split(":")[0].upper()
            if verb != "AUTH":
                self._server.said.append(line)
            if self._server.deaf:
                self._buffer.clear()
            if verb not in ("RSET", "MAIL", "RCPT", "BDAT") and self._buffer:
                self._server.violations.append(f"did not wait for the answer to {verb}")
            await self._answer(verb, line)

    async def _answer(self, verb: str, line: str) -> None:
        if verb == "MAIL":
            self._server.senders.append(line[line.index("<") + 1 : line.index(">")])
        if verb == self._server.drops_at:
            raise _Dropped
        if verb == self._server.silent_at:
            await self._server._stopping.wait()
        if verb in self._server.garbage:
            self._writer.write(b"\xff\x00 what is this?\r\n" * 3)
            return
        if verb in self._server.answers:
            await self._say(self._server.answers[verb])
            return
        act = getattr(self, f"_on_{verb.lower()}", None)
        await (act(line) if act else self._say("500 5.5.2 no such command"))

    async def _on_ehlo(self, line: str) -> None:
        offers = list(self._server.extensions)
        if self._server.starttls and not self._secure:
            offers.append("STARTTLS")
        lines = [f"fake.example greets {line[5:]}", *offers]
        await self._say("\r\n".join([*(f"250-{each}" for each in lines[:-1]), f"250 {lines[-1]}"]))

    async def _on_helo(self, line: str) -> None:
        await self._say("250 fake.example")

    async def _on_starttls(self, line: str) -> None:
        if not self._server.starttls or self._secure:
            await self._say("503 5.5.1 no TLS to start")
            return
        await self._say("220 2.0.0 go ahead")
        self._buffer.clear()
        try:
            await self._writer.start_tls(self._server.starttls)
        except ssl.SSLError as error:
            raise _Dropped from error
        self._secure = True

    async def _on_auth(self, line: str) -> None:
        _, mechanism, *initial = line.split(" ")
        if mechanism == "PLAIN":
            _, user, password = b64decode(initial[0]).decode().split("\0")
        else:
            user, password = await self._asked("VXNlcm5hbWU6"), await self._asked("UGFzc3dvcmQ6")
        self._logged_in = (user, password) == self._server.logins
        await self._say("235 2.7.0 welcome" if self._logged_in else "535 5.7.8 no")

    async def _asked(self, question: str) -> str:
        await self._say(f"334 {question}")
        return b64decode(await self._line() or "").decode()

    async def _on_rset(self, line: str) -> None:
        self._sender, self._recipients = None, []
        await self._say("250 2.0.0 forgotten")

    async def _on_mail(self, line: str) -> None:
        if self._sender is not None:
            self._server.violations.append("nested MAIL")
            await self._say("503 5.5.1 one at a time")
        elif self._server.logins and not self._logged_in:
            await self._say("530 5.7.0 log in first")
        else:
            self._sender = line[line.index("<") + 1 : line.index(">")]
            await self._say("250 2.1.0 sender ok")

    async def _on_rcpt(self, line: str) -> None:
        address = line[line.index("<") + 1 : line.index(">")]
        if self._sender is None:
            await self._say("503 5.5.1 sender first")
        elif code := self._verdict_on(address):
            await self._say(f"{code} {str(code)[0]}.1.1 <{address}> not here")
        else:
            self._recipients.append(address)
            await self._say("250 2.1.5 recipient ok")

    def _verdict_on(self, address: str) -> int:
        server = self._server
        server.recipients_seen += 1
        if address in server.recipients:
            return server.recipients[address]
        if server.recipients_seen <= server.deferrals:
            return 451
        return 550 if server.every and server.recipients_seen % server.every == 0 else 0

    async def _on_data(self, line: str) -> None:
        if not self._recipients and not self._server.text_for_nobody:
            await self._say("554 5.5.1 no valid recipients")
            return
        await self._say("354 go on")
        await self._take(await self._text())

    async def _on_bdat(self, line: str) -> None:
        text = await self._chunk(int(line.split()[1]))
        if self._recipients:
            await self._take(text)
        else:  # The transaction stays half made until RSET (RFC 3030 2).
            await self._say("503 5.5.1 no valid recipients")

    async def _take(self, text: bytes) -> None:
        if self._recipients:
            assert self._sender is not None
            self._server.accepted += [Received(self._sender, each, text) for each in self._recipients]
        self._sender, self._recipients = None, []
        if self._server.at_dot == "drop":
            raise _Dropped
        if self._server.at_dot == "hang":
            await self._server._stopping.wait()
        await self._say(self._server.answers.get(".", "250 2.0.0 queued"))

    async def _on_quit(self, line: str) -> None:
        await self._say("221 2.0.0 bye")
        raise _Dropped

    async def _chunk(self, size: int) -> bytes:
        while len(self._buffer) < size:
            data = await self._reader.read(65536)
            if not data or self._server.at_dot == "drop early":
                raise _Dropped
            self._buffer += data
        text = bytes(self._buffer[:size])
        del self._buffer[:size]
        return text

    async def _text(self) -> bytes:
        lines: list[bytes] = []
        while (line := await self._raw_line()) != b".\r\n":
            if line is None or self._server.at_dot == "drop early":
                raise _Dropped
            if self._server.at_dot == "refuse early":
                await self._say("552 5.3.4 too much already")
                await self._polite_end()
            lines.append(line.removeprefix(b"."))
        return b"".join(lines)

    async def _say(self, reply: str) -> None:
        await asyncio.sleep(self._server.delay)
        answer = reply.encode() + b"\r\n"
        step = self._server.split or len(answer)
        for start in range(0, len(answer), step):
            self._writer.write(answer[start : start + step])
            await self._writer.drain()
            if self._server.split:
                await asyncio.sleep(0)
        if reply.startswith("421"):
            await self._polite_end()

    async def _polite_end(self) -> None:
        """Hear the client out before closing: over unread bytes the kernel resets, and our last word is lost."""
        if self._writer.can_write_eof():
            self._writer.write_eof()
            while await self._reader.read(65536):
                pass
        raise _Dropped

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


def _context(certificate: Path, key: Path) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    return context
