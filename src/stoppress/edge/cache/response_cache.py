"""Ready responses in memory: head and body per address and content coding, valid until their log moves on.

    CachedResponseProtocol ──find──► ResponseCache ◄──store── CacheMiddleware (ASGI) ──one request──► Django

`CacheMiddleware` wraps Django. It sends Django a plain GET with only the host of the client's request, once for all
clients that request the same response at the same time. From Django's response it answers each client: with the whole
response, with its head only, or with 304. The response is stored as uvicorn would write it, so that
`CachedResponseProtocol` answers with a single write.
"""

import re
import time
from collections import OrderedDict, deque
from collections.abc import Callable, Iterable
from typing import NamedTuple

from stoppress.coverage.public_state import Cursor
from stoppress.edge.cache import log_positions
from stoppress.edge.cache.compressed_body import negotiate_encoding
from stoppress.edge.http.conditional_requests import ClientCopy
from stoppress.edge.http.host_check import is_host_allowed
from stoppress.edge.http.response_head import response_head
from stoppress.runtime.http_head import RequestHead

MAX_CACHE_BYTES = 64 * 1024 * 1024
MAX_NOT_FOUND = 256
"""404 responses that are kept at the same time."""
MAX_NEW_KEYS = 4096
"""Maximum number of keys remembered between two polls of the logs; a process renders far fewer responses."""
HOME_SLUG = ""
"""Used in place of a slug for responses that depend on all live blogs."""

CACHED_PATH = re.compile(
    rb"/live/([A-Za-z0-9_-]{1,80})"
    rb"(?:/(?:before|after|posts)/[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}|/changes/[A-Za-z0-9-]{1,60}"
    rb"|/from-the-start|/lite|/feed\.(?:atom|rss|json)|/blog\.jsonld|/stream)?"
    rb"|/embed/([A-Za-z0-9_-]{1,80})"
)
REPRESENTATION_HEADERS = {b"content-type", b"content-length", b"content-encoding"}
"""Headers that a 304 leaves out (RFC 9110 §15.4.5)."""

Headers = list[tuple[bytes, bytes]]


def cached_slug(path: bytes) -> str | None:
    """Return the slug of the live blog that `path` belongs to; None if responses at `path` are not cached.

    The list of live blogs has HOME_SLUG.
    """
    if path == b"/":
        return HOME_SLUG
    match = CACHED_PATH.fullmatch(path)
    return (match[1] or match[2]).decode() if match else None


class CachedResponse:
    """One stored response."""

    __slots__ = (
        "_not_modified_bytes",
        "_server_headers",
        "_whole_bytes",
        "as_of",
        "body",
        "etag",
        "head_size",
        "headers",
        "last_modified",
        "slug",
        "status",
    )

    def __init__(self, slug: str, as_of: Cursor, status: int, headers: Headers, body: bytes) -> None:
        """Keep what Django returned.

        Args:
            slug: the live blog whose log the response depends on, or HOME_SLUG.
            as_of: position of the log that the response shows.
            status: status code.
            headers: names in lower case, and values.
            body: the body in its content coding.
        """
        self.slug, self.as_of, self.status, self.headers, self.body = slug, as_of, status, headers, body
        self.etag, self.last_modified = _header_text(headers, b"etag"), _header_text(headers, b"last-modified")
        self._server_headers: object = None
        self._whole_bytes = self._not_modified_bytes = b""
        self.head_size = 0

    @property
    def size(self) -> int:
        """Bytes in memory, estimated: the body once by itself and once behind its head."""
        return 2 * len(self.body) + 4096

    def to_bytes(self, server_headers: Headers, method: bytes, copy: ClientCopy | None) -> tuple[int, bytes]:
        """Return the status code and the bytes to write.

        Args:
            server_headers: uvicorn's own headers (the date); uvicorn makes a new list each second.
            method: GET or HEAD.
            copy: the copy that the client has; None if its request names none.
        """
        if server_headers is not self._server_headers:
            self._assemble(server_headers)
        if copy is not None and copy.is_current(self.etag, self.last_modified):
            return 304, self._not_modified_bytes
        return self.status, self._whole_bytes if method == b"GET" else self._whole_bytes[: self.head_size]

    def to_asgi(self, method: str, copy: ClientCopy) -> tuple[int, Headers, bytes]:
        """Return status code, headers and body for ASGI messages."""
        if copy.is_current(self.etag, self.last_modified):
            return 304, self._not_modified_headers(), b""
        return self.status, self.headers, self.body if method == "GET" else b""

    def _assemble(self, server_headers: Headers) -> None:
        head = response_head(self.status, [*server_headers, *self.headers])
        self._whole_bytes, self.head_size = head + self.body, len(head)
        self._not_modified_bytes = response_head(304, [*server_headers, *self._not_modified_headers()])
        self._server_headers = server_headers

    def _not_modified_headers(self) -> Headers:
        return [(name, value) for name, value in self.headers if name not in REPRESENTATION_HEADERS]


def _header_text(headers: Headers, field_name: bytes) -> str:
    return next((value.decode("latin-1") for name, value in headers if name == field_name), "")


class CacheKey(NamedTuple):
    """What distinguishes stored responses."""

    path: bytes
    encoding: str


def parse_cache_request(
    path: bytes, head: RequestHead, uncached: frozenset[bytes]
) -> tuple[CacheKey, ClientCopy | None] | None:
    """Return the key of the response to a GET or HEAD, and the copy that the client has.

    Args:
        path: the path of the request target, as sent.
        head: the headers of the request.
        uncached: fields whose presence excludes the request from the cache.

    Returns:
        None if the request must not be answered from the cache: it has one of those fields, or it does not name
        exactly one allowed host. The copy is None if the request names none.
    """
    if head.has_any(uncached) or not head.has_one_host or not is_host_allowed(head.get(b"host")):
        return None
    tags, date = head.text(b"if-none-match"), head.text(b"if-modified-since")
    key = CacheKey(path, negotiate_encoding(head.text(b"accept-encoding")))
    return key, ClientCopy(tags, date) if tags or date else None


class NotFoundCache:
    """The 404 responses since the last poll of the logs. The next poll or notification removes them.

    They have a store of their own, so that requests for wrong addresses never displace other responses.
    """

    def __init__(self, limit: int = MAX_NOT_FOUND) -> None:
        self._limit = limit
        self._responses: OrderedDict[CacheKey, CachedResponse] = OrderedDict()
        self._positions: log_positions.LogPositions | None = None

    def __len__(self) -> int:
        return len(self._responses)

    def find(self, key: CacheKey, positions: log_positions.LogPositions) -> CachedResponse | None:
        """Return the 404 for `key` if it was stored with the same `positions`."""
        if positions is not self._positions or key not in self._responses:
            return None
        self._responses.move_to_end(key)
        return self._responses[key]

    def store(self, key: CacheKey, response: CachedResponse, positions: log_positions.LogPositions) -> None:
        """Store a 404 that was requested after `positions` were read; remove those stored with others."""
        if positions is not self._positions:
            self.clear()
            self._positions = positions
        self._responses[key] = response
        if len(self._responses) > self._limit:
            self._responses.popitem(last=False)

    def clear(self) -> None:
        """Remove all responses."""
        self._responses.clear()


class ResponseCache:
    """Responses in memory, bounded by bytes; those used longest ago are removed. Only for the event loop's thread."""

    def __init__(self, max_bytes: int = MAX_CACHE_BYTES, clock: Callable[[], float] = time.monotonic) -> None:
        self._max_bytes, self._clock = max_bytes, clock
        self._responses: OrderedDict[CacheKey, CachedResponse] = OrderedDict()
        self._not_found = NotFoundCache()
        self._new_keys: deque[CacheKey] = deque(maxlen=MAX_NEW_KEYS)
        """Keys stored since the last call of `remove_outdated`."""
        self.bytes = 0

    def __len__(self) -> int:
        return len(self._responses)

    def find(self, key: CacheKey) -> CachedResponse | None:
        """Return the response stored for `key` if its log has not moved on since; None if that cannot be determined."""
        positions = log_positions.fresh_positions(self._clock)
        if positions is None:
            return None
        response = self._responses.get(key)
        if response is None:
            return self._not_found.find(key, positions)
        now = positions.cursors.get(response.slug) if response.slug else positions.combined
        if now is not response.as_of:
            if now != response.as_of:
                return None
            response.as_of = now  # an equal value: the next call compares identical objects
        self._responses.move_to_end(key)
        return response

    def store(self, key: CacheKey, response: CachedResponse) -> None:
        """Store a response; remove the oldest ones while the cache is over its limit."""
        self._remove(key)
        if response.size > self._max_bytes:
            return
        self._responses[key] = response
        self._new_keys.append(key)
        self.bytes += response.size
        while self.bytes > self._max_bytes:
            self._remove(next(iter(self._responses)))

    def store_not_found(self, key: CacheKey, response: CachedResponse, positions: log_positions.LogPositions) -> None:
        """Store a 404 that was requested when `positions` were the latest, unless they no longer are."""
        if log_positions.fresh_positions(self._clock) is positions:
            self._not_found.store(key, response, positions)

    def remove_outdated(self, positions: log_positions.LogPositions, whole: bool = True) -> None:
        """Remove the responses whose logs have moved on, so that withdrawn text leaves this memory too.

        Args:
            positions: the positions of all logs.
            whole: False if the positions are the same as at the last call: only responses stored since are checked.
        """
        keys = list(self._responses if whole else self._new_keys)
        self._new_keys.clear()
        for key in keys:
            response = self._responses.get(key)
            now = positions.cursors.get(response.slug) if response and response.slug else positions.combined
            if response and now != response.as_of:
                self._remove(key)

    def responses(self) -> Iterable[CachedResponse]:
        """Return all stored responses except 404s; for tests."""
        return list(self._responses.values())

    def clear(self) -> None:
        """Remove everything."""
        self._responses.clear()
        self._not_found.clear()
        self.bytes = 0

    def _remove(self, key: CacheKey) -> None:
        if response := self._responses.pop(key, None):
            self.bytes -= response.size


response_cache = ResponseCache()
