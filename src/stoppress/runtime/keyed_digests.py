"""Seals for short texts made here, so that whatever comes back with one was made here: keyed BLAKE2b (RFC 7693 2.9).

A million readers get five of them each: what key and purpose cost is paid once, and each seal is one call into C.
"""

import hmac
from collections.abc import Callable
from functools import lru_cache
from hashlib import blake2b

from django.conf import settings

DigestFunction = Callable[[bytes], bytes]
"""Takes a text, gives its seal in hexadecimal."""


def digest_function(purpose: str, size: int) -> DigestFunction:
    """What seals texts of one purpose with this installation's key; a seal is worth nothing for another purpose.

    Args:
        purpose: ASCII, 16 bytes at most.
        size: of a seal before it is written in hexadecimal, in bytes.
    """
    return _seal(purpose, size, settings.SECRET_KEY)


def is_valid_digest(text: bytes, seal: bytes, with_: DigestFunction) -> bool:
    """Whether this is the text's own seal; takes as long for every wrong one."""
    return hmac.compare_digest(with_(text), seal)


@lru_cache(maxsize=64)
def _seal(purpose: str, size: int, secret: str) -> DigestFunction:
    key = blake2b(secret.encode()).digest()
    begun = blake2b(key=key, digest_size=size, person=purpose.encode("ascii"))
    copied = begun.copy

    def seal(text: bytes) -> bytes:
        going = copied()
        going.update(text)
        return going.hexdigest().encode("ascii")

    return seal
