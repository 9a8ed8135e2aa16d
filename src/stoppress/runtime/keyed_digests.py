"""Protect short texts with a keyed digest (BLAKE2b, RFC 7693 §2.9), to detect whether this installation wrote them.

A million readers get five links each. So the key setup is done once per purpose, and each digest is one call into C.
"""

import hmac
from collections.abc import Callable
from functools import lru_cache
from hashlib import blake2b

from django.conf import settings

DigestFunction = Callable[[bytes], bytes]
"""Takes a text and returns its digest in hexadecimal."""


def digest_function(purpose: str, size: int) -> DigestFunction:
    """Return the function that computes digests for `purpose` with this installation's secret key.

    A digest for one purpose is not valid for another.

    Args:
        purpose: ASCII, at most 16 bytes.
        size: Length of a digest in bytes, before it is written in hexadecimal.
    """
    return _cached_digest_function(purpose, size, settings.SECRET_KEY)


def is_valid_digest(text: bytes, digest: bytes, compute: DigestFunction) -> bool:
    """Return True if `digest` is that of `text`. The comparison takes the same time for every wrong digest."""
    return hmac.compare_digest(compute(text), digest)


@lru_cache(maxsize=64)
def _cached_digest_function(purpose: str, size: int, secret: str) -> DigestFunction:
    key = blake2b(secret.encode()).digest()
    copy_keyed_hash = blake2b(key=key, digest_size=size, person=purpose.encode("ascii")).copy

    def compute(text: bytes) -> bytes:
        keyed_hash = copy_keyed_hash()
        keyed_hash.update(text)
        return keyed_hash.hexdigest().encode("ascii")

    return compute
