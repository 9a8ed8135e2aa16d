"""One body in every content coding that clients request (RFC 9110 §8.4, §12.5.3), each compressed once.

`CompressedBody(html).encoded("br")` compresses at the first call; later calls return the same bytes.
"""

import gzip
from collections.abc import Callable
from threading import Lock

import brotli
import zstandard

from stoppress.edge.http.memoise_short import memoise_short

IDENTITY = ""
MIN_COMPRESSED_BYTES = 200
"""Smaller bodies are not compressed: they would gain less than the header costs."""

ENCODERS: dict[str, Callable[[bytes], bytes]] = {
    "br": lambda body: bytes(brotli.compress(body, mode=brotli.MODE_TEXT, quality=5)),
    "zstd": lambda body: zstandard.ZstdCompressor(level=6).compress(body),
    "gzip": lambda body: gzip.compress(body, 6, mtime=0),
}
"""Content codings, the best compression first. Of those that the client accepts equally, the first is used."""


class CompressedBody:
    """The bytes of one response in every content coding. Thread-safe."""

    def __init__(self, body: bytes) -> None:
        self._lock = Lock()
        self._encoded = {IDENTITY: body}

    @property
    def body(self) -> bytes:
        """The body without content coding."""
        return self._encoded[IDENTITY]

    @property
    def size(self) -> int:
        """Bytes in memory, in all content codings."""
        return sum(map(len, self._encoded.values()))

    def usable_encoding(self, encoding: str) -> str:
        """Return `encoding`, or IDENTITY if the body is too small to gain by it."""
        return encoding if len(self.body) >= MIN_COMPRESSED_BYTES else IDENTITY

    def encoded(self, encoding: str) -> bytes:
        """Return the body in `encoding`, one of ENCODERS or IDENTITY."""
        encoded = self._encoded.get(encoding)
        if encoded is not None:
            return encoded
        with self._lock:
            if encoding not in self._encoded:
                self._encoded[encoding] = ENCODERS[encoding](self.body)
            return self._encoded[encoding]


@memoise_short
def negotiate_encoding(accept: str) -> str:
    """Return the content coding for an Accept-Encoding of `accept`; IDENTITY if the client accepts none of ENCODERS.

    A body without content coding is sent even to clients that refuse it: RFC 9110 §15.5.7 allows that, and the client
    may still be able to read it.
    """
    qualities = _parse_qualities(accept)
    default = qualities.get("*", 0.0)
    best, chosen = 0.0, IDENTITY
    for name in ENCODERS:
        quality = qualities.get(name, qualities.get("x-gzip", default) if name == "gzip" else default)
        if quality > best:
            best, chosen = quality, name
    return chosen if best >= qualities.get("identity", 0.0) else IDENTITY


def _parse_qualities(accept: str) -> dict[str, float]:
    """Return `gzip;q=0.5, br` as {"gzip": 0.5, "br": 1.0}."""
    qualities: dict[str, float] = {}
    for part in accept.lower().split(","):
        name, _, parameter = part.partition(";")
        if name := name.strip():
            qualities[name] = _parse_quality(parameter)
    return qualities


def _parse_quality(parameter: str) -> float:
    """Return `q=0.5` as 0.5 (RFC 9110 §12.4.2); 1 if there is no parameter, 0 if it is malformed."""
    name, equals, value = parameter.partition("=")
    if not parameter.strip():
        return 1.0
    try:
        quality = float(value) if name.strip() == "q" and equals else 0.0
    except ValueError:
        return 0.0
    return quality if 0.0 <= quality <= 1.0 else 0.0
