"""The first protocol of every connection: its first bytes decide which protocol takes over.

    connection ─► StreamFastPath ─┬─ one whole, plain request for a stream ─► StreamConnection
                                  └─ anything else ─► CachedResponseProtocol, which gets these bytes

Most connections are for a stream, and after a restart thousands of them arrive within a second. For those, uvicorn's
protocol object, its parser and one call per header would take longer than all the rest. CachedResponseProtocol
interprets a request that is recognised here in the same way, and gets the bytes in every uncertain case.
"""

import asyncio
import re
from typing import Any

from uvicorn.config import Config
from uvicorn.protocols.utils import get_remote_addr
from uvicorn.server import ServerState

from stoppress.edge.http.access_log import access_log
from stoppress.edge.http.connection_limit import connection_limit
from stoppress.edge.live.stream_limits import stream_limits
from stoppress.edge.protocol import request_limits
from stoppress.edge.protocol.cached_response_protocol import NON_PLAIN_HEADERS, CachedResponseProtocol
from stoppress.edge.protocol.request_limits import MAX_HEADERS, TimedConnection, start_timeout_checks
from stoppress.edge.protocol.stream_takeover import (
    StreamRequest,
    descriptor_of,
    refuse_stream,
    resolve_stream,
    start_stream,
    stream_head,
)
from stoppress.runtime.http_head import RequestHead, parse_header_lines

STREAM_REQUEST = re.compile(
    rb"GET /live/([a-z0-9-]+)/stream(?:\?([A-Za-z0-9=&._~+-]*))? HTTP/1\.1\r\n"
    rb"((?:[A-Za-z0-9-]+:[\t\x20-\x7e\x80-\xff]*\r\n)+)\r\n"
)
MAX_FAST_PATH_BYTES = 8 * 1024
"""Longer heads are left to uvicorn's parser."""


class StreamFastPath(TimedConnection):
    """A connection from which nothing has been read yet. uvicorn creates it in place of its own protocol."""

    __slots__ = ("_app_state", "_config", "_deadline", "_loop", "_server_state", "_transport")

    def __init__(
        self,
        config: Config,
        server_state: ServerState,
        app_state: dict[str, Any],
        _loop: asyncio.AbstractEventLoop | None = None,
    ) -> None:
        self._config, self._server_state, self._app_state = config, server_state, app_state
        self._loop = _loop or asyncio.get_running_loop()
        self._transport: Any = None
        self._deadline = self._loop.time() + request_limits.HEAD_TIMEOUT_SECONDS

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Wait for the first request, or close at once if too many connections are open."""
        self._transport = transport
        connection = transport.get_extra_info("socket")
        if connection is not None and connection_limit.is_exceeded(connection.fileno()):
            self._transport.close()
            return
        self._connections.add(self)
        start_timeout_checks(self._loop, self._server_state)

    def connection_lost(self, exc: Exception | None) -> None:
        """Forget a connection that sent nothing."""
        self._connections.discard(self)

    def data_received(self, data: bytes) -> None:
        """Pass the connection to the protocol that these bytes call for."""
        self._connections.discard(self)
        hub, transport = CachedResponseProtocol.hub(), self._transport
        peer = get_remote_addr(transport)
        request = parse_stream_request(data, peer[0] if peer else "") if hub is not None else None
        if hub is None or request is None:
            protocol = CachedResponseProtocol(self._config, self._server_state, self._app_state, self._loop)
            transport.set_protocol(protocol)
            protocol.connection_made(transport)
            protocol.data_received(data)
            return
        refusal = stream_limits.admit(request.client, descriptor_of(transport))
        if self._config.access_log:
            access_log.add(self._loop, peer, f"GET /live/{request.slug}/stream", refusal or 200)
        if refusal:
            refuse_stream(transport, refusal, self._server_state.default_headers)
            return
        start_stream(transport, hub, request, stream_head(self._server_state.default_headers))

    def check_timeouts(self, now: float) -> None:
        """Close the connection if its first bytes are late."""
        if now > self._deadline:
            self._transport.close()

    def shutdown(self) -> None:
        """Close, as uvicorn's protocols do when no request is pending and the server stops."""
        self._transport.close()

    @property
    def _connections(self) -> set[Any]:
        """Open connections; uvicorn's type of this set names its own protocols only."""
        return self._server_state.connections


def parse_stream_request(data: bytes, peer: str = "") -> StreamRequest | None:
    """Return the request in `data` if it is exactly one plain request for a stream that this process can serve."""
    match = STREAM_REQUEST.fullmatch(data) if len(data) <= MAX_FAST_PATH_BYTES else None
    if match is None:
        return None
    headers = parse_header_lines(match[3])
    if len(headers) > MAX_HEADERS:
        return None
    head = RequestHead(headers)
    if head.has_repeated_fields or head.has_any(NON_PLAIN_HEADERS):
        return None
    return resolve_stream(match[1], match[2] or b"", head, head.get(b"host"), peer)
