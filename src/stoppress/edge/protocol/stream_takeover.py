"""Take-over of `/live/SLUG/stream`: such a connection leaves uvicorn, and the server only writes to it from then on.

Most stream requests are recognised in the first bytes of their connection (stream_fast_path.py). This module handles
those that uvicorn's parser has to read, and contains what both paths share. If a request is a plain GET for a stream,
and no other is pending on its connection, the transport goes to a `StreamConnection`. A HEAD gets the head that a GET
would get. Every other request takes the ordinary path. A stream that cannot be taken over reaches the view
`stream_unavailable`, which answers 503 with Retry-After.

Members of uvicorn's HttpToolsProtocol relied on (checked by tests): transport, connections, parser, url, headers,
cycle, pipeline, server, server_state.default_headers, on_headers_complete, on_body, on_message_complete,
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
from stoppress.edge.http.response_head import response_head
from stoppress.edge.http.security_headers import security_headers
from stoppress.edge.live.connection import StreamConnection
from stoppress.edge.live.hub import Hub
from stoppress.edge.live.stream_limits import stream_client, stream_limits
from stoppress.runtime.http_head import RequestHead

STREAM_PATH = re.compile(rb"/live/([a-z0-9-]+)/stream")
SEND_BUFFER_BYTES = 64 * 1024
"""Bytes that the kernel may hold for one reader. By default it buffers megabytes for one that has stopped reading."""

STREAM_HEADERS = (
    (b"content-type", b"text/event-stream; charset=utf-8"),
    (b"cache-control", b"no-store"),
    (b"access-control-allow-origin", b"*"),
    (b"x-accel-buffering", b"no"),
    (b"connection", b"close"),
    *security_headers(),
)


STREAM_REFUSAL_HEADERS = (
    (b"content-length", b"0"),
    (b"cache-control", b"no-store"),
    (b"access-control-allow-origin", b"*"),
    (b"retry-after", b"30"),
    (b"connection", b"close"),
)


class StreamHead:
    """The response head of a stream, built once a second: uvicorn then has a new list of its own headers (the date)."""

    def __init__(self) -> None:
        self._server_headers: object = None
        self._bytes = b""

    def __call__(self, server_headers: list[tuple[bytes, bytes]]) -> bytes:
        """Return the head with uvicorn's own headers."""
        if server_headers is not self._server_headers:
            self._server_headers = server_headers
            self._bytes = response_head(200, (*server_headers, *STREAM_HEADERS))
        return self._bytes


stream_head = StreamHead()


class StreamRequest(NamedTuple):
    """A request for a stream."""

    slug: str
    position: Cursor
    """The newest position of the live blog's log."""
    cursor: Cursor | None
    """The position that the reader has; None if the request names none."""
    is_reconnect: bool
    """True if the request shows that the reader had a stream before."""
    client: str
    """The key of the client that sent the request."""


class StreamTakeoverProtocol(HttpToolsProtocol):
    """uvicorn's protocol, which recognises requests for a stream; RequestLimitsProtocol then calls `_take_over`."""

    hub: Callable[[], Hub | None] = staticmethod(lambda: None)
    """Set by the server; returns None while no follower reads the log."""

    _stream_request: StreamRequest | None = None
    """Set once a stream was requested. All further bytes of the connection are ignored."""
    _head: RequestHead | None = None
    """The parsed headers of the newest request; RequestLimitsProtocol resets it when another request begins."""
    _is_head_method = False
    _is_taken_over = False
    """True once the transport belongs to a StreamConnection; this object must not touch it any more."""

    @property
    def head(self) -> RequestHead:
        """The headers of the newest request, parsed at the first use. Valid once its head is complete."""
        if self._head is None:
            self._head = RequestHead(self.headers)
        return self._head

    def on_headers_complete(self) -> None:
        """Remember a request for a stream; pass on every other request."""
        if self._stream_request is not None:
            return
        self._stream_request = self._parse_stream_request() if self._may_take_over() else None
        self._is_head_method = self.parser.get_method() == b"HEAD"
        if self._stream_request is None:
            super().on_headers_complete()

    def on_body(self, body: bytes) -> None:
        """Ignore what follows a request for a stream."""
        if self._stream_request is None:
            super().on_body(body)

    def on_message_complete(self) -> None:
        """Pass on the end of a request, unless it was for a stream: then there is no request cycle."""
        if self._stream_request is None:
            super().on_message_complete()

    def _may_take_over(self) -> bool:
        is_idle = self.cycle is None or self.cycle.response_complete
        is_safe = self.parser.get_method() in (b"GET", b"HEAD")
        return is_idle and is_safe and not self.pipeline

    def _parse_stream_request(self) -> StreamRequest | None:
        url = httptools.parse_url(self.url)
        match = STREAM_PATH.fullmatch(unquote_to_bytes(url.path or b""))
        head = self.head
        if match is None or head.content_length or b"transfer-encoding" in head or self.hub() is None:
            return None
        peer = self.client[0] if self.client else ""
        return resolve_stream(match[1], url.query or b"", head, head.get(b"host") or self._own_host(), peer)

    def _own_host(self) -> bytes:
        """Return the host of a request that names none, as HTTP/1.0 allows: the address of this socket."""
        host = self.server[0] if self.server and self.parser.get_http_version() == "1.0" else ""
        return host.encode()

    def _take_over(self, request: StreamRequest) -> None:
        """Move the connection to the hub. Called outside the parser, which may be freed here."""
        hub = self.hub()
        if hub is None:
            return
        self._unset_keepalive_if_required()
        self.connections.discard(self)
        self.flow.resume_reading()
        transport: Any = self.transport
        refusal = 0 if self._is_head_method else stream_limits.admit(request.client, descriptor_of(transport))
        self._log_stream(request.slug, refusal or 200)
        if refusal:
            refuse_stream(transport, refusal, self.server_state.default_headers)
            return
        head = stream_head(self.server_state.default_headers)
        if self._is_head_method:
            transport.write(head)
            transport.close()
            return
        self._break_reference_cycle()
        start_stream(transport, hub, request, head)

    def _break_reference_cycle(self) -> None:
        """Remove all attributes, so that parser, protocol and transport release their memory now."""
        vars(self).clear()
        self._is_taken_over = True

    def _log_stream(self, slug: str, status: int) -> None:
        if self.access_log:
            method = "HEAD" if self._is_head_method else "GET"
            access_log.add(self.loop, self.client, f"{method} /live/{slug}/stream", status)


def resolve_stream(slug: bytes, query: bytes, head: RequestHead, host: bytes, peer: str) -> StreamRequest | None:
    """Return the request for a stream of this live blog; None if the blog is unknown or `host` is not allowed.

    A live blog that was opened a moment ago is unknown until the follower has polled the logs.
    """
    name = slug.decode()
    position = log_positions.last_known().get(name)
    if position is None or not is_host_allowed(host):
        return None
    return StreamRequest(name, position, *parse_reader_cursor(query, head), stream_client(peer, head))


def refuse_stream(transport: Any, status: int, server_headers: list[tuple[bytes, bytes]]) -> None:
    """Refuse a stream for now, and close the connection."""
    headers = (*server_headers, *STREAM_REFUSAL_HEADERS, *security_headers())
    transport.write(response_head(status, headers))
    transport.close()


def start_stream(transport: Any, hub: Hub, request: StreamRequest, head: bytes) -> None:
    """Move a connection to the hub, which writes `head` first and never reads a request from it again."""
    connection = StreamConnection(transport, limit_send_buffer(transport), hub)
    connection.client = request.client
    transport.set_protocol(connection)
    connection.start_writing()
    hub.join(connection, request.slug, request.position, request.cursor, head, request.is_reconnect)


def parse_reader_cursor(query: bytes, head: RequestHead) -> tuple[Cursor | None, bool]:
    """Return the position that the reader has, and whether it had a stream before.

    Last-Event-ID, which a reconnecting EventSource sends, takes precedence over `?after=`. The page's script adds
    `&again=1` to that when it reconnects. The cursor is None if the request names none. A malformed one becomes a
    cursor with an empty epoch, which the hub answers with a reset.
    """
    last_event_id = head.text(b"last-event-id")
    fields = parse_qs(query.decode("latin-1")) if query else {}
    text = last_event_id or fields.get("after", [""])[0]
    if not text:
        return None, False
    return Cursor.parse(text) or Cursor("", 0), bool(last_event_id) or "again" in fields


def descriptor_of(transport: BaseTransport) -> int:
    """Return the descriptor of a connection's socket, or INVALID_FD if there is no socket."""
    connection = transport.get_extra_info("socket")
    return INVALID_FD if connection is None else int(connection.fileno())


def limit_send_buffer(transport: BaseTransport) -> int:
    """Limit the kernel's send buffer; return the socket's descriptor, or INVALID_FD if there is no socket."""
    connection = transport.get_extra_info("socket")
    if connection is None:
        return INVALID_FD
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, SEND_BUFFER_BYTES)
    descriptor: int = connection.fileno()
    return descriptor
