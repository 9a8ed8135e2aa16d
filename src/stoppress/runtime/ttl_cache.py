"""Cache one value that is costly to compute, for a time that grows with its cost."""

import threading
import time
from collections.abc import Callable
from typing import Generic, TypeVar

T = TypeVar("T")

MIN_TTL_SECONDS = 1.0
"""Shortest time that a value is valid."""
TTL_PER_COMPUTE_TIME = 20
"""Validity as a multiple of the time that computing took. So computing takes at most a twentieth of all time."""


class TtlCache(Generic[T]):
    """Cache the result of `compute`. One thread computes it; the others wait for that result."""

    def __init__(self, compute: Callable[[], T], clock: Callable[[], float] = time.monotonic) -> None:
        self._compute, self._clock = compute, clock
        self._lock = threading.Lock()
        self._value: T
        self._valid_until = float("-inf")

    def __call__(self) -> T:
        """Return the value, computed again if it is too old. An exception of `compute` is raised and not cached."""
        with self._lock:
            started = self._clock()
            if started >= self._valid_until:
                self._value = self._compute()
                finished = self._clock()
                self._valid_until = finished + max(MIN_TTL_SECONDS, TTL_PER_COMPUTE_TIME * (finished - started))
            return self._value

    def invalidate(self) -> None:
        """Make the next call compute the value again."""
        with self._lock:
            self._valid_until = float("-inf")
