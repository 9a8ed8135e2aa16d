"""Response heads as bytes, for responses that are written without Django: cached ones, refusals, streams."""

from collections.abc import Iterable
from http import HTTPStatus


def response_head(status: int, headers: Iterable[tuple[bytes, bytes]]) -> bytes:
    """Return the status line, the header lines and the empty line that ends a head."""
    lines = b"".join([name + b": " + value + b"\r\n" for name, value in headers])
    return b"HTTP/1.1 %d %b\r\n%b\r\n" % (status, HTTPStatus(status).phrase.encode(), lines)
