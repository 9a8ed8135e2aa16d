"""`/live/SLUG/stream`: a connection is taken over from uvicorn and from then on only written to.

Most requests for a stream are recognised at the door (door.py); here are those of which uvicorn's parser has to make
sense, and what both have in common. If it is a plain GET for a stream, with nothing else under way on that connection,
the transport is given to `StreamReader`; everything else goes the ordinary way (a HEAD gets the head that a GET would).
A stream that cannot be taken over is answered by the view in changes.py, which says to come back.

Members of uvicorn's HttpToolsProtocol relied on (held by tests): transport, connections, parser, url, headers, cycle,
pipeline, server, server_state.default_headers, data_received, on_headers_complete, on_body, on_message_complete,
_unset_keepalive_if_required.
"""

import re
import socket
from asyncio import BaseTransport
from collections.abc import Callable
from typing import Any, NamedTuple
from urllib.parse import parse_qs, unquote_to_bytes

import httptools
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from stoppress.coverage.public_state import Cursor
from stoppress.edge.cache import log_positions
from stoppress.edge.fanout.socket_write import INVALID_FD
from stoppress.edge.http.access_log import access_log
from stoppress.edge.http.host_check import is_host_allowed
from stoppress.edge.http.security_headers import security_header_lines
from stoppress.edge.live.connection import StreamConnection
from stoppress.edge.live.hub import Hub
from stoppress.runtime.http_head import RequestHead

STREAM_PATH = re.compile(rb"/live/([a-z0-9-]+)/stream")
SEND_BUFFER_BYTES = 64 * 1024
"""Bytes the kernel may hold for one reader; by default it takes megabytes for one who has stopped reading."""

STREAM_HEADER_LINES = (
    b"content-type: text/event-stream; charset=utf-8\r\n"
    b"cache-control: no-store\r\n"
    b"access-control-allow-origin: *\r\n"
    b"x-accel-buffering: no\r\n"
    b"connection: close\r\n" + security_header_lines() + b"\r\n"
)


class StreamHead:
    """The head of a stream, made once a second: uvicorn then has a new list of its own headers (the date)."""

    def __init__(self) -> None:
        self._general: object = None
        self._ready = b""

    def __call__(self, general: list[tuple[bytes, bytes]]) -> bytes:
        """The bytes; `general` are uvicorn's own headers."""
        if general is not self._general:
            own = b"".join(name + b": " + value + b"\r\n" for name, value in general)
            self._general, self._ready = general, b"HTTP/1.1 200 OK\r\n" + own + STREAM_HEADER_LINES
        return self._ready


stream_head = StreamHead()


class StreamRequest(NamedTuple):
    """A stream that is asked for."""

    slug: str
    head: Cursor
    """Where the live blog stands."""
    cursor: Cursor | None
    """Where the reader says it stands; None if it says nothing."""
    is_reconnect: bool
    """Whether it says that it had a stream before."""


class StreamTakeoverProtocol(HttpToolsProtocol):
    """uvicorn's protocol, which hands streams over to the hub."""

    hub: Callable[[], Hub | None] = staticmethod(lambda: None)
    """Set by the server; None as long as nothing follows the log."""

    _taken: StreamRequest | None = None
    _head: RequestHead | None = None
    """Of the newest request, once it was read; guarded.py forgets it when another begins."""
    _head_alone = False
    _handed_over = False
    """True once the transport belongs to a StreamReader; this object must not touch it any more."""

    @property
    def head(self) -> RequestHead:
        """The headers of the newest request, read once. To be used when its head is complete."""
        if self._head is None:
            self._head = RequestHead(self.headers)
        return self._head

    def on_headers_complete(self) -> None:
        """Note a stream to be taken over; let everything else pass."""
        if self._taken is not None:
            return  # whatever a reader sends after asking for a stream is ignored
        self._taken = self._stream_wanted() if self._may_take_over() else None
        self._head_alone = self.parser.get_method() == b"HEAD"
        if self._taken is None:
            super().on_headers_complete()

    def on_body(self, body: bytes) -> None:
        """Nothing is read from a taken connection."""
        if self._taken is None:
            super().on_body(body)

    def on_message_complete(self) -> None:
        """The request of a taken connection has no cycle to tell."""
        if self._taken is None:
            super().on_message_complete()

    def data_received(self, data: bytes) -> None:
        """Parse, then take over if that was asked for."""
        super().data_received(data)
        if self._taken is not None and not self.transport.is_closing():
            self._take_over(self._taken)

    def _may_take_over(self) -> bool:
        idle = self.cycle is None or self.cycle.response_complete
        read = self.parser.get_method() in (b"GET", b"HEAD")
        return idle and read and not self.pipeline

    def _stream_wanted(self) -> StreamRequest | None:
        url = httptools.parse_url(self.url)
        match = STREAM_PATH.fullmatch(unquote_to_bytes(url.path or b""))
        head = self.head
        if match is None or head.content_length or b"transfer-encoding" in head or self.hub() is None:
            return None
        return resolve_stream(match[1], url.query or b"", head, head.get(b"host") or self._own_host())

    def _own_host(self) -> bytes:
        """What a request is for that names no host, as those of HTTP/1.0 may: this very address."""
        host = self.server[0] if self.server and self.parser.get_http_version() == "1.0" else ""
        return host.encode()

    def _take_over(self, wanted: StreamRequest) -> None:
        hub = self.hub()
        if hub is None:
            return
        self._unset_keepalive_if_required()
        self.connections.discard(self)
        self.flow.resume_reading()
        self._log_stream(wanted.slug)
        transport: Any = self.transport
        head = stream_head(self.server_state.default_headers)
        if self._head_alone:
            transport.write(head)
            transport.close()
            return
        self._let_go()
        start_stream(transport, hub, wanted, head)

    def _let_go(self) -> None:
        """Undo the ring of references parser ─ protocol ─ transport, so that its memory is free now."""
        vars(self).clear()
        self._handed_over = True

    def _log_stream(self, slug: str) -> None:
        if self.access_log:
            method = "HEAD" if self._head_alone else "GET"
            access_log.add(self.loop, self.client, f"{method} /live/{slug}/stream", 200)


def resolve_stream(slug: bytes, query: bytes, head: RequestHead, host: bytes) -> StreamRequest | None:
    """A stream of this live blog, if there is one, and `host` is one of ours."""
    name = slug.decode()
    position = log_positions.last_known().get(name)
    if position is None or not is_host_allowed(host):
        return None
    return StreamRequest(name, position, *parse_reader_cursor(query, head))


def start_stream(transport: Any, hub: Hub, wanted: StreamRequest, head: bytes) -> None:
    """Have a connection only written to from now on, `head` first."""
    reader = StreamConnection(transport, limit_send_buffer(transport), hub)
    transport.set_protocol(reader)
    reader.start_writing()
    hub.join(reader, wanted.slug, wanted.head, wanted.cursor, head, wanted.is_reconnect)


def parse_reader_cursor(query: bytes, head: RequestHead) -> tuple[Cursor | None, bool]:
    """Where the reader says it stands, and whether it had a stream before.

    Last-Event-ID, which a reconnecting EventSource sends, goes before `?after=`, to which our page adds `&again=1` when
    it comes back. None if it says nothing. Nonsense comes out as a cursor of no epoch, which is answered by a reset.
    """
    last = head.text(b"last-event-id")
    said = parse_qs(query.decode("latin-1")) if query else {}
    text = last or said.get("after", [""])[0]
    if not text:
        return None, False
    return Cursor.parse(text) or Cursor("", 0), bool(last) or "again" in said


def limit_send_buffer(transport: BaseTransport) -> int:
    """The descriptor of a stream's socket; from now on the kernel swallows no megabytes if nobody reads from it."""
    connection = transport.get_extra_info("socket")
    if connection is None:
        return INVALID_FD
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, SEND_BUFFER_BYTES)
    descriptor: int = connection.fileno()
    return descriptor
