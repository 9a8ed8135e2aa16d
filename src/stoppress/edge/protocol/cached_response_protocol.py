"""Readers' hot addresses, answered from memory inside uvicorn's protocol: parse, look up, one write.

An answer goes out this way only if nothing on its connection is still being answered or waiting, the reader takes what
it is sent, and the request is a plain GET or HEAD over HTTP/1.1 that stays open, with one good Host and no body.
Everything else goes the ordinary way, through EdgeProtocol (streams) and uvicorn to remembering.py: it is never wrong,
only slower.

What a request means follows from its bytes alone, and readers send no cookies: thousands of pages poll with the very
same bytes. Bytes that were one whole request before are recognised and need no parser.

Members of uvicorn's HttpToolsProtocol relied on (held by tests): those named in stream.py and guarded.py, and
access_log, client, flow.write_paused, server_state.default_headers, server_state.total_requests,
timeout_keep_alive_task, _unset_keepalive_if_required.
"""

import re
from typing import NamedTuple

from stoppress.edge.cache.response_cache import CacheKey, parse_cache_request, response_cache
from stoppress.edge.http.access_log import access_log
from stoppress.edge.http.conditional_requests import ClientCopy
from stoppress.edge.protocol.request_limits import MAX_HEAD_BYTES, MAX_URL_BYTES, MAX_HEADERS, RequestLimitsProtocol
from stoppress.runtime.http_head import BODY_HEADERS, CONNECTION_HEADERS, CREDENTIAL_HEADERS, PRECONDITION_HEADERS

CACHED_METHODS = (b"GET", b"HEAD")
NEVER_CACHED = re.compile(rb"/live/[^/?]+/stream(?:\?|$)")
"""What is never in memory: not worth a look."""
NON_PLAIN_HEADERS = BODY_HEADERS | CONNECTION_HEADERS | PRECONDITION_HEADERS
MAX_RECOGNISED_BYTES = 2048
MAX_RECOGNISED_REQUESTS = 2048


class PlainRequest(NamedTuple):
    """What a plain request asks for."""

    key: CacheKey
    method: bytes
    client_copy: ClientCopy | None
    """What the reader has already; None if nothing is said of it."""
    url: bytes
    has_credentials: bool
    """Whether the request holds what is nobody's business, and must not be remembered."""


class CachedResponseProtocol(RequestLimitsProtocol):
    """The protocol of the web process: hot addresses from memory, streams to the hub, the rest to Django."""

    response_cache = response_cache
    recognised_requests: dict[bytes, PlainRequest] = {}
    """The meaning of whole requests that were answered before, by their bytes; for all connections."""

    _answered: PlainRequest | None = None

    def data_received(self, data: bytes) -> None:
        """Answer at once what is recognised; parse everything else."""
        if not self._between or self.is_busy or self._refusal is not None:
            super().data_received(data)
            return
        wanted = self.recognised_requests.get(data)
        if wanted is not None and not self.flow.write_paused and self._answer(wanted):
            return
        self._answered = None
        super().data_received(data)
        if self._begun == 1 and self._between and self._answered is not None and len(data) <= MAX_RECOGNISED_BYTES:
            self._recognise(data, self._answered)

    def on_headers_complete(self) -> None:
        """Answer at once if that can be done; let everything else pass."""
        self._answered = None
        plain = self._taken is None and len(self.url) <= MAX_URL_BYTES and not NEVER_CACHED.match(self.url)
        if plain and not self.is_busy and not self.flow.write_paused:
            wanted = self._wanted()
            if wanted is not None and self._answer(wanted):
                self._answered = wanted
                return
        super().on_headers_complete()

    def on_body(self, body: bytes) -> None:
        """What was answered here had none."""
        if self._answered is None:
            super().on_body(body)

    def on_message_complete(self) -> None:
        """A request that was answered here has no cycle to tell."""
        self._between = True
        if self._answered is None:
            super().on_message_complete()

    def _answer(self, wanted: PlainRequest) -> bool:
        answer = self.cache.find(wanted.key)
        if answer is None:
            return False
        if self.timeout_keep_alive_task is not None:
            self._unset_keepalive_if_required()
        state = self.server_state
        status, data = answer.to_bytes(state.default_headers, wanted.method, wanted.client_copy)
        self.transport.write(data)
        state.total_requests += 1
        self.await_next_request()
        if self.access_log:
            self._log_answer(wanted, status)
        return True

    def _wanted(self) -> PlainRequest | None:
        """What this request asks for, if that may be answered from memory."""
        method = self.parser.get_method()
        if method not in CACHED_METHODS or self.parser.should_upgrade() or not self.parser.should_keep_alive():
            return None
        if self.parser.get_http_version() != "1.1" or len(self.headers) > MAX_HEADERS:
            return None
        head = self.head
        found = parse_cache_request(self.url.partition(b"?")[0], head, NON_PLAIN_HEADERS) if head.size <= MAX_HEAD_BYTES else None
        if found is None:
            return None
        return PlainRequest(found[0], method, found[1], self.url, head.has_any(CREDENTIAL_HEADERS))

    def _recognise(self, data: bytes, wanted: PlainRequest) -> None:
        if wanted.has_credentials:
            return
        while len(self.recognised_requests) >= MAX_RECOGNISED_REQUESTS:
            del self.recognised_requests[next(iter(self.recognised_requests))]
        self.recognised_requests[data] = wanted

    def _log_answer(self, wanted: PlainRequest, status: int) -> None:
        """The line that uvicorn writes for every other request."""
        url, method = wanted.url.decode("ascii", "replace"), wanted.method.decode()
        access_log.add(self.loop, self.client, f"{method} {url}", status)
