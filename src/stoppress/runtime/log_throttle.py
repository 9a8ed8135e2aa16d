"""Log a repeated failure without flooding the log: once with its traceback, then one line a minute."""

import logging
import time
from collections.abc import Callable

REPEAT_SECONDS = 60.0
"""Minimum number of seconds between two log lines about the same ongoing failure."""


class FailureLog:
    """Log an operation that may fail many times in a row.

    Args:
        log: The logger to write to.
        message: What failed, as the beginning of each log line.
        clock: Returns seconds of a monotonic clock.
    """

    def __init__(self, log: logging.Logger, message: str, clock: Callable[[], float] = time.monotonic) -> None:
        self._log, self._message, self._clock = log, message, clock
        self._failures, self._logged_at = 0, 0.0

    def record_failure(self) -> None:
        """Count one failure and log it if it is the first, or the last line is old enough.

        Call it while the exception is being handled: the first line carries its traceback.
        """
        now = self._clock()
        self._failures += 1
        if self._failures == 1:
            self._log.exception("%s; retrying", self._message)
        elif now - self._logged_at >= REPEAT_SECONDS:
            self._log.error("%s; failed %d times in a row", self._message, self._failures)
        else:
            return
        self._logged_at = now

    def record_success(self) -> None:
        """Reset the count, and log the recovery if there were failures."""
        if self._failures:
            self._log.info("recovered after %d failures: %s", self._failures, self._message)
        self._failures = 0
