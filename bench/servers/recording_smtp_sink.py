"""An SMTP server that accepts everything and records recipients, to compare with the ledger.

A message counts from the moment its final dot is read, before anything is answered, in this process's memory: it
outlives every mailer that is killed, and its own being shut down (`drop_all`).
"""

import asyncio
import threading
from collections import Counter
from typing import Self

GREETING = b"220 sink ESMTP\r\n"
OFFERS = b"250-sink\r\n250-PIPELINING\r\n250 8BITMIME\r\n"
YES, GO, BYE = b"250 2.1.0 Ok\r\n", b"354 End with a dot\r\n", b"221 2.0.0 Bye\r\n"


class RecordingSink:
    """The server in a thread; leaving the block stops it."""

    def __init__(self) -> None:
        self.taken: Counter[str] = Counter()
        """Final dots read, by recipient."""
        self.port = 0
        self.open = True
        self._total = 0
        self._connections: set[RecordingSession] = set()
        self._loop = asyncio.new_event_loop()
        self._ready = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)

    @property
    def total(self) -> int:
        """Return the number of accepted messages."""
        return self._total

    def drop_all(self, *, open_again: bool) -> None:
        """Break every connection as a killed relay would, and refuse new ones until reopened."""

        def drop() -> None:
            self.open = open_again
            for one in list(self._connections):
                one.drop()

        self._loop.call_soon_threadsafe(drop)

    def __enter__(self) -> Self:
        self._thread.start()
        self._ready.wait()
        return self

    def __exit__(self, *_: object) -> None:
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    def take(self, recipient: str) -> int:
        """Record an accepted message and return its number."""
        self.taken[recipient] += 1
        self._total += 1
        return self._total

    def joined(self, one: "RecordingSession") -> None:
        """Record a new connection."""
        self._connections.add(one)

    def left(self, one: "RecordingSession") -> None:
        """Record a closed connection."""
        self._connections.discard(one)

    def _run(self) -> None:
        asyncio.set_event_loop(self._loop)
        server = self._loop.run_until_complete(self._loop.create_server(lambda: RecordingSession(self), "127.0.0.1", 0))
        self.port = server.sockets[0].getsockname()[1]
        self._ready.set()
        self._loop.run_forever()
        for one in list(self._connections):
            one.drop()
        server.close()
        self._loop.run_until_complete(asyncio.sleep(0))


class RecordingSession(asyncio.Protocol):
    """One connection."""

    def __init__(self, sink: RecordingSink) -> None:
        self._sink = sink
        self._buffer = b""
        self._recipient = ""
        self._in_text = False
        self._transport: asyncio.Transport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Send the greeting, or close."""
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport
        self._sink.joined(self)
        if self._sink.open:
            transport.write(GREETING)
        else:
            transport.abort()

    def connection_lost(self, exc: Exception | None) -> None:
        """Forget the connection."""
        self._sink.left(self)

    def drop(self) -> None:
        """Close without a reply."""
        if self._transport:
            self._transport.abort()

    def data_received(self, data: bytes) -> None:
        """Handle commands and texts in order."""
        self._buffer += data
        answers = bytearray()
        while (answer := self._next()) is not None:
            answers += answer
        if answers and self._transport:
            self._transport.write(bytes(answers))

    def _next(self) -> bytes | None:
        if self._in_text:
            _, found, rest = self._buffer.partition(b"\r\n.\r\n")
            if not found:
                return None
            self._buffer, self._in_text = rest, False
            return b"250 2.0.0 Ok: queued as %08X\r\n" % self._sink.take(self._recipient)
        line, found, rest = self._buffer.partition(b"\r\n")
        if not found:
            return None
        self._buffer = rest
        return self._answer(line)

    def _answer(self, line: bytes) -> bytes:
        verb = line[:4].upper()
        if verb == b"EHLO":
            return OFFERS
        if verb == b"RCPT":
            self._recipient = line[line.index(b"<") + 1 : line.rindex(b">")].decode()
        if verb == b"DATA":
            self._in_text = True
            return GO
        return BYE if verb == b"QUIT" else YES
