"""Limits of streams: how many one client may have open, and that streams leave descriptors for other requests.

A refused client gets 429 or 503 with Retry-After; the page then polls.
"""

import logging
import time
from collections.abc import Callable

from django.conf import settings

from stoppress.edge.http.connection_limit import ConnectionLimit, descriptor_limit
from stoppress.runtime.http_head import RequestHead
from stoppress.runtime.log_throttle import REPEAT_SECONDS
from stoppress.runtime.networks import client_behind_proxy, client_key

log = logging.getLogger(__name__)

RESERVED_FOR_REQUESTS = 256
"""Descriptors that streams leave to other connections; a quarter of all if that is less."""


def stream_descriptor_limit() -> int:
    """Return the first descriptor that streams may not use."""
    limit = descriptor_limit()
    return limit - min(RESERVED_FOR_REQUESTS, limit // 4)


class StreamLimits:
    """The open streams of this process by client. For the event loop's thread."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._open: dict[str, int] = {}
        self._descriptors = ConnectionLimit(clock, stream_descriptor_limit)
        self._refused, self._logged_at = 0, float("-inf")

    def admit(self, client: str, descriptor: int) -> int:
        """Count a stream of a client, until `release`.

        Returns:
            0, or the status of the refusal: 429 if the client has too many, 503 if there are too many in all.
        """
        if descriptor >= 0 and self._descriptors.is_exceeded(descriptor):
            return 503
        count = self._open.get(client, 0)
        if 0 < settings.MAX_STREAMS_PER_CLIENT <= count:
            self._log_refusal(client)
            return 429
        self._open[client] = count + 1
        return 0

    def release(self, client: str) -> None:
        """Count a stream of a client as closed."""
        count = self._open.get(client, 0) - 1
        if count > 0:
            self._open[client] = count
        else:
            self._open.pop(client, None)

    def _log_refusal(self, client: str) -> None:
        self._refused += 1
        if self._clock() - self._logged_at >= REPEAT_SECONDS:
            self._logged_at = self._clock()
            log.warning(
                "client %s has %d streams, the most that one may have (STOPPRESS_MAX_STREAMS_PER_CLIENT); %d refused; "
                "if it is a proxy, it must send X-Forwarded-For and be in STOPPRESS_TRUSTED_PROXIES",
                client,
                settings.MAX_STREAMS_PER_CLIENT,
                self._refused,
            )


def stream_client(peer: str, head: RequestHead) -> str:
    """Return the key of the client that requests a stream, as rate limits use it."""
    forwarded_for = head.text(b"x-forwarded-for")
    if forwarded_for:
        peer = client_behind_proxy(peer, forwarded_for, settings.TRUSTED_PROXIES, settings.TRUSTED_HOPS)
    return client_key(peer)


stream_limits = StreamLimits()
