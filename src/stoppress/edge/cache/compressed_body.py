"""One body, compressed once: as it is, and in each encoding that somebody has asked for (RFC 9110 §8.4, §12.5.3).

page = Rendition(html)
page.encoded("br")          made by whoever asks first, kept for everybody after
"""

import gzip
from collections.abc import Callable
from functools import lru_cache
from threading import Lock

import brotli
import zstandard

IDENTITY = ""
MAX_MEMOISED_CHARACTERS = 200
"""Characters of a header whose meaning is kept: a thousand long ones would be many megabytes."""
MIN_COMPRESSED_BYTES = 200
"""Bytes under which compressing gains nothing worth a header."""

ENCODERS: dict[str, Callable[[bytes], bytes]] = {
    "br": lambda body: bytes(brotli.compress(body, mode=brotli.MODE_TEXT, quality=5)),
    "zstd": lambda body: zstandard.ZstdCompressor(level=6).compress(body),
    "gzip": lambda body: gzip.compress(body, 6, mtime=0),
}
"""In the order in which they are chosen where a reader likes several alike: smallest first."""


class CompressedBody:
    """The bytes of one answer in every encoding. Safe to use from any thread."""

    def __init__(self, body: bytes) -> None:
        self._lock = Lock()
        self._made = {IDENTITY: body}

    @property
    def body(self) -> bytes:
        """The body without any encoding."""
        return self._made[IDENTITY]

    @property
    def size(self) -> int:
        """Bytes held."""
        return sum(map(len, self._made.values()))

    def usable_encoding(self, encoding: str) -> str:
        """`encoding`, or none where the body is too small to gain by it."""
        return encoding if len(self.body) >= MIN_COMPRESSED_BYTES else IDENTITY

    def encoded(self, encoding: str) -> bytes:
        """The body in `encoding`, one of ENCODERS or IDENTITY."""
        found = self._made.get(encoding)
        if found is not None:
            return found
        with self._lock:
            if encoding not in self._made:
                self._made[encoding] = ENCODERS[encoding](self.body)
            return self._made[encoding]


def negotiate_encoding(accept: str) -> str:
    """The encoding to answer an Accept-Encoding of `accept` with; IDENTITY if none of ours is wanted.

    An answer without encoding is sent even to those who refuse that: RFC 9110 §15.5.7 allows it, and they may read it.
    """
    return _negotiated(accept) if len(accept) <= MAX_MEMOISED_CHARACTERS else _negotiated.__wrapped__(accept)


@lru_cache(maxsize=1024)
def _negotiated(accept: str) -> str:
    wishes = _wishes(accept)
    rest = wishes.get("*", 0.0)
    best, chosen = 0.0, IDENTITY
    for name in ENCODERS:
        wish = wishes.get(name, wishes.get("x-gzip", rest) if name == "gzip" else rest)
        if wish > best:
            best, chosen = wish, name
    return chosen if best >= wishes.get("identity", 0.0) else IDENTITY


def _wishes(accept: str) -> dict[str, float]:
    """`gzip;q=0.5, br` as {"gzip": 0.5, "br": 1.0}; what cannot be read is not wished for."""
    found: dict[str, float] = {}
    for part in accept.lower().split(","):
        name, _, parameter = part.partition(";")
        if name := name.strip():
            found[name] = _quality(parameter)
    return found


def _quality(parameter: str) -> float:
    """`q=0.5` as 0.5 (RFC 9110 §12.4.2); 1 where nothing is said, 0 where it is nonsense."""
    name, equals, value = parameter.partition("=")
    if not parameter.strip():
        return 1.0
    try:
        quality = float(value) if name.strip() == "q" and equals else 0.0
    except ValueError:
        return 0.0
    return quality if 0.0 <= quality <= 1.0 else 0.0
