"""Limit the requests that Django answers at once, by class; further requests of a class wait in order.

    /desk/ /api/         newsroom, if the request has a session or a token; otherwise login
    /healthz /metrics    monitoring
    /alerts              signup; these requests wait for the DNS too
    /static/ /media/     files
    everything else      coverage that no cache holds

Each request holds a thread and a database connection while it is answered. Without limits, thousands of readers that
follow wrong links would take all connections of PostgreSQL, and the newsroom could not write (decision 025).
"""

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import Any
from weakref import WeakKeyDictionary

from django.conf import settings

from stoppress.runtime.http_head import RequestHead
from stoppress.service.processes.plain_refusal import send_plain_refusal

NEWSROOM, LOGIN, MONITORING, SIGNUP, FILES, COVERAGE = (
    "newsroom",
    "login",
    "monitoring",
    "signup",
    "files",
    "coverage",
)
MAX_CONCURRENT = {NEWSROOM: 8, LOGIN: 4, MONITORING: 2, SIGNUP: 16, FILES: 8, COVERAGE: 8}
"""Requests at once per class: more gain nothing under the global interpreter lock, except for DNS waits of sign-up."""
CLASS_BY_PREFIX = {
    "/desk/": NEWSROOM,
    "/api/": NEWSROOM,
    "/healthz": MONITORING,
    "/metrics": MONITORING,
    "/alerts": SIGNUP,
    "/static/": FILES,
    "/media/": FILES,
}
MAX_QUEUED = 512
"""Maximum number of queued requests per class; further ones get 503 with Retry-After."""


class QueueFullError(Exception):
    """The queue of a class holds MAX_QUEUED requests already."""


class ConcurrencyLimit:
    """The requests of one class, in one event loop."""

    def __init__(self, max_concurrent: int, max_queued: int = MAX_QUEUED) -> None:
        self._slots = asyncio.Semaphore(max_concurrent)
        self._max_queued, self._queued = max_queued, 0

    @asynccontextmanager
    async def slot(self) -> AsyncIterator[None]:
        """Wait for a slot in order of arrival, and hold it.

        Raises:
            QueueFullError: too many requests of the class wait already.
        """
        if self._queued >= self._max_queued:
            raise QueueFullError
        self._queued += 1
        try:
            await self._slots.acquire()
        finally:
            self._queued -= 1
        try:
            yield
        finally:
            self._slots.release()


_limits: WeakKeyDictionary[asyncio.AbstractEventLoop, Mapping[str, ConcurrencyLimit]] = WeakKeyDictionary()


def limit_for(scope: Mapping[str, Any]) -> ConcurrencyLimit:
    """Return the limit for a request (an ASGI scope) in the running event loop."""
    loop = asyncio.get_running_loop()
    limits = _limits.get(loop)
    if limits is None:
        limits = _limits[loop] = {name: ConcurrencyLimit(maximum) for name, maximum in MAX_CONCURRENT.items()}
    return limits[request_class(scope)]


def request_class(scope: Mapping[str, Any]) -> str:
    """Return the class of a request. Credentials are only looked for here; the view verifies them."""
    found = next((name for prefix, name in CLASS_BY_PREFIX.items() if scope["path"].startswith(prefix)), COVERAGE)
    return LOGIN if found == NEWSROOM and not _has_credentials(RequestHead(scope["headers"])) else found


def _has_credentials(head: RequestHead) -> bool:
    """Return True if the client claims to be logged in or to hold a token."""
    return b"authorization" in head or settings.SESSION_COOKIE_NAME.encode() in head.get(b"cookie")


TOO_MANY_REQUESTS = b"Too many requests wait already. Try again in 2 seconds.\n"


async def send_retry_later(scope: Mapping[str, Any], send: Any, text: bytes = TOO_MANY_REQUESTS) -> None:
    """Send 503 with Retry-After over ASGI."""
    await send_plain_refusal(scope, send, 503, text, [(b"cache-control", b"no-store"), (b"retry-after", b"2")])
