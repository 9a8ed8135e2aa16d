"""What is costly to find out is found out seldom, however often it is asked for."""

import threading
import time
from collections.abc import Callable
from typing import Generic, TypeVar

T = TypeVar("T")

MIN_TTL_SECONDS = 1.0
"""Seconds that an answer is good for."""
TTL_PER_COMPUTE_TIME = 20
"""It is good for so many times as long as it took to find: asking costs at most a twentieth of the time."""


class TtlCache(Generic[T]):
    """The answer of `find`, found anew when it has grown old. One finds, the others wait for what it finds."""

    def __init__(self, find: Callable[[], T], clock: Callable[[], float] = time.monotonic) -> None:
        self._find, self._clock = find, clock
        self._lock = threading.Lock()
        self._answer: T
        self._good_until = float("-inf")

    def __call__(self) -> T:
        """The answer. Raises what `find` raises; that is not kept."""
        with self._lock:
            began = self._clock()
            if began >= self._good_until:
                self._answer = self._find()
                ended = self._clock()
                self._good_until = ended + max(MIN_TTL_SECONDS, TTL_PER_COMPUTE_TIME * (ended - began))
            return self._answer

    def invalidate(self) -> None:
        """Find anew when asked next."""
        with self._lock:
            self._good_until = float("-inf")
