"""Search a process for every object that contains a text: strings, bytes, and compressed bodies."""

import gc
from collections.abc import Iterator
from types import CodeType, FrameType
from typing import Self
from uuid import uuid4

from django.utils.safestring import SafeString

from stoppress.edge.cache.compressed_body import CompressedBody
from stoppress.edge.cache.response_cache import CachedResponse
from tests.support.raw_http import decode_body

TEXTS = (str, SafeString, bytes, bytearray)
CONTAINERS = (tuple, list, dict, set, frozenset)
MIN_CHARACTERS = 64
"""Length of the whole text; shorter strings cannot contain it."""
SHOWN_CHARACTERS = 300


class SplitText:
    """A text stored in two halves, so that this object does not contain it. `str()` and `bytes()` join the halves."""

    def __init__(self, first: str, second: str) -> None:
        self.halves = first, second

    @classmethod
    def random(cls) -> Self:
        """Return a text that no object contains yet."""
        return cls(uuid4().hex, uuid4().hex)

    def __str__(self) -> str:
        return "".join(self.halves)

    def __bytes__(self) -> bytes:
        return str(self).encode()


def find_holders(secret: SplitText) -> list[str]:
    """Return a description of each object in this process that contains `secret`, without the text itself.

    Compressed bodies are decompressed before they are searched.
    """
    gc.collect()
    holders = []
    for thing in gc.get_objects():  # compared by type(): isinstance would evaluate Django's lazy objects
        if type(thing) is CachedResponse:
            found = contains_text(_decoded_body(thing), secret)
            holders += [f"a cached response of {thing.slug}, {thing.status}"] if found else []
        elif type(thing) is CompressedBody:
            bodies = list(thing._encoded.items())
            encodings = [name for name, body in bodies if contains_text(decode_body(body, name), secret)]
            holders += [f"a compressed body in {encodings}"] if encodings else []
        elif type(thing) not in (FrameType, CodeType) and any(contains_text(text, secret) for text in texts_in(thing)):
            holders.append(f"{type(thing)}: {str(thing).replace(str(secret), '(secret)')[:SHOWN_CHARACTERS]}")
    return holders


def texts_in(thing: object) -> Iterator[str | bytes | bytearray]:
    """Yield the texts that an object refers to, directly or in containers that the garbage collector does not track."""
    for referent in gc.get_referents(thing):
        if type(referent) in TEXTS:
            yield referent
        elif type(referent) in CONTAINERS and not gc.is_tracked(referent):
            yield from texts_in(referent)


def contains_text(text: str | bytes | bytearray, secret: SplitText) -> bool:
    """Return True if `text` contains `secret`."""
    if len(text) < MIN_CHARACTERS:
        return False
    return str(secret) in text if isinstance(text, str) else bytes(secret) in text


def _decoded_body(response: CachedResponse) -> bytes:
    encoding = next((value.decode() for name, value in response.headers if name == b"content-encoding"), "")
    return decode_body(response.body, encoding)
