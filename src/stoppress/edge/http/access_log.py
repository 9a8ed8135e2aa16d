"""The access log of what the edge answers itself: uvicorn's lines, those of a moment in one record.

To put a record together, look it through for secrets and write it takes longer than the answer; and after a restart
thousands of readers come in a second.
"""

import asyncio
import logging

log = logging.getLogger("uvicorn.access")

MAX_DELAY_SECONDS = 0.05
"""Seconds that a line waits at the most."""
MAX_BUFFERED_CHARACTERS = 32 * 1024
"""Characters that wait at the most: what is written in one go takes a millisecond or two."""
MAX_REQUEST_CHARACTERS = 1000
"""Characters of a request that are shown."""


class AccessLog:
    """Lines that wait for a moment. service/logs.py makes one each of them again."""

    def __init__(self) -> None:
        self._lines: list[str] = []
        self._size = 0
        self._loop: asyncio.AbstractEventLoop | None = None
        """Whose timer will flush; a loop that has ended meanwhile is passed over by the next."""

    def add(self, loop: asyncio.AbstractEventLoop, client: tuple[str, int] | None, request: str, status: int) -> None:
        """`request`: method and address."""
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
            loop.call_later(MAX_DELAY_SECONDS, self._end_moment, loop)

    def flush(self) -> None:
        """Hand over what there is."""
        lines, self._lines, self._size = self._lines, [], 0
        if lines:
            log.info("%s", "\n".join(lines))

    def _end_moment(self, loop: asyncio.AbstractEventLoop) -> None:
        if self._loop is loop:
            self._loop = None
        self.flush()


access_log = AccessLog()
