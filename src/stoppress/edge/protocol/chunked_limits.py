"""Limits on what a chunked request carries besides its content: chunk lines, chunk extensions, trailers. No I/O.

Trailers are never merged into the headers of a request. RFC 9110 §6.5.1 forbids that for the fields that matter:
framing, routing, authentication, conditions. They are counted and discarded.
"""

from collections.abc import Callable
from http import HTTPStatus

MAX_EXTRA_BYTES = 8 * 1024
"""Bytes that the chunk extensions and trailers of one request may have."""
CHUNK_LINE_BYTES = 16
"""Bytes of framing per chunk that do not count as an extension."""
MAX_TINY_CHUNKS = 4096
MIN_BYTES_PER_CHUNK = 8
"""A request may have MAX_TINY_CHUNKS chunks, and one more for each MIN_BYTES_PER_CHUNK bytes of content."""


class FramingTooLargeError(Exception):
    """A chunked request has too many extensions, trailers or tiny chunks. `status` is the answer's status code."""

    def __init__(self, status: HTTPStatus) -> None:
        super().__init__(status.phrase)
        self.status = status


class DiscardedHeaders(list[tuple[bytes, bytes]]):
    """Replaces the header list of a request once its head is complete: counts what is appended, and keeps nothing."""

    def __init__(self, count: Callable[[bytes, bytes], None] | None = None) -> None:
        super().__init__()
        self._count = count

    def append(self, header: tuple[bytes, bytes]) -> None:
        """Count a trailer."""
        if self._count is not None:
            self._count(*header)


class ChunkedLimits:
    """Counters of one chunked request."""

    __slots__ = ("_chunks", "_content", "_framing", "_trailers")

    def __init__(self) -> None:
        self._chunks = self._content = self._framing = self._trailers = 0

    def count_chunk(self) -> None:
        """Count one chunk.

        Raises:
            FramingTooLargeError: there are too many chunks for the content so far.
        """
        self._chunks += 1
        if self._chunks > MAX_TINY_CHUNKS + self._content // MIN_BYTES_PER_CHUNK:
            raise FramingTooLargeError(HTTPStatus.BAD_REQUEST)

    def count_content(self, size: int) -> None:
        """Count `size` bytes of content."""
        self._content += size

    def count_trailer(self, name: bytes, value: bytes) -> None:
        """Count one trailer.

        Raises:
            FramingTooLargeError: the trailers of the request are larger than MAX_EXTRA_BYTES.
        """
        self._trailers += len(name) + len(value) + len(b": \r\n")
        if self._trailers > MAX_EXTRA_BYTES:
            raise FramingTooLargeError(HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE)

    def count_framing(self, size: int) -> None:
        """Count `size` received bytes that are not content: chunk lines, extensions, trailers.

        Raises:
            FramingTooLargeError: extensions and trailers, parsed or not, are larger than MAX_EXTRA_BYTES.
        """
        self._framing += max(0, size)
        if self._framing - self._chunks * CHUNK_LINE_BYTES > MAX_EXTRA_BYTES:
            raise FramingTooLargeError(HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE)
