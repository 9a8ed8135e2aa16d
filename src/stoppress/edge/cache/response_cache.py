"""Readers' answers as ready bytes: head and body per (address, encoding), good until the log behind them moves on.

    hot.py (the protocol) ──find──► Memory ◄──keep── Remembering (ASGI) ──asks once──► Django

`Remembering` stands around Django. It asks Django for a plain GET that holds nothing of the reader's request but the
host, once for all who want the same at the same time, and answers each of them from what came back: whole, as HEAD
or as 304. What Django answered is kept as uvicorn would have written it, so that hot.py can answer with one write.
"""

import re
import time
from collections import OrderedDict, deque
from collections.abc import Callable, Iterable
from typing import Any, NamedTuple

from stoppress.coverage.public_state import Cursor
from stoppress.edge.cache import log_positions
from stoppress.edge.cache.compressed_body import negotiate_encoding
from stoppress.edge.http.conditional_requests import ClientCopy
from stoppress.edge.http.host_check import is_host_allowed
from stoppress.runtime.http_head import RequestHead

MAX_CACHE_BYTES = 64 * 1024 * 1024
MAX_NOT_FOUND = 256
"""Addresses without anything there that are remembered at a time."""
MAX_NEW_KEYS = 4096
"""Answers kept between two looks at the logs: by far not so many can be made."""
HOME_SLUG = ""
"""Stands for the slug where an answer depends on all live blogs."""

CACHED_PATH = re.compile(
    rb"/live/([A-Za-z0-9_-]{1,80})"
    rb"(?:/(?:before|posts)/[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}|/changes/[A-Za-z0-9-]{1,60}"
    rb"|/feed\.(?:atom|rss|json)|/blog\.jsonld|/stream)?"
    rb"|/embed/([A-Za-z0-9_-]{1,80})"
)
REPRESENTATION_HEADERS = {b"content-type", b"content-length", b"content-encoding"}
"""Headers that a 304 does without (RFC 9110 §15.4.5)."""
REASON_PHRASES = {200: b"OK", 304: b"Not Modified", 404: b"Not Found", 410: b"Gone"}

Headers = list[tuple[bytes, bytes]]


def cached_slug(path: bytes) -> str | None:
    """The live blog that a hot address belongs to, INDEX for the list of coverage; None if the address is not hot."""
    if path == b"/":
        return HOME_SLUG
    found = CACHED_PATH.fullmatch(path)
    return (found[1] or found[2]).decode() if found else None


class CachedResponse:
    """One remembered answer. `as_of` is the end of the log that it was made at."""

    __slots__ = (
        "_general",
        "_stamped",
        "_unchanged",
        "_whole",
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
        self.slug, self.as_of, self.status, self.headers, self.body = slug, as_of, status, headers, body
        self.etag, self.last_modified = _valued(headers, b"etag"), _valued(headers, b"last-modified")
        self._general: object = None
        self._whole = self._unchanged = b""
        self.head_size = 0

    @property
    def size(self) -> int:
        """Bytes held, about: the body alone, and head and body ready to write."""
        return 2 * len(self.body) + 4096

    def to_bytes(self, general: Headers, method: bytes, condition: ClientCopy | None) -> tuple[int, bytes]:
        """Status and the bytes to write; `general` are uvicorn's own headers (the date), a new list each second."""
        if general is not self._general:
            self._assemble(general)
        if condition is not None and condition.is_current(self.etag, self.last_modified):
            return 304, self._unchanged
        return self.status, self._whole if method == b"GET" else self._whole[: self.head_size]

    def to_asgi(self, method: str, condition: ClientCopy) -> tuple[int, Headers, bytes]:
        """The same for ASGI: status, headers, body."""
        if condition.is_current(self.etag, self.last_modified):
            return 304, self._headers_unchanged(), b""
        return self.status, self.headers, self.body if method == "GET" else b""

    def _assemble(self, general: Headers) -> None:
        head = _head(self.status, [*general, *self.headers])
        self._whole, self.head_size = head + self.body, len(head)
        self._unchanged = _head(304, [*general, *self._headers_unchanged()])
        self._general = general

    def _headers_unchanged(self) -> Headers:
        return [(name, value) for name, value in self.headers if name not in REPRESENTATION_HEADERS]


def _valued(headers: Headers, wanted: bytes) -> str:
    return next((value.decode("latin-1") for name, value in headers if name == wanted), "")


def _head(status: int, headers: Iterable[tuple[bytes, bytes]]) -> bytes:
    lines = [b"HTTP/1.1 %d %s\r\n" % (status, REASON_PHRASES[status])]
    lines += [name + b": " + value + b"\r\n" for name, value in headers]
    return b"".join([*lines, b"\r\n"])


class CacheKey(NamedTuple):
    """What an answer is kept under."""

    path: bytes
    encoding: str


def parse_cache_request(path: bytes, head: RequestHead, not_cached: frozenset[bytes]) -> tuple[CacheKey, ClientCopy | None] | None:
    """Return under which key the answer to a GET or HEAD is kept, and which copy the client has.

    Args:
        path: The path of the address, as it was sent.
        head: The headers of the request.
        not_cached: Fields whose presence makes the request none for the cache.

    Returns:
        None if the request is none for the cache: it has one of those fields, or does not name one host of ours.
        The condition is None if the client names no copy.
    """
    if head.has_any(not_cached) or not head.has_one_host or not is_host_allowed(head.get(b"host")):
        return None
    condition = ClientCopy(head.text(b"if-none-match"), head.text(b"if-modified-since"))
    return CacheKey(path, negotiate_encoding(head.text(b"accept-encoding"))), condition if any(condition) else None


class NotFoundCache:
    """The 404s since the last look at the logs: the next look ends them, and so does a hint before it.

    They stand apart, so that any number of wrong addresses displaces no good answer.
    """

    def __init__(self, most: int = MAX_NOT_FOUND) -> None:
        self._most = most
        self._kept: OrderedDict[CacheKey, CachedResponse] = OrderedDict()
        self._since: log_positions.LogPositions | None = None

    def __len__(self) -> int:
        return len(self._kept)

    def find(self, key: CacheKey, known: log_positions.LogPositions) -> CachedResponse | None:
        """The 404 of `key`, if it was given since the look that found `known`."""
        if known is not self._since or key not in self._kept:
            return None
        self._kept.move_to_end(key)
        return self._kept[key]

    def store(self, key: CacheKey, answer: CachedResponse, known: log_positions.LogPositions) -> None:
        """Remember a 404 that was asked for after the look that found `known`; forget those of before."""
        if known is not self._since:
            self.clear()
            self._since = known
        self._kept[key] = answer
        if len(self._kept) > self._most:
            self._kept.popitem(last=False)

    def clear(self) -> None:
        """Forget everything."""
        self._kept.clear()


class ResponseCache:
    """The answers at hand, bounded by bytes; those not asked for longest fall out. For the event loop's thread only,

    but for `sweep`.
    """

    def __init__(self, most_bytes: int = MAX_CACHE_BYTES, clock: Callable[[], float] = time.monotonic) -> None:
        self._most, self._clock = most_bytes, clock
        self._kept: OrderedDict[CacheKey, CachedResponse] = OrderedDict()
        self._missing = NotFoundCache()
        self._fresh: deque[CacheKey] = deque(maxlen=MAX_NEW_KEYS)
        """What was kept since the last sweep."""
        self.bytes = 0

    def __len__(self) -> int:
        return len(self._kept)

    def find(self, key: CacheKey) -> CachedResponse | None:
        """The answer that is kept under `key`, if it is certain to be true now."""
        known = log_positions.fresh_positions(self._clock)
        if known is None:
            return None
        found = self._kept.get(key)
        if found is None:
            return self._missing.find(key, known)
        now = known.cursors.get(found.slug) if found.slug else known.combined
        if now is not found.as_of:
            if now != found.as_of:
                return None
            found.as_of = now  # the same value: next time it is the same object
        self._kept.move_to_end(key)
        return found

    def store(self, key: CacheKey, answer: CachedResponse) -> None:
        """Remember, and forget what has become too much."""
        self._drop(key)
        if answer.size > self._most:
            return
        self._kept[key] = answer
        self._fresh.append(key)
        self.bytes += answer.size
        while self.bytes > self._most:
            self._drop(next(iter(self._kept)))

    def store_not_found(self, key: CacheKey, answer: CachedResponse, seen: log_positions.LogPositions) -> None:
        """Remember a 404, asked for when `seen` was the last look; not if somebody has looked or written since."""
        if log_positions.fresh_positions(self._clock) is seen:
            self._missing.store(key, answer, seen)

    def remove_outdated(self, known: log_positions.LogPositions, whole: bool = True) -> None:
        """Let go of whatever the logs have moved on from, so that withdrawn text is in no memory either.

        Not `whole`: the logs are where they were at the sweep before, and only what came since is looked at.
        """
        keys = list(self._kept if whole else self._fresh)
        self._fresh.clear()
        for key in keys:
            answer = self._kept.get(key)
            now = known.cursors.get(answer.slug) if answer and answer.slug else known.combined
            if answer and now != answer.as_of:
                self._drop(key)

    def texts(self) -> Iterable[CachedResponse]:
        """All that is kept, but for the 404s; for tests that walk it."""
        return list(self._kept.values())

    def clear(self) -> None:
        """Forget everything."""
        self._kept.clear()
        self._missing.clear()
        self.bytes = 0

    def _drop(self, key: Any) -> None:
        if found := self._kept.pop(key, None):
            self.bytes -= found.size


response_cache = ResponseCache()
"""The one memory of this process."""
