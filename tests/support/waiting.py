"""Waiting for a condition, with a limit that only a fault exceeds."""

import time
from collections.abc import Callable

WAIT_SECONDS = 60.0
"""Default limit. It costs time only when a test fails, so it is far beyond what a busy machine needs."""


def wait_until(condition: Callable[[], object], seconds: float = WAIT_SECONDS, every: float = 0.02) -> None:
    """Return as soon as `condition()` is true.

    Args:
        condition: Called every `every` seconds.
        seconds: Longest wait.
        every: Seconds between two calls.

    Raises:
        AssertionError: The condition is still false after `seconds`.
    """
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, f"condition still false after {seconds} s"
        time.sleep(every)
