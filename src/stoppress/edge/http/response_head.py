"""Response heads as bytes, for responses that are written without Django: cached ones, refusals, streams."""

from collections.abc import Iterable
from http import HTTPStatus


def header_lines(headers: Iterable[tuple[bytes, bytes]]) -> bytes:
    """Return the headers as lines of an HTTP/1.1 head, without the empty line that ends it."""
    return b"".join([name + b": " + value + b"\r\n" for name, value in headers])


def response_head(status: int, headers: Iterable[tuple[bytes, bytes]]) -> bytes:
    """Return the status line, the header lines and the empty line that ends a head."""
    phrase = HTTPStatus(status).phrase.encode()
    return b"HTTP/1.1 %d %b\r\n%b\r\n" % (status, phrase, header_lines(headers))
