"""The access log of responses that the edge writes itself: lines like uvicorn's, many in one record.

Building a record, searching it for secrets and writing it takes longer than the response. After a restart, thousands of
readers connect within a second.
"""

import asyncio
import logging

log = logging.getLogger("uvicorn.access")

MAX_DELAY_SECONDS = 0.05
"""Maximum time in seconds that a line stays in memory."""
MAX_BUFFERED_CHARACTERS = 32 * 1024
"""Maximum number of characters in memory; to write that many at once takes 1 to 2 ms."""
MAX_REQUEST_CHARACTERS = 1000
"""Longer requests are cut off in the log."""


class AccessLog:
    """Collects lines and writes them as one record. service/log_format.py splits the record into lines again."""

    def __init__(self) -> None:
        self._lines: list[str] = []
        self._size = 0
        self._loop: asyncio.AbstractEventLoop | None = None
        """The loop whose timer will flush. A new loop replaces one that ended before its timer ran."""

    def add(self, loop: asyncio.AbstractEventLoop, client: tuple[str, int] | None, request: str, status: int) -> None:
        """Add one line.

        Args:
            loop: the event loop of the caller; its timer writes the line.
            client: address and port of the client; None if unknown.
            request: method and request target.
            status: status code of the response.
        """
        host, port = client or ("", 0)
        if len(request) > MAX_REQUEST_CHARACTERS:
            request = request[:MAX_REQUEST_CHARACTERS] + "…"
        line = f'{host}:{port} - "{request} HTTP/1.1" {status}'
        self._lines.append(line)
        self._size += len(line)
        if self._size > MAX_BUFFERED_CHARACTERS:
            self.flush()
        elif self._loop is not loop:
            self._loop = loop
            loop.call_later(MAX_DELAY_SECONDS, self._flush_from, loop)

    def flush(self) -> None:
        """Write all lines in memory as one record."""
        lines, self._lines, self._size = self._lines, [], 0
        if lines:
            log.info("%s", "\n".join(lines))

    def _flush_from(self, loop: asyncio.AbstractEventLoop) -> None:
        if self._loop is loop:
            self._loop = None
        self.flush()


access_log = AccessLog()
