"""Limits on what one connection may cost: request heads, time, the pace of bodies, and responses that are not read.

uvicorn has no such limits: a head may grow without end, a connection that never sends anything stays open, and a 400
for a malformed request overtakes the response before it. One timer checks all connections once a second.

What follows a head is limited too. Trailers never become headers. Trailers, chunk extensions, tiny chunks, waiting
requests, bodies that are not used and bytes between requests are counted (chunked_limits.py).

Members of uvicorn's HttpToolsProtocol relied on (checked by tests): connection_made, connection_lost, connections,
cycle, data_received, flow, headers, loop, on_body, on_header (appends to headers), on_headers_complete,
on_message_begin, on_message_complete, on_response_complete, parser, pipeline, send_400_response (called while the
parser's exception is handled), server_state.default_headers, transport, url.
"""

import asyncio
import json
import re
import sys
from collections.abc import Callable
from http import HTTPStatus

from httptools import HttpParserInvalidMethodError
from uvicorn.protocols.http.httptools_impl import RequestResponseCycle
from uvicorn.server import ServerState

from stoppress.edge.http.response_head import response_head
from stoppress.edge.http.security_headers import security_headers
from stoppress.edge.protocol.chunked_limits import ChunkedLimits, DiscardedHeaders, FramingTooLargeError
from stoppress.edge.protocol.stream_takeover import StreamTakeoverProtocol

MAX_URL_BYTES = 8 * 1024
MAX_HEAD_BYTES = 32 * 1024
"""Bytes of all header names and values."""
MAX_HEADERS = 100
HEAD_TIMEOUT_SECONDS = 15.0
"""Time from the first byte of a connection or request to the end of its head."""
IDLE_TIMEOUT_SECONDS = 30.0
"""Time that a connection may wait for its next request."""
BODY_TIMEOUT_SECONDS = 60.0
"""Time without another byte of a body after which the connection is closed."""
MIN_BODY_BYTES_PER_SECOND = 4096.0
"""A whole body may take BODY_TIMEOUT_SECONDS, plus one second for each this many bytes received."""
WRITE_TIMEOUT_SECONDS = 60.0
"""Time in which a client must read at least some of the bytes that wait for it."""
MAX_PIPELINED_REQUESTS = 16
"""Requests of one connection that may wait for the responses before theirs."""
MAX_DISCARDED_BODY_BYTES = 32 * 1024 * 1024
"""Bytes of a body that are received and discarded after its request has been answered."""
MAX_STRAY_BYTES = 1024
"""Bytes outside of any request, such as empty lines between two."""
TIMEOUT_CHECK_SECONDS = 1.0
NO_TRAILERS = DiscardedHeaders()
"""Replaces the header list of a request that is not chunked, once its head is complete."""
NO_DEADLINE = float("inf")
REQUEST_LINE = re.compile(rb"[!#$%&'*+.^_`|~0-9A-Za-z-]{1,32} [!-~]{1,8192} HTTP/1\.[01]\r\n")
"""A well-formed request line with any method."""
API_REQUEST_LINE = re.compile(rb"\S{1,32} /api/")
"""The begin of a request to the API, whose clients get problem details."""
AUTHORITY_END = re.compile(rb"[/?#]")
TIMER_ATTRIBUTE = "stoppress_timer_runs"
"""Attribute of uvicorn's ServerState: True while a timer checks its connections."""


class RequestRefusedError(Exception):
    """The request exceeds a limit. Raised in a callback to stop the parser."""


class TimedConnection(asyncio.Protocol):
    """A connection whose timeouts are checked once a second."""

    __slots__ = ()

    def check_timeouts(self, now: float) -> None:
        """Close the connection if it has waited too long. `now` is the time of the event loop."""
        raise NotImplementedError


class RequestLimitsProtocol(StreamTakeoverProtocol, TimedConnection):
    """Adds the limits to uvicorn's protocol and the take-over of streams."""

    _deadline = _body_deadline = NO_DEADLINE
    _is_reading_head = False
    _unfinished_head_bytes = 0
    """Bytes of the head being read that arrived so far."""
    _refusal: HTTPStatus | None = None
    """Set once the connection is refused; all further bytes are ignored."""
    _pending_refusal: bytes | None = None
    """The refusal, while responses to earlier requests must still go out before it."""
    _is_between_requests = True
    """True while the parser is between two requests."""
    _requests_begun = 0
    """Requests that began in the bytes being parsed."""
    _content_bytes = 0
    """Bytes of content in the bytes being parsed."""
    _head_bytes = 0
    """Bytes of the newest head, without optional white space."""
    _chunked: ChunkedLimits | None = None
    """The counters of the newest request if it is chunked."""
    _refuses_whole_request = False
    """True if the newest request is refused although all of it was received."""
    _stray_bytes = _discarded_bytes = 0
    _unsent_bytes, _unsent_since = 0, 0.0
    _received = b""
    url = b""  # until uvicorn has parsed one
    """The bytes being parsed, if a request begins in them; empty once uvicorn has got its head."""

    @property
    def is_busy(self) -> bool:
        """True while a request of this connection is being answered or waits for its turn."""
        return bool(self.pipeline) or not (self.cycle is None or self.cycle.response_complete)

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # as uvicorn has it
        """Wait for the first request."""
        super().connection_made(transport)
        self._cycles: list[RequestResponseCycle] = []
        self._deadline = self.loop.time() + HEAD_TIMEOUT_SECONDS
        start_timeout_checks(self.loop, self.server_state)

    def connection_lost(self, exc: Exception | None) -> None:
        """Disconnect every pending request. uvicorn disconnects only the newest; the others would go on writing."""
        self._disconnect_cycles()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Parse `data`, and count what is not part of a head or of content."""
        if self._refusal is not None:
            return
        self._received = b"" if self._is_reading_head else data
        was_between = self._is_between_requests
        earlier_head_bytes = self._unfinished_head_bytes if self._is_reading_head else 0
        self._requests_begun = self._content_bytes = 0
        super().data_received(data)
        if self._stream_request is not None and not self.transport.is_closing():
            self._take_over(self._stream_request)
        if self._is_taken_over:
            return
        self._received = b""
        if self._refusal is not None or self.transport.is_closing():
            return
        if self._is_reading_head:
            self._unfinished_head_bytes += len(data)
            if self._unfinished_head_bytes > MAX_HEAD_BYTES + MAX_URL_BYTES:
                self.refuse(HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE)
        elif self._chunked is not None and self._requests_begun <= was_between:
            self._count_framing(earlier_head_bytes + len(data))
        elif was_between and not self._requests_begun:
            self._count_stray(len(data))

    def on_message_begin(self) -> None:
        """Start the timeout of a request's head."""
        super().on_message_begin()
        self._is_between_requests, self._chunked, self._head = False, None, None
        self._requests_begun += 1
        self._is_reading_head, self._unfinished_head_bytes, self._head_bytes = True, 0, 0
        self._deadline = self.loop.time() + HEAD_TIMEOUT_SECONDS

    def on_chunk_header(self) -> None:
        """Count a chunk."""
        if self._chunked is not None:
            self._count_or_refuse(self._chunked.count_chunk)

    def on_headers_complete(self) -> None:
        """Pass the request on if its head exceeds no limit.

        Raises:
            RequestRefusedError: a limit is exceeded.
        """
        if self._stream_request is not None:
            return  # bytes after a request for a stream are ignored
        self._is_reading_head, self._received = False, b""
        self._deadline = self._body_deadline = self.loop.time() + BODY_TIMEOUT_SECONDS
        self._refusal = self._status_of_refusal()
        if self._refusal is not None:
            raise RequestRefusedError
        if b"transfer-encoding" in self.head:
            request_line = len(self.parser.get_method()) + len(self.url) + len(b"  HTTP/1.1\r\n")
            self._head_bytes = request_line + self.head.size + len(b": \r\n") * len(self.headers) + len(b"\r\n")
            self._chunked = ChunkedLimits()
        if any(b"_" in name for name, _ in self.headers):  # Django cannot distinguish X_Real_IP from X-Real-IP
            self.headers[:] = [header for header in self.headers if b"_" not in header[0]]
        super().on_headers_complete()
        self.headers = NO_TRAILERS if self._chunked is None else DiscardedHeaders(self._count_trailer)
        if self.is_busy:
            self._cycles = [cycle for cycle in self._cycles if not cycle.response_complete]
            self._cycles.append(self.cycle)

    def on_body(self, body: bytes) -> None:
        """Extend the deadline of a body that arrives fast enough on the whole."""
        self._body_deadline += len(body) / MIN_BODY_BYTES_PER_SECOND
        self._deadline = min(self.loop.time() + BODY_TIMEOUT_SECONDS, self._body_deadline)
        self._content_bytes += len(body)
        if self._chunked is not None:
            self._chunked.count_content(len(body))
        if self._stream_request is None and self.cycle.response_complete:
            self._discard_body(len(body))
        super().on_body(body)

    def on_message_complete(self) -> None:
        """Remove the deadline while a whole request waits for its response."""
        self._deadline = NO_DEADLINE if self.is_busy else self.loop.time() + IDLE_TIMEOUT_SECONDS
        self._is_between_requests = True
        self._stray_bytes = self._discarded_bytes = 0
        if self._chunked is not None and not self.parser.should_keep_alive():
            self.cycle.keep_alive = False  # `Connection: close` as a trailer: the parser reads no further request
        super().on_message_complete()

    def on_response_complete(self) -> None:
        """After a response, send a pending refusal, or wait for the next request."""
        super().on_response_complete()
        if self._pending_refusal is not None and not self.is_busy:
            self._close_with(self._pending_refusal)
        elif not self.is_busy and not self._is_reading_head:
            self.await_next_request()
        elif self.pipeline and not self.transport.is_closing():
            self.flow.pause_reading()  # uvicorn resumes reading after each response, and the queue would grow

    def await_next_request(self) -> None:
        """Start the idle timeout: every request so far has been answered."""
        self._is_reading_head = False
        self._deadline = self.loop.time() + IDLE_TIMEOUT_SECONDS

    def send_400_response(self, msg: str) -> None:
        """Refuse what uvicorn cannot parse; bytes after a request for a stream are ignored instead."""
        if self._stream_request is None:
            unknown = isinstance(sys.exception(), HttpParserInvalidMethodError) and REQUEST_LINE.match(self._received)
            self.refuse(self._refusal or (HTTPStatus.NOT_IMPLEMENTED if unknown else HTTPStatus.BAD_REQUEST))

    def refuse(self, status: HTTPStatus) -> None:
        """Answer with `status` and close, after the responses to earlier requests and never before them."""
        self._refusal = status
        response = self._refusal_bytes(status)
        if self.is_busy and not self._refuses_only_request():
            self._pending_refusal = response
        else:
            self._close_with(response)

    def _count_trailer(self, name: bytes, value: bytes) -> None:
        if self._chunked is not None:
            chunked = self._chunked
            self._count_or_refuse(lambda: chunked.count_trailer(name, value))

    def _count_or_refuse(self, count: Callable[[], None]) -> None:
        """Call `count`; if that exceeds a limit, stop the parser and refuse the request."""
        try:
            count()
        except FramingTooLargeError as error:
            self._refusal = error.status
            raise RequestRefusedError from error

    def _count_framing(self, received: int) -> None:
        """Count the part of `received` bytes that is neither head nor content of the newest request, a chunked one.

        Several requests in the same bytes are not distinguished: those bytes are at most one read of the socket.
        """
        head_bytes, self._head_bytes = self._head_bytes, 0
        try:
            if self._chunked is not None:
                self._chunked.count_framing(received - head_bytes - self._content_bytes)
        except FramingTooLargeError as error:
            self._refuses_whole_request = self._is_between_requests
            self.refuse(error.status)

    def _count_stray(self, size: int) -> None:
        self._stray_bytes += size
        if self._stray_bytes > MAX_STRAY_BYTES:
            self.refuse(HTTPStatus.BAD_REQUEST)

    def _discard_body(self, size: int) -> None:
        """Count a piece of a body that will not be used; close the connection if there are too many."""
        self._discarded_bytes += size
        if self._discarded_bytes > MAX_DISCARDED_BODY_BYTES:
            self._refusal = HTTPStatus.REQUEST_ENTITY_TOO_LARGE
            self.transport.close()

    def _status_of_refusal(self) -> HTTPStatus | None:
        """Return the status code if the newest head exceeds a limit or does not name exactly one host, else None."""
        if len(self.url) > MAX_URL_BYTES:
            return HTTPStatus.REQUEST_URI_TOO_LONG
        if len(self.headers) > MAX_HEADERS or self.head.size > MAX_HEAD_BYTES:
            return HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE
        if len(self.pipeline) >= MAX_PIPELINED_REQUESTS:
            return HTTPStatus.TOO_MANY_REQUESTS
        self._apply_absolute_url()
        return None if self._names_one_host() else HTTPStatus.BAD_REQUEST

    def _apply_absolute_url(self) -> None:
        """Replace the Host header of a request for `http://HOST/…` by that host (RFC 9112 §3.2.2)."""
        _, scheme, after_scheme = self.url.partition(b"://")
        if scheme and not self.url.startswith(b"/") and self._names_one_host():
            other_headers = [header for header in self.headers if header[0] != b"host"]
            self.headers[:] = [(b"host", AUTHORITY_END.split(after_scheme, maxsplit=1)[0]), *other_headers]
            self._head = None  # the headers must be parsed again

    def _names_one_host(self) -> bool:
        """Return True if there is one Host header (RFC 9112 §3.2), or none in a request of HTTP/1.0."""
        is_old = b"host" not in self.head and self.parser.get_http_version() == "1.0"
        return is_old or self.head.has_one_host

    def _refuses_only_request(self) -> bool:
        """Return True if the refused bytes are the body of the only pending request, and its response has not begun."""
        is_unanswered = not self.pipeline and not self.cycle.response_started
        return is_unanswered and (self.cycle.more_body or self._refuses_whole_request)

    def check_timeouts(self, now: float) -> None:
        """Close the connection if it has waited too long."""
        if self.transport.is_closing() or (self._unsent_bytes and not self._is_client_reading(now)):
            self._abort_unless_reading(now)
        elif now > self._deadline and not self.is_busy:
            if self._is_reading_head:
                self.refuse(HTTPStatus.REQUEST_TIMEOUT)
            else:
                self.transport.close()
        elif now > self._deadline:
            self._disconnect_cycles()
            self.transport.abort()  # the rest of a body does not arrive
        else:
            self._is_client_reading(now)

    def _is_client_reading(self, now: float) -> bool:
        """Return True if nothing waits for the client, or it has read some of it in the last WRITE_TIMEOUT_SECONDS."""
        unsent = self.transport.get_write_buffer_size()
        if unsent == 0 or unsent != self._unsent_bytes:
            self._unsent_bytes, self._unsent_since = unsent, now
        return now - self._unsent_since < WRITE_TIMEOUT_SECONDS

    def _abort_unless_reading(self, now: float) -> None:
        if not self._is_client_reading(now):
            self._disconnect_cycles()
            self.transport.abort()

    def _disconnect_cycles(self) -> None:
        for cycle in self._cycles:
            cycle.disconnected = True
            cycle.message_event.set()

    def _close_with(self, response: bytes) -> None:
        if not self.transport.is_closing():
            self._disconnect_cycles()
            self.transport.write(response)
            self.transport.close()

    def _refusal_bytes(self, status: HTTPStatus) -> bytes:
        content_type, text = b"text/plain; charset=utf-8", f"{status.phrase}.\n".encode()
        if self.url.startswith(b"/api/") or API_REQUEST_LINE.match(self._received):  # RFC 9457 §4.2.1
            content_type = b"application/problem+json"
            text = json.dumps({"type": "about:blank", "title": status.phrase, "status": status}).encode()
        headers = [
            *self.server_state.default_headers,
            *security_headers(),
            (b"content-type", content_type),
            (b"content-length", b"%d" % len(text)),
            (b"cache-control", b"no-store"),
            (b"connection", b"close"),
        ]
        return response_head(status, headers) + text


def start_timeout_checks(loop: asyncio.AbstractEventLoop, state: ServerState) -> None:
    """Check the connections of `state` once a second, as long as there are any: one timer for all of them."""
    if not getattr(state, TIMER_ATTRIBUTE, False):
        setattr(state, TIMER_ATTRIBUTE, True)
        loop.call_later(TIMEOUT_CHECK_SECONDS, _check_connections, loop, state)


def _check_connections(loop: asyncio.AbstractEventLoop, state: ServerState) -> None:
    now = loop.time()
    for connection in list(state.connections):
        if isinstance(connection, TimedConnection):
            connection.check_timeouts(now)
    if state.connections:
        loop.call_later(TIMEOUT_CHECK_SECONDS, _check_connections, loop, state)
    else:
        setattr(state, TIMER_ATTRIBUTE, False)
