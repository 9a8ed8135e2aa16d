"""Decide which mailers run, without comparing the clocks of two machines.

A mailer stores a heartbeat every few seconds. Its clock may be minutes from the observer's, and either clock may be set
back. Compared directly, a dead mailer might then look alive for hours, or a live one dead. So the observer records when
a stored heartbeat changes, by its own monotonic clock. It compares times only for a heartbeat that it sees for the
first time.
"""

import time
from collections.abc import Callable, Iterable
from datetime import datetime, timedelta
from typing import NamedTuple

HEARTBEAT_TIMEOUT = timedelta(seconds=30)
"""A mailer whose heartbeat has not changed for this long counts as dead."""


class ObservedHeartbeat(NamedTuple):
    """The last heartbeat of one mailer.

    Args:
        heartbeat_at: the time that the mailer stored.
        since: when the observer first saw it (monotonic seconds).
        has_changed: True if the observer saw an earlier one before.
    """

    heartbeat_at: datetime
    since: float
    has_changed: bool


class HeartbeatObserver:
    """Remember the heartbeats of mailers between two observations. For one process.

    Args:
        monotonic: returns seconds of a monotonic clock.
        timeout: time without a change after which a mailer counts as dead.
    """

    def __init__(self, monotonic: Callable[[], float] = time.monotonic, timeout: timedelta = HEARTBEAT_TIMEOUT) -> None:
        self._monotonic, self._timeout = monotonic, timeout
        self._seen: dict[str, ObservedHeartbeat] = {}

    def find_running(self, heartbeats: Iterable[tuple[str, datetime]], now: datetime) -> set[str]:
        """Return the holders of the mailers that run.

        Args:
            heartbeats: holder and last heartbeat of each mailer that has not ended.
            now: the time by the observer's clock.
        """
        seconds = self._monotonic()
        self._seen = {holder: self._observe(holder, heartbeat_at, seconds) for holder, heartbeat_at in heartbeats}
        return {holder for holder, observed in self._seen.items() if self._is_running(observed, seconds, now)}

    def _observe(self, holder: str, heartbeat_at: datetime, seconds: float) -> ObservedHeartbeat:
        observed = self._seen.get(holder)
        if observed is None:
            return ObservedHeartbeat(heartbeat_at, seconds, has_changed=False)
        if observed.heartbeat_at == heartbeat_at:
            return observed
        return ObservedHeartbeat(heartbeat_at, seconds, has_changed=True)

    def _is_running(self, observed: ObservedHeartbeat, seconds: float, now: datetime) -> bool:
        if seconds - observed.since > self._timeout.total_seconds():
            return False
        return observed.has_changed or abs(now - observed.heartbeat_at) < self._timeout
