"""The access log of what the edge answers itself: uvicorn's lines, those of a moment in one record.

To put a record together, look it through for secrets and write it takes longer than the answer; and after a restart
thousands of readers come in a second.
"""

import asyncio
import logging

log = logging.getLogger("uvicorn.access")

MOMENT = 0.05
"""Seconds."""


class AccessLog:
    """Lines that wait for a moment. service/logs.py makes one each of them again."""

    def __init__(self) -> None:
        self._lines: list[str] = []

    def note(self, loop: asyncio.AbstractEventLoop, client: tuple[str, int] | None, request: str, status: int) -> None:
        """`request`: method and address."""
        if not self._lines:
            loop.call_later(MOMENT, self.flush)
        host, port = client or ("", 0)
        self._lines.append(f'{host}:{port} - "{request} HTTP/1.1" {status}')

    def flush(self) -> None:
        """Hand over what there is."""
        lines, self._lines = self._lines, []
        if lines:
            log.info("%s", "\n".join(lines))


access_log = AccessLog()
