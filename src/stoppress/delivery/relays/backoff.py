"""How long a failing relay is not tried, and how often its error is logged."""

import logging
from collections.abc import Callable

from stoppress.smtp import RelayError, RelayInsecureError, RelayLoginError, SenderRefusedError

log = logging.getLogger(__name__)

FIRST_SECONDS, MAX_SECONDS, MAX_REFUSED_SECONDS = 0.5, 2.0, 60.0
"""Seconds before a failing relay is tried again, at most doubled at random.

A relay that is away or silent is tried often, so that mail leaves within seconds once it is back. A relay that refuses
login, sender or TLS is tried less often.
"""
SPARED_FIRST_SECONDS = 10.0
"""The same while another relay works: each attempt makes messages wait."""
CONFIGURATION_ERRORS = (RelayInsecureError, RelayLoginError, SenderRefusedError)
MAX_DOUBLINGS = 10
LOG_INTERVAL_SECONDS = 60.0
"""Seconds between log lines about the same error of a relay."""


class Backoff:
    """The wait of one relay. Times are seconds of a monotonic clock.

    Args:
        name: the relay's name in the log.
        random_fraction: returns a number from 0 to 1.
    """

    def __init__(self, name: str, random_fraction: Callable[[], float]) -> None:
        self._name, self._random_fraction = name, random_fraction
        self._failures = 0
        self._retry_at = 0.0
        self._logged_error, self._logged_at = "", 0.0
        self.error = ""
        """The last error; "" after a success."""

    def remaining(self, now: float) -> float:
        """Return the seconds until the relay may be tried again."""
        return max(0.0, self._retry_at - now)

    def record_success(self) -> None:
        """Clear the error, and start with the shortest wait after the next failure."""
        self._failures, self.error = 0, ""

    def record_failure(self, error: RelayError, now: float, *, is_spared: bool) -> None:
        """Start a wait; errors that several connections see during one wait count as one failure.

        Args:
            error: what the connection reported.
            now: the time.
            is_spared: True if another relay works.
        """
        self.error = str(error)
        if now < self._retry_at:
            return
        first = SPARED_FIRST_SECONDS if is_spared else FIRST_SECONDS
        longest = MAX_REFUSED_SECONDS if is_spared or isinstance(error, CONFIGURATION_ERRORS) else MAX_SECONDS
        seconds = min(first * 2**self._failures, longest) * (1 + self._random_fraction())
        self._failures, self._retry_at = min(self._failures + 1, MAX_DOUBLINGS), now + seconds
        if self._logged_error != self.error or now - self._logged_at >= LOG_INTERVAL_SECONDS:
            self._logged_error, self._logged_at = self.error, now
            log.warning("relay %s cannot be used, trying again in %.1f s: %s", self._name, seconds, self.error)
