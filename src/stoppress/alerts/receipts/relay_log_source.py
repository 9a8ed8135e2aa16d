"""Where lines of the relay's log come from: pasted, out of an uploaded file, or out of a file on this machine.

Read as a stream and kept nowhere. However much comes, packed or in one endless line, only MOST of it is read.
"""

import zlib
from collections.abc import Iterator
from gzip import GzipFile
from io import SEEK_END
from pathlib import Path
from typing import IO

from stoppress.alerts.errors import UnreadableLogError

MAX_LOG_BYTES = 256 * 1024 * 1024
"""Bytes of log that are read, unpacked: about two million lines, some ten seconds."""
MAX_LINE_BYTES = 8192
"""Bytes of a line that are read in one piece."""
GZIP_MAGIC = b"\x1f\x8b"


class UploadedLog:
    """The lines of a log; `cut` says, once they are read, that it held more. Iterating raises LogUnreadable."""

    def __init__(self, file: IO[bytes], most: int = MAX_LOG_BYTES) -> None:
        self._file, self._most = file, most
        self.is_truncated = False

    def __iter__(self) -> Iterator[str]:
        try:
            yield from self._read(self._file, is_gzip(self._file))
        except (OSError, EOFError, zlib.error) as error:
            raise UnreadableLogError(getattr(error, "strerror", None) or str(error)) from error

    def _read(self, file: IO[bytes], packed: bool) -> Iterator[str]:
        source: IO[bytes] = GzipFile(fileobj=file) if packed else file  # type: ignore[assignment]
        left = self._most
        while piece := source.readline(MAX_LINE_BYTES):
            left -= len(piece)
            if left < 0:
                self.is_truncated = True
                return
            yield piece.decode("utf-8", "replace")


class LocalLogFile(UploadedLog):
    """The same of a file here: of a long one its end, which is what was written last."""

    def __init__(self, path: Path, most: int = MAX_LOG_BYTES) -> None:
        self._path, self._most = path, most
        self.is_truncated = False

    def __iter__(self) -> Iterator[str]:
        if not self._path.is_file():
            raise UnreadableLogError(f"there is no file {self._path}")
        try:
            with self._path.open("rb") as file:
                packed = is_gzip(file)
                skipped = not packed and self._skip(file)
                yield from self._read(file, packed)
                self.is_truncated = self.is_truncated or skipped
        except (OSError, EOFError, zlib.error) as error:
            raise UnreadableLogError(getattr(error, "strerror", None) or str(error)) from error

    def _skip(self, file: IO[bytes]) -> bool:
        """Go to where the last MOST bytes begin; whether anything comes before."""
        size = file.seek(0, SEEK_END)
        return file.seek(max(0, size - self._most)) > 0


def is_gzip(file: IO[bytes]) -> bool:
    """Whether it is gzip's (RFC 1952 2.3.1); the file stands at its beginning then."""
    begin = file.read(len(GZIP_MAGIC))
    file.seek(0)
    return begin == GZIP_MAGIC
