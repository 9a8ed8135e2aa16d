"""Cached responses, written inside uvicorn's protocol: parse, look up, one write.

A request is answered here only if no other request of its connection is pending, the client reads what it gets, and
the request is a plain GET or HEAD over HTTP/1.1 with one allowed Host, without a body, on a connection that stays open.
Every other request takes the ordinary path, through StreamTakeoverProtocol and uvicorn to CacheMiddleware: that path is
always correct, only slower.

The meaning of a request follows from its bytes alone. Readers send no cookies, so thousands of pages poll with the very
same bytes. Bytes that were one whole request before are recognised and need no parser.

Members of uvicorn's HttpToolsProtocol relied on (checked by tests): those named in stream_takeover.py and
request_limits.py, and access_log, client, flow.write_paused, server_state.default_headers, server_state.total_requests,
timeout_keep_alive_task, _unset_keepalive_if_required.
"""

import re
from typing import NamedTuple

from stoppress.edge.cache.response_cache import CacheKey, parse_cache_request, response_cache
from stoppress.edge.http.access_log import access_log
from stoppress.edge.http.conditional_requests import ClientCopy
from stoppress.edge.protocol.request_limits import MAX_HEAD_BYTES, MAX_HEADERS, MAX_URL_BYTES, RequestLimitsProtocol
from stoppress.runtime.http_head import BODY_HEADERS, CONNECTION_HEADERS, CREDENTIAL_HEADERS, PRECONDITION_HEADERS

CACHED_METHODS = (b"GET", b"HEAD")
NEVER_CACHED = re.compile(rb"/live/[^/?]+/stream(?:\?|$)")
"""Request targets that are never in the cache, so no lookup is made."""
NON_PLAIN_HEADERS = BODY_HEADERS | CONNECTION_HEADERS | PRECONDITION_HEADERS
MAX_RECOGNISED_BYTES = 2048
MAX_RECOGNISED_REQUESTS = 2048


class PlainRequest(NamedTuple):
    """A request that the cache may answer."""

    key: CacheKey
    method: bytes
    client_copy: ClientCopy | None
    """The copy that the client has; None if the request names none."""
    url: bytes
    has_credentials: bool
    """True if the request contains secrets, so that its bytes must not be stored."""


class CachedResponseProtocol(RequestLimitsProtocol):
    """The protocol of the web process: answers from the cache, moves streams to the hub, passes the rest to Django."""

    cache = response_cache
    recognised_requests: dict[bytes, PlainRequest] = {}
    """Whole requests that were answered before, by their bytes; shared by all connections."""

    _answered_request: PlainRequest | None = None
    """The newest request if it was answered from the cache; uvicorn then has no request cycle for it."""

    def data_received(self, data: bytes) -> None:
        """Answer recognised bytes at once; parse all others."""
        if not self._is_between_requests or self.is_busy or self._refusal is not None:
            super().data_received(data)
            return
        request = self.recognised_requests.get(data)
        if request is not None and not self.flow.write_paused and self._answer(request):
            return
        self._answered_request = None
        super().data_received(data)
        is_one_request = self._requests_begun == 1 and self._is_between_requests
        if is_one_request and self._answered_request is not None and len(data) <= MAX_RECOGNISED_BYTES:
            self._remember(data, self._answered_request)

    def on_headers_complete(self) -> None:
        """Answer from the cache if possible; pass on every other request."""
        self._answered_request = None
        may_be_cached = len(self.url) <= MAX_URL_BYTES and not NEVER_CACHED.match(self.url)
        if may_be_cached and self._stream_request is None and not self.is_busy and not self.flow.write_paused:
            request = self._parse_plain_request()
            if request is not None and self._answer(request):
                self._answered_request = request
                return
        super().on_headers_complete()

    def on_body(self, body: bytes) -> None:
        """Pass on a piece of a body; a request that was answered here has none."""
        if self._answered_request is None:
            super().on_body(body)

    def on_message_complete(self) -> None:
        """Pass on the end of a request; one that was answered here has no request cycle."""
        self._is_between_requests = True
        if self._answered_request is None:
            super().on_message_complete()

    def _answer(self, request: PlainRequest) -> bool:
        """Write the cached response; return False if there is none."""
        response = self.cache.find(request.key)
        if response is None:
            return False
        if self.timeout_keep_alive_task is not None:
            self._unset_keepalive_if_required()
        state = self.server_state
        status, data = response.to_bytes(state.default_headers, request.method, request.client_copy)
        self.transport.write(data)
        state.total_requests += 1
        self.await_next_request()
        if self.access_log:
            url, method = request.url.decode("ascii", "replace"), request.method.decode()
            access_log.add(self.loop, self.client, f"{method} {url}", status)
        return True

    def _parse_plain_request(self) -> PlainRequest | None:
        """Return the newest request if the cache may answer it."""
        parser = self.parser
        method = parser.get_method()
        if method not in CACHED_METHODS or parser.should_upgrade() or not parser.should_keep_alive():
            return None
        if parser.get_http_version() != "1.1" or len(self.headers) > MAX_HEADERS:
            return None
        head = self.head
        is_small = 0 < len(self._received) <= MAX_HEAD_BYTES  # all of the head is part of these bytes
        if not is_small and head.size > MAX_HEAD_BYTES:
            return None
        parsed = parse_cache_request(self.url.partition(b"?")[0], head, NON_PLAIN_HEADERS)
        if parsed is None:
            return None
        return PlainRequest(parsed[0], method, parsed[1], self.url, head.has_any(CREDENTIAL_HEADERS))

    def _remember(self, data: bytes, request: PlainRequest) -> None:
        if request.has_credentials:
            return
        while len(self.recognised_requests) >= MAX_RECOGNISED_REQUESTS:
            del self.recognised_requests[next(iter(self.recognised_requests))]
        self.recognised_requests[data] = request
