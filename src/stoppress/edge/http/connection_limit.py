"""How many connections fit: the last open files that the system allows us are for the database, templates, children."""

import logging
import resource
import time
from collections.abc import Callable

from stoppress.runtime.log_throttle import REPEAT_SECONDS

log = logging.getLogger(__name__)

RESERVED_DESCRIPTORS = 64
"""Open files, or a quarter of all there may be if that is less."""


class ConnectionLimit:
    """Whether there is room for a connection. The system gives the lowest number that is free: a high one tells."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._most = -1
        self._refused, self._said = 0, float("-inf")

    def is_exceeded(self, descriptor: int) -> bool:
        """Whether a connection with this descriptor is one too many."""
        if self._most < 0:
            self._most = descriptor_limit()
        if descriptor < self._most:
            return False
        self._refused += 1
        if self._clock() - self._said >= REPEAT_SECONDS:
            self._said = self._clock()
            told = (self._most, self._refused)
            log.error("readers have all %d open files there are for them (ulimit -n); %d refused", *told)
        return True


def descriptor_limit() -> int:
    """The number of open files that leaves enough for ourselves."""
    soft, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft == resource.RLIM_INFINITY:
        soft = 1 << 30
    return soft - min(RESERVED_DESCRIPTORS, soft // 4)


connection_limit = ConnectionLimit()
