"""Read the lines of a relay's log: pasted, from an uploaded file, or from a file on this machine.

The log is read as a stream and not stored. At most MAX_LOG_BYTES are read, even if the file is compressed or is one
endless line.
"""

import zlib
from collections.abc import Iterator
from gzip import GzipFile
from io import SEEK_END
from pathlib import Path
from typing import IO

from django.utils.translation import gettext as _

from stoppress.alerts.errors import UnreadableLogError

MAX_LOG_BYTES = 256 * 1024 * 1024
"""Limit after decompression: about two million lines, which take about ten seconds."""
MAX_LINE_BYTES = 8192
"""A longer line is read in several pieces."""
GZIP_MAGIC = b"\x1f\x8b"


class UploadedLog:
    """The lines of a log file. Iterating raises UnreadableLogError.

    Attributes:
        is_truncated: True, after iterating, if the log has more than `max_bytes`.
    """

    def __init__(self, file: IO[bytes], max_bytes: int = MAX_LOG_BYTES) -> None:
        self._file, self._max_bytes = file, max_bytes
        self.is_truncated = False

    def __iter__(self) -> Iterator[str]:
        try:
            yield from self._read_lines(self._file, is_gzip(self._file))
        except (OSError, EOFError, zlib.error) as error:
            raise UnreadableLogError(getattr(error, "strerror", None) or str(error)) from error

    def _read_lines(self, file: IO[bytes], compressed: bool) -> Iterator[str]:
        source: IO[bytes] = GzipFile(fileobj=file) if compressed else file  # type: ignore[assignment]
        remaining = self._max_bytes
        while piece := source.readline(MAX_LINE_BYTES):
            remaining -= len(piece)
            if remaining < 0:
                self.is_truncated = True
                return
            yield piece.decode("utf-8", "replace")


class LocalLogFile(UploadedLog):
    """The lines of a log file on this machine. Of a long uncompressed file, only the end is read: the newest lines."""

    def __init__(self, path: Path, max_bytes: int = MAX_LOG_BYTES) -> None:
        self._path, self._max_bytes = path, max_bytes
        self.is_truncated = False

    def __iter__(self) -> Iterator[str]:
        if not self._path.is_file():
            raise UnreadableLogError(_("there is no file {path}").format(path=self._path))
        try:
            with self._path.open("rb") as file:
                compressed = is_gzip(file)
                skipped = not compressed and self._skip_beginning(file)
                yield from self._read_lines(file, compressed)
                self.is_truncated = self.is_truncated or skipped
        except (OSError, EOFError, zlib.error) as error:
            raise UnreadableLogError(getattr(error, "strerror", None) or str(error)) from error

    def _skip_beginning(self, file: IO[bytes]) -> bool:
        """Seek to the last `max_bytes` bytes. Return True if something was skipped."""
        size = file.seek(0, SEEK_END)
        return file.seek(max(0, size - self._max_bytes)) > 0


def is_gzip(file: IO[bytes]) -> bool:
    """Return True if the file is compressed with gzip (RFC 1952 §2.3.1). Leaves it at its beginning."""
    magic = file.read(len(GZIP_MAGIC))
    file.seek(0)
    return magic == GZIP_MAGIC
