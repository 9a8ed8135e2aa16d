"""The limit on open connections: some file descriptors stay free for the database, templates and child processes."""

import logging
import resource
import time
from collections.abc import Callable

from stoppress.runtime.log_throttle import REPEAT_SECONDS

log = logging.getLogger(__name__)

RESERVED_DESCRIPTORS = 64
"""File descriptors that no client may use; a quarter of all if that is less."""


class ConnectionLimit:
    """Detects that too many connections are open.

    The kernel assigns the lowest free descriptor, so the number of a new one shows how many are in use.
    """

    def __init__(
        self, clock: Callable[[], float] = time.monotonic, find_limit: Callable[[], int] | None = None
    ) -> None:
        self._clock, self._find_limit = clock, find_limit or descriptor_limit
        self._limit = -1
        self._refused, self._logged_at = 0, float("-inf")

    def is_exceeded(self, descriptor: int) -> bool:
        """Return True if a new connection with this descriptor must be refused; count it, and log now and then."""
        if self._limit < 0:
            self._limit = self._find_limit()
        if descriptor < self._limit:
            return False
        self._refused += 1
        if self._clock() - self._logged_at >= REPEAT_SECONDS:
            self._logged_at = self._clock()
            counts = (self._limit, self._refused)
            log.error("connection limit reached: %d file descriptors are in use (ulimit -n); %d refused", *counts)
        return True


def descriptor_limit() -> int:
    """Return the first descriptor that clients may not use."""
    soft, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft == resource.RLIM_INFINITY:
        soft = 1 << 30
    return soft - min(RESERVED_DESCRIPTORS, soft // 4)


connection_limit = ConnectionLimit()
