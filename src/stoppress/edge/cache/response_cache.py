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
from stoppress.edge.cache.compressed_body import negotiated
from stoppress.edge.http.conditional_requests import Condition
from stoppress.edge.http.host_check import host_allowed
from stoppress.runtime.http_head import RequestHead

MOST_BYTES = 64 * 1024 * 1024
MOST_MISSING = 256
"""Addresses without anything there that are remembered at a time."""
MOST_FRESH = 4096
"""Answers kept between two looks at the logs: by far not so many can be made."""
INDEX = ""
"""Stands for the slug where an answer depends on all live blogs."""

ADDRESS = re.compile(
    rb"/live/([A-Za-z0-9_-]{1,80})"
    rb"(?:/(?:before|posts)/[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}|/changes/[A-Za-z0-9-]{1,60}"
    rb"|/feed\.(?:atom|rss|json)|/blog\.jsonld|/stream)?"
    rb"|/embed/([A-Za-z0-9_-]{1,80})"
)
OF_THE_BODY = {b"content-type", b"content-length", b"content-encoding"}
"""Headers that a 304 does without (RFC 9110 §15.4.5)."""
REASONS = {200: b"OK", 304: b"Not Modified", 404: b"Not Found", 410: b"Gone"}

Headers = list[tuple[bytes, bytes]]


def slug_of(path: bytes) -> str | None:
    """The live blog that a hot address belongs to, INDEX for the list of coverage; None if the address is not hot."""
    if path == b"/":
        return INDEX
    found = ADDRESS.fullmatch(path)
    return (found[1] or found[2]).decode() if found else None


class Answer:
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

    def written(self, general: Headers, method: bytes, condition: Condition | None) -> tuple[int, bytes]:
        """Status and the bytes to write; `general` are uvicorn's own headers (the date), a new list each second."""
        if general is not self._general:
            self._assemble(general)
        if condition is not None and condition.met_by(self.etag, self.last_modified):
            return 304, self._unchanged
        return self.status, self._whole if method == b"GET" else self._whole[: self.head_size]

    def told(self, method: str, condition: Condition) -> tuple[int, Headers, bytes]:
        """The same for ASGI: status, headers, body."""
        if condition.met_by(self.etag, self.last_modified):
            return 304, self._headers_unchanged(), b""
        return self.status, self.headers, self.body if method == "GET" else b""

    def _assemble(self, general: Headers) -> None:
        head = _head(self.status, [*general, *self.headers])
        self._whole, self.head_size = head + self.body, len(head)
        self._unchanged = _head(304, [*general, *self._headers_unchanged()])
        self._general = general

    def _headers_unchanged(self) -> Headers:
        return [(name, value) for name, value in self.headers if name not in OF_THE_BODY]


def _valued(headers: Headers, wanted: bytes) -> str:
    return next((value.decode("latin-1") for name, value in headers if name == wanted), "")


def _head(status: int, headers: Iterable[tuple[bytes, bytes]]) -> bytes:
    lines = [b"HTTP/1.1 %d %s\r\n" % (status, REASONS[status])]
    lines += [name + b": " + value + b"\r\n" for name, value in headers]
    return b"".join([*lines, b"\r\n"])


class Key(NamedTuple):
    """What an answer is kept under."""

    path: bytes
    encoding: str


def cache_request(path: bytes, head: RequestHead, not_cached: frozenset[bytes]) -> tuple[Key, Condition | None] | None:
    """Return under which key the answer to a GET or HEAD is kept, and which copy the client has.

    Args:
        path: The path of the address, as it was sent.
        head: The headers of the request.
        not_cached: Fields whose presence makes the request none for the cache.

    Returns:
        None if the request is none for the cache: it has one of those fields, or does not name one host of ours.
        The condition is None if the client names no copy.
    """
    if head.has_any(not_cached) or not head.has_one_host or not host_allowed(head.get(b"host")):
        return None
    condition = Condition(head.text(b"if-none-match"), head.text(b"if-modified-since"))
    return Key(path, negotiated(head.text(b"accept-encoding"))), condition if any(condition) else None


class Missing:
    """The 404s since the last look at the logs: the next look ends them, and so does a hint before it.

    They stand apart, so that any number of wrong addresses displaces no good answer.
    """

    def __init__(self, most: int = MOST_MISSING) -> None:
        self._most = most
        self._kept: OrderedDict[Key, Answer] = OrderedDict()
        self._since: log_positions.Heads | None = None

    def __len__(self) -> int:
        return len(self._kept)

    def find(self, key: Key, known: log_positions.Heads) -> Answer | None:
        """The 404 of `key`, if it was given since the look that found `known`."""
        if known is not self._since or key not in self._kept:
            return None
        self._kept.move_to_end(key)
        return self._kept[key]

    def keep(self, key: Key, answer: Answer, known: log_positions.Heads) -> None:
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


class Memory:
    """The answers at hand, bounded by bytes; those not asked for longest fall out. For the event loop's thread only,

    but for `sweep`.
    """

    def __init__(self, most_bytes: int = MOST_BYTES, clock: Callable[[], float] = time.monotonic) -> None:
        self._most, self._clock = most_bytes, clock
        self._kept: OrderedDict[Key, Answer] = OrderedDict()
        self._missing = Missing()
        self._fresh: deque[Key] = deque(maxlen=MOST_FRESH)
        """What was kept since the last sweep."""
        self.bytes = 0

    def __len__(self) -> int:
        return len(self._kept)

    def find(self, key: Key) -> Answer | None:
        """The answer that is kept under `key`, if it is certain to be true now."""
        known = log_positions.trusted(self._clock)
        if known is None:
            return None
        found = self._kept.get(key)
        if found is None:
            return self._missing.find(key, known)
        now = known.cursors.get(found.slug) if found.slug else known.together
        if now is not found.as_of:
            if now != found.as_of:
                return None
            found.as_of = now  # the same value: next time it is the same object
        self._kept.move_to_end(key)
        return found

    def keep(self, key: Key, answer: Answer) -> None:
        """Remember, and forget what has become too much."""
        self._drop(key)
        if answer.size > self._most:
            return
        self._kept[key] = answer
        self._fresh.append(key)
        self.bytes += answer.size
        while self.bytes > self._most:
            self._drop(next(iter(self._kept)))

    def keep_missing(self, key: Key, answer: Answer, seen: log_positions.Heads) -> None:
        """Remember a 404, asked for when `seen` was the last look; not if somebody has looked or written since."""
        if log_positions.trusted(self._clock) is seen:
            self._missing.keep(key, answer, seen)

    def sweep(self, known: log_positions.Heads, whole: bool = True) -> None:
        """Let go of whatever the logs have moved on from, so that withdrawn text is in no memory either.

        Not `whole`: the logs are where they were at the sweep before, and only what came since is looked at.
        """
        keys = list(self._kept if whole else self._fresh)
        self._fresh.clear()
        for key in keys:
            answer = self._kept.get(key)
            now = known.cursors.get(answer.slug) if answer and answer.slug else known.together
            if answer and now != answer.as_of:
                self._drop(key)

    def texts(self) -> Iterable[Answer]:
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


memory = Memory()
"""The one memory of this process."""
