"""Limits on what a connection may cost: its head, its time, the pace of its body, and answers nobody takes.

uvicorn has none of these: a head may grow without end, a connection that never sends anything stays open for ever,
and a 400 for a broken request overtakes the answer before it. One timer for all connections looks at them once a
second.

What follows a head is limited too: trailers never become headers, and trailers, chunk extensions, tiny chunks, requests
that wait, bodies that are not used and bytes between requests are counted (chunked_limits.py).

Members of uvicorn's HttpToolsProtocol relied on (held by tests): connection_made, connection_lost, connections,
cycle, data_received, flow, headers, loop, on_body, on_header (appends to headers), on_headers_complete,
on_message_begin, on_message_complete, on_response_complete, parser, pipeline, send_400_response (called while the
parser's exception is handled), server_state.default_headers, transport, url.
"""

import asyncio
import re
import sys
from collections.abc import Callable
from http import HTTPStatus

from httptools import HttpParserInvalidMethodError
from uvicorn.protocols.http.httptools_impl import RequestResponseCycle
from uvicorn.server import ServerState

from stoppress.edge.http.security_headers import security_headers
from stoppress.edge.protocol.chunked_limits import ChunkedLimits, DiscardedHeaders, FramingTooLargeError
from stoppress.edge.protocol.stream_takeover import StreamTakeoverProtocol

MAX_URL_BYTES = 8 * 1024
MAX_HEAD_BYTES = 32 * 1024
"""Bytes of all header names and values."""
MAX_HEADERS = 100
HEAD_TIMEOUT_SECONDS = 15.0
"""Seconds from a connection's or a request's first byte to the end of its head."""
IDLE_TIMEOUT_SECONDS = 30.0
"""Seconds that a connection may wait for its next request."""
BODY_TIMEOUT_SECONDS = 60.0
"""Seconds without anything more of a body after which no more is expected."""
MIN_BODY_BYTES_PER_SECOND = 4096.0
"""Bytes a second: the whole of a body may take MORE_BODY_WITHIN, and a second more for each so many that have come."""
WRITE_TIMEOUT_SECONDS = 60.0
"""Seconds in which a reader must take something of what it was sent."""
MAX_PIPELINED_REQUESTS = 16
"""Requests of one connection that may wait for the answers before theirs."""
MAX_DISCARDED_BODY_BYTES = 32 * 1024 * 1024
"""Bytes of a body that are still received and discarded after its request has been answered."""
MAX_STRAY_BYTES = 1024
"""Bytes outside of any request, such as empty lines between two."""
TIMEOUT_CHECK_SECONDS = 1.0
NO_TRAILERS = DiscardedHeaders()
"""In place of the headers of a request that is not chunked, once its head is complete."""
NO_DEADLINE = float("inf")
REQUEST_LINE = re.compile(rb"[!#$%&'*+.^_`|~0-9A-Za-z-]{1,32} [!-~]{1,8192} HTTP/1\.[01]\r\n")
"""One that can be understood, whatever its method."""
AUTHORITY_END = re.compile(rb"[/?#]")
TIMER_ATTRIBUTE = "stoppress_watched"
"""Set on uvicorn's ServerState while a timer is running for its connections."""


class RequestRefusedError(Exception):
    """A request whose head is too much; stops the parser."""


class TimedConnection(asyncio.Protocol):
    """A connection that is looked at once a second."""

    __slots__ = ()

    def check_timeouts(self, now: float) -> None:
        """Close it if it has waited too long."""
        raise NotImplementedError


class RequestLimitsProtocol(StreamTakeoverProtocol, TimedConnection):
    """Streams and uvicorn's own ways, within limits."""

    _deadline = _body_by = NO_DEADLINE
    _head_began = False
    _unfinished = 0
    _refusal: HTTPStatus | None = None
    _last_words: bytes | None = None
    _between = True
    """Whether the parser stands between two requests."""
    _begun = 0
    """How many requests the bytes at hand have begun."""
    _content = 0
    """Bytes of content in the bytes at hand."""
    _head_size = 0
    """Bytes of the newest head, but for optional white space."""
    _chunked: ChunkedLimits | None = None
    """Set while the newest request is a chunked one."""
    _breaks_newest = False
    """Whether the newest request is refused although all of it has been received."""
    _stray = _unread = 0
    _unsent, _unsent_since = 0, 0.0
    _latest = b""
    """Bytes that begin a request, until its head has been parsed."""

    @property
    def is_busy(self) -> bool:
        """Whether a request of this connection is still being answered or waits for its turn."""
        return bool(self.pipeline) or not (self.cycle is None or self.cycle.response_complete)

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # as uvicorn has it
        """From now on the first request is awaited."""
        super().connection_made(transport)
        self._cycles: list[RequestResponseCycle] = []
        self._deadline = self.loop.time() + HEAD_TIMEOUT_SECONDS
        start_timeout_checks(self.loop, self.server_state)

    def connection_lost(self, exc: Exception | None) -> None:
        """Tell every request under way, not only uvicorn's newest: the rest would write to a closed connection."""
        self._tell_cycles()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Parse, unless the connection is only kept to say its last words."""
        if self._refusal is not None:
            return
        self._latest = b"" if self._head_began else data
        was_between, of_head = self._between, self._unfinished if self._head_began else 0
        self._begun = self._content = 0
        super().data_received(data)
        if self._handed_over:
            return
        self._latest = b""
        if self._refusal is not None or self.transport.is_closing():
            return
        if self._head_began:
            self._unfinished += len(data)
            if self._unfinished > MAX_HEAD_BYTES + MAX_URL_BYTES:
                self.refuse(HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE)
        elif self._chunked is not None and self._begun <= was_between:
            self._count_framing(of_head + len(data))
        elif was_between and not self._begun:
            self._count_stray(len(data))

    def on_message_begin(self) -> None:
        """A request begins; its head must be there before long."""
        super().on_message_begin()
        self._between, self._chunked, self._head = False, None, None
        self._begun += 1
        self._head_began, self._unfinished, self._head_size = True, 0, 0
        self._deadline = self.loop.time() + HEAD_TIMEOUT_SECONDS

    def on_chunk_header(self) -> None:
        """Count a chunk."""
        if self._chunked is not None:
            self._heed(self._chunked.count_chunk)

    def on_headers_complete(self) -> None:
        """The head is whole: if it is not too much, answer."""
        if self._taken is not None:
            return  # behind a request for a stream: nothing more is read here
        self._head_began, self._latest = False, b""
        self._deadline = self._body_by = self.loop.time() + BODY_TIMEOUT_SECONDS
        self._refusal = self._refusal_of_head()
        if self._refusal is not None:
            raise RequestRefusedError
        if b"transfer-encoding" in self.head:
            request_line = len(self.parser.get_method()) + len(self.url) + len(b"  HTTP/1.1\r\n")
            self._head_size = request_line + self.head.size + len(b": \r\n") * len(self.headers) + len(b"\r\n")
            self._chunked = ChunkedLimits()
        if any(b"_" in name for name, _ in self.headers):  # Django cannot distinguish X_Real_IP from X-Real-IP
            self.headers[:] = [header for header in self.headers if b"_" not in header[0]]
        super().on_headers_complete()
        self.headers = NO_TRAILERS if self._chunked is None else DiscardedHeaders(self._count_trailer)
        if self.is_busy:
            self._cycles = [cycle for cycle in self._cycles if not cycle.response_complete]
            self._cycles.append(self.cycle)

    def on_body(self, body: bytes) -> None:
        """As long as a body comes, and not too slowly on the whole, it may take its time."""
        self._body_by += len(body) / MIN_BODY_BYTES_PER_SECOND
        self._deadline = min(self.loop.time() + BODY_TIMEOUT_SECONDS, self._body_by)
        self._content += len(body)
        if self._chunked is not None:
            self._chunked.count_content(len(body))
        if self._taken is None and self.cycle.response_complete:
            self._discard_body(len(body))
        super().on_body(body)

    def on_message_complete(self) -> None:
        """The request is whole; its answer may take its time."""
        self._deadline = NO_DEADLINE if self.is_busy else self.loop.time() + IDLE_TIMEOUT_SECONDS
        self._between = True
        self._stray = self._unread = 0
        if self._chunked is not None and not self.parser.should_keep_alive():
            self.cycle.keep_alive = False  # `Connection: close` as a trailer: the parser reads no further request
        super().on_message_complete()

    def on_response_complete(self) -> None:
        """An answer has gone out: say what could not be said before it, or wait for the next request."""
        super().on_response_complete()
        if self._last_words is not None and not self.is_busy:
            self._close_with(self._last_words)
        elif not self.is_busy and not self._head_began:
            self.await_next_request()
        elif self.pipeline and not self.transport.is_closing():
            self.flow.pause_reading()  # uvicorn reads on after each answer, and the queue would grow

    def await_next_request(self) -> None:
        """Everything that was asked for has been answered."""
        self._head_began = False
        self._deadline = self.loop.time() + IDLE_TIMEOUT_SECONDS

    def send_400_response(self, msg: str) -> None:
        """uvicorn's way to refuse what it cannot parse; behind a request for a stream nothing has to be."""
        if self._taken is None:
            unknown = isinstance(sys.exception(), HttpParserInvalidMethodError) and REQUEST_LINE.match(self._latest)
            self.refuse(self._refusal or (HTTPStatus.NOT_IMPLEMENTED if unknown else HTTPStatus.BAD_REQUEST))

    def refuse(self, status: HTTPStatus) -> None:
        """Answer with `status` and close: after the answers that are still to come, never before them."""
        self._refusal = status
        words = self._refusal_bytes(status)
        if self.is_busy and not self._breaks_its_own_request():
            self._last_words = words
        else:
            self._close_with(words)

    def _count_trailer(self, name: bytes, value: bytes) -> None:
        if self._chunked is not None:
            chunked = self._chunked
            self._heed(lambda: chunked.count_trailer(name, value))

    def _heed(self, count: Callable[[], None]) -> None:
        """Call `count`; if that is too much, stop the parser and refuse."""
        try:
            count()
        except FramingTooLargeError as error:
            self._refusal = error.status
            raise RequestRefusedError from error

    def _count_framing(self, received: int) -> None:
        """Count what `received` bytes held besides head and content of the newest request, a chunked one.

        Several requests in the same bytes are not told apart: those bytes are as many as are read at once.
        """
        head, self._head_size = self._head_size, 0
        try:
            if self._chunked is not None:
                self._chunked.count_framing(received - head - self._content)
        except FramingTooLargeError as error:
            self._breaks_newest = self._between
            self.refuse(error.status)

    def _count_stray(self, size: int) -> None:
        self._stray += size
        if self._stray > MAX_STRAY_BYTES:
            self.refuse(HTTPStatus.BAD_REQUEST)

    def _discard_body(self, size: int) -> None:
        """Count a piece of a body that will not be used; hang up if it does not come to an end."""
        self._unread += size
        if self._unread > MAX_DISCARDED_BODY_BYTES:
            self._refusal = HTTPStatus.REQUEST_ENTITY_TOO_LARGE
            self.transport.close()

    def _refusal_of_head(self) -> HTTPStatus | None:
        """Return the status of the refusal if the head of the newest request is too much, or names no one host."""
        if len(self.url) > MAX_URL_BYTES:
            return HTTPStatus.REQUEST_URI_TOO_LONG
        if len(self.headers) > MAX_HEADERS or self.head.size > MAX_HEAD_BYTES:
            return HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE
        if len(self.pipeline) >= MAX_PIPELINED_REQUESTS:
            return HTTPStatus.TOO_MANY_REQUESTS
        self._heed_whole_address()
        return None if self._names_one_host() else HTTPStatus.BAD_REQUEST

    def _heed_whole_address(self) -> None:
        """A request for `http://HOST/…` is for that host, whatever its Host header says (RFC 9112 §3.2.2)."""
        _, scheme, rest = self.url.partition(b"://")
        if scheme and not self.url.startswith(b"/") and self._names_one_host():
            others = [header for header in self.headers if header[0] != b"host"]
            self.headers[:] = [(b"host", AUTHORITY_END.split(rest, maxsplit=1)[0]), *others]
            self._head = None  # to be read again

    def _names_one_host(self) -> bool:
        """Whether there is one Host, as there must be (RFC 9112 §3.2); HTTP/1.0 knew none."""
        old = b"host" not in self.head and self.parser.get_http_version() == "1.0"
        return old or self.head.has_one_host

    def _breaks_its_own_request(self) -> bool:
        """Whether what cannot be read is the body of the only request there is, still without an answer."""
        unanswered = not self.pipeline and not self.cycle.response_started
        return unanswered and (self.cycle.more_body or self._breaks_newest)

    def check_timeouts(self, now: float) -> None:
        """Once a second: close what has waited too long."""
        if self.transport.is_closing() or (self._unsent and not self._taken_from(now)):
            self._give_up(now)
        elif now > self._deadline and not self.is_busy:
            if self._head_began:
                self.refuse(HTTPStatus.REQUEST_TIMEOUT)
            else:
                self.transport.close()
        elif now > self._deadline:
            self._tell_cycles()
            self.transport.abort()  # the rest of a body that does not come
        else:
            self._taken_from(now)

    def _taken_from(self, now: float) -> bool:
        """Whether the reader has taken some of what it was sent, lately."""
        unsent = self.transport.get_write_buffer_size()
        if unsent == 0 or unsent != self._unsent:
            self._unsent, self._unsent_since = unsent, now
        return now - self._unsent_since < WRITE_TIMEOUT_SECONDS

    def _give_up(self, now: float) -> None:
        if not self._taken_from(now):
            self._tell_cycles()
            self.transport.abort()

    def _tell_cycles(self) -> None:
        for cycle in self._cycles:
            cycle.disconnected = True
            cycle.message_event.set()

    def _close_with(self, words: bytes) -> None:
        if not self.transport.is_closing():
            self._tell_cycles()
            self.transport.write(words)
            self.transport.close()

    def _refusal_bytes(self, status: HTTPStatus) -> bytes:
        text = f"{status.phrase}.\n".encode()
        headers = [
            *self.server_state.default_headers,
            *security_headers(),
            (b"content-type", b"text/plain; charset=utf-8"),
            (b"content-length", b"%d" % len(text)),
            (b"cache-control", b"no-store"),
            (b"connection", b"close"),
        ]
        lines = [b"HTTP/1.1 %d %s\r\n" % (status, status.phrase.encode())]
        lines += [name + b": " + value + b"\r\n" for name, value in headers]
        return b"".join([*lines, b"\r\n", text])


def start_timeout_checks(loop: asyncio.AbstractEventLoop, state: ServerState) -> None:
    """Look at the connections of `state` once a second, for as long as there are any: one timer for all of them."""
    if not getattr(state, TIMER_ATTRIBUTE, False):
        setattr(state, TIMER_ATTRIBUTE, True)
        loop.call_later(TIMEOUT_CHECK_SECONDS, _look, loop, state)


def _look(loop: asyncio.AbstractEventLoop, state: ServerState) -> None:
    now = loop.time()
    for connection in list(state.connections):
        if isinstance(connection, TimedConnection):
            connection.check_timeouts(now)
    if state.connections:
        loop.call_later(TIMEOUT_CHECK_SECONDS, _look, loop, state)
    else:
        setattr(state, TIMER_ATTRIBUTE, False)
