"""The same fault over and over, as long as something is away: told whole at first, then in a line a minute."""

import logging
import time
from collections.abc import Callable

REPEAT_SECONDS = 60.0
"""Seconds between two lines about what goes on."""


class FailureLog:
    """One thing that may fail again and again."""

    def __init__(self, log: logging.Logger, what: str, clock: Callable[[], float] = time.monotonic) -> None:
        self._log, self._what, self._clock = log, what, clock
        self._times, self._said = 0, 0.0

    def record_failure(self) -> None:
        """It has failed; to be called while the exception is handled."""
        now = self._clock()
        self._times += 1
        if self._times == 1:
            self._log.exception("%s; trying again", self._what)
        elif now - self._said >= REPEAT_SECONDS:
            self._log.error("%s, for the %d. time", self._what, self._times)
        else:
            return
        self._said = now

    def record_success(self) -> None:
        """It has worked."""
        if self._times:
            self._log.info("settled after %d times: %s", self._times, self._what)
        self._times = 0
