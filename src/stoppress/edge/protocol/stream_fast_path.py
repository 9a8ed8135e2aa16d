"""Where a connection begins: its first bytes decide who takes it.

    connection ─► Door ─┬─ one whole, plain request for a stream ─► StreamReader
                        └─ anything else ─► HotProtocol, which begins anew with these bytes

Most connections are for a stream, and after a restart thousands of them come in a second: for those, uvicorn's protocol
object, its parser and a call for each header take longer than all the rest. What is recognised here is understood by
HotProtocol in the same way; in any doubt it gets the bytes.
"""

import asyncio
import re
from typing import Any

from uvicorn.config import Config
from uvicorn.protocols.utils import get_remote_addr
from uvicorn.server import ServerState

from stoppress.edge.http.access_log import access_log
from stoppress.edge.http.connection_limit import connection_limit
from stoppress.edge.protocol import request_limits
from stoppress.edge.protocol.cached_response_protocol import NON_PLAIN_HEADERS, CachedResponseProtocol
from stoppress.edge.protocol.request_limits import MAX_HEADERS, TimedConnection, start_timeout_checks
from stoppress.edge.protocol.stream_takeover import StreamRequest, start_stream, stream_head, resolve_stream
from stoppress.runtime.http_head import RequestHead, parse_header_lines

STREAM_REQUEST = re.compile(
    rb"GET /live/([a-z0-9-]+)/stream(?:\?([A-Za-z0-9=&._~+-]*))? HTTP/1\.1\r\n"
    rb"((?:[A-Za-z0-9-]+:[\t\x20-\x7e\x80-\xff]*\r\n)+)\r\n"
)
MAX_FAST_PATH_BYTES = 8 * 1024
"""Bytes of a head that is looked at here."""


class StreamFastPath(TimedConnection):
    """A connection of which nothing has been read yet. Made by uvicorn in place of a protocol of its own."""

    __slots__ = ("_config", "_deadline", "_given", "_loop", "_state", "_transport")

    def __init__(
        self,
        config: Config,
        server_state: ServerState,
        app_state: dict[str, Any],
        _loop: asyncio.AbstractEventLoop | None = None,
    ) -> None:
        self._config, self._state, self._given = config, server_state, app_state
        self._loop = _loop or asyncio.get_running_loop()
        self._transport: Any = None
        self._deadline = self._loop.time() + request_limits.HEAD_TIMEOUT_SECONDS

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """From now on the first request is awaited; unless there is only room left for what we open ourselves."""
        self._transport = transport
        connection = transport.get_extra_info("socket")
        if connection is not None and connection_limit.is_exceeded(connection.fileno()):
            self._transport.close()
            return
        self._connections.add(self)
        start_timeout_checks(self._loop, self._state)

    def connection_lost(self, exc: Exception | None) -> None:
        """Gone without a word."""
        self._connections.discard(self)

    def data_received(self, data: bytes) -> None:
        """Somebody else goes on from here."""
        self._connections.discard(self)
        hub, transport = CachedResponseProtocol.hub(), self._transport
        wanted = parse_stream_request(data) if hub is not None else None
        if hub is None or wanted is None:
            heir = CachedResponseProtocol(self._config, self._state, self._given, self._loop)
            transport.set_protocol(heir)
            heir.connection_made(transport)
            heir.data_received(data)
            return
        if self._config.access_log:
            access_log.add(self._loop, get_remote_addr(transport), f"GET /live/{wanted.slug}/stream", 200)
        start_stream(transport, hub, wanted, stream_head(self._state.default_headers))

    def check_timeouts(self, now: float) -> None:
        """Who says nothing is not waited for."""
        if now > self._deadline:
            self._transport.close()

    def shutdown(self) -> None:
        """The server stops: as uvicorn's protocols do that have nothing under way."""
        self._transport.close()

    @property
    def _connections(self) -> set[Any]:
        return self._state.connections


def parse_stream_request(data: bytes) -> StreamRequest | None:
    """What these bytes ask for, if they are one whole request for a stream that leaves nothing open."""
    found = STREAM_REQUEST.fullmatch(data) if len(data) <= MAX_FAST_PATH_BYTES else None
    if found is None:
        return None
    headers = parse_header_lines(found[3])
    if len(headers) > MAX_HEADERS:
        return None
    head = RequestHead(headers)
    if head.has_repeated_fields or head.has_any(NON_PLAIN_HEADERS):
        return None
    return resolve_stream(found[1], found[2] or b"", head, head.get(b"host"))
