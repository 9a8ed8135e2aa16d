"""Everything in a process that holds a text: any string or bytes of any object, and what is compressed."""

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


class SplitText:
    """A text that this object does not hold: whoever asks gets it made anew, so that only others can keep it."""

    def __init__(self, first: str, second: str) -> None:
        self.halves = first, second

    @classmethod
    def random(cls) -> Self:
        """One that nobody has told yet."""
        return cls(uuid4().hex, uuid4().hex)

    def __str__(self) -> str:
        return "".join(self.halves)

    def __bytes__(self) -> bytes:
        return str(self).encode()


def find_holders(secret: SplitText) -> list[str]:
    """What holds `secret` in this process, one line each, which do not; compressed bodies are looked into."""
    gc.collect()
    found = []
    for one in gc.get_objects():  # told apart by type(): isinstance would wake Django's lazy objects
        if type(one) is CachedResponse:
            found += [f"an answer of {one.slug}, {one.status}"] if contains_text(_plain(one), secret) else []
        elif type(one) is CompressedBody:
            packed = [name for name, body in list(one._encoded.items()) if contains_text(decode_body(body, name), secret)]
            found += [f"a rendition in {packed}"] if packed else []
        elif type(one) not in (FrameType, CodeType) and any(contains_text(text, secret) for text in texts_in(one)):
            found.append(f"{type(one)}: {str(one).replace(str(secret), '(secret)')[:300]}")
    return found


def texts_in(one: object) -> Iterator[str | bytes | bytearray]:
    """The texts that an object holds: itself, or in containers of nothing else, which the collector does not list."""
    for thing in gc.get_referents(one):
        if type(thing) in TEXTS:
            yield thing
        elif type(thing) in CONTAINERS and not gc.is_tracked(thing):
            yield from texts_in(thing)


def contains_text(text: str | bytes | bytearray, secret: SplitText) -> bool:
    """Whether `text` holds it."""
    return len(text) >= 64 and (str(secret) in text if isinstance(text, str) else bytes(secret) in text)


def _plain(answer: CachedResponse) -> bytes:
    encoding = next((value.decode() for name, value in answer.headers if name == b"content-encoding"), "")
    return decode_body(answer.body, encoding)
