"""How many requests Django answers at once: so many of a kind, and who comes then waits for its turn.

    /desk/ /api/         the newsroom's: who is logged in, or says so; all others before its door
    /healthz /metrics    who watches us
    /alerts              who signs up: they wait for the DNS, too
    /static/ /media/     files
    all else             coverage that is not in memory

Each has a thread and a connection to the database as long as it is answered. Without a limit, thousands of readers
who follow wrong links would take all that PostgreSQL has, and the newsroom could not write.
"""

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import Any
from weakref import WeakKeyDictionary

from django.conf import settings

from stoppress.edge.http.security_headers import security_headers
from stoppress.runtime.http_head import RequestHead

NEWSROOM, DOOR, WATCH, MAIL, FILES, COVERAGE = "newsroom", "door", "watch", "mail", "files", "coverage"
MOST = {NEWSROOM: 8, DOOR: 4, WATCH: 2, MAIL: 16, FILES: 8, COVERAGE: 8}
"""Requests at once: Python gains nothing by more, but for those who wait for others."""
PREFIXES = {
    "/desk/": NEWSROOM,
    "/api/": NEWSROOM,
    "/healthz": WATCH,
    "/metrics": WATCH,
    "/alerts": MAIL,
    "/static/": FILES,
    "/media/": FILES,
}
MOST_WAITING = 512
"""Of a kind; who comes then is asked to come back in a moment: the others have enough to wait for."""


class Full(Exception):
    """So many wait already that it is no use."""


class Lane:
    """The requests of one kind. For one event loop."""

    def __init__(self, most: int, most_waiting: int = MOST_WAITING) -> None:
        self._turns = asyncio.Semaphore(most)
        self._most_waiting, self._waiting = most_waiting, 0

    @asynccontextmanager
    async def turn(self) -> AsyncIterator[None]:
        """Wait, first come first served; then go. Raises Full."""
        if self._waiting >= self._most_waiting:
            raise Full
        self._waiting += 1
        try:
            await self._turns.acquire()
        finally:
            self._waiting -= 1
        try:
            yield
        finally:
            self._turns.release()


_lanes: WeakKeyDictionary[asyncio.AbstractEventLoop, Mapping[str, Lane]] = WeakKeyDictionary()


def lane_of(scope: Mapping[str, Any]) -> Lane:
    """Where a request (an ASGI scope) belongs, in the loop that is running."""
    loop = asyncio.get_running_loop()
    lanes = _lanes.get(loop)
    if lanes is None:
        lanes = _lanes[loop] = {kind: Lane(most) for kind, most in MOST.items()}
    return lanes[kind_of(scope)]


def kind_of(scope: Mapping[str, Any]) -> str:
    """The kind of request that one is. Whether it is right in saying that it is logged in is found out later."""
    kind = next((kind for prefix, kind in PREFIXES.items() if scope["path"].startswith(prefix)), COVERAGE)
    return DOOR if kind == NEWSROOM and not _has_credentials(RequestHead(scope["headers"])) else kind


def _has_credentials(head: RequestHead) -> bool:
    """Return True if the client claims to be logged in or to hold a token."""
    return b"authorization" in head or settings.SESSION_COOKIE_NAME.encode() in head.get(b"cookie")


async def come_back(send: Any) -> None:
    """ASGI: answer 503."""
    text = b"Come back in a moment.\n"
    headers = [
        *security_headers(),
        (b"content-type", b"text/plain; charset=utf-8"),
        (b"content-length", b"%d" % len(text)),
        (b"cache-control", b"no-store"),
        (b"retry-after", b"2"),
    ]
    await send({"type": "http.response.start", "status": 503, "headers": headers})
    await send({"type": "http.response.body", "body": text})
