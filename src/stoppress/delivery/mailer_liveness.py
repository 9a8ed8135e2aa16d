"""Decide which mailers run, from what the observer sees and not from the difference of two machines' clocks.

A mailer stores a beat every few seconds. Its clock may be minutes from the observer's, and either may be set back: then
a dead mailer would look alive for hours, or a living one dead. So the observer notes when a stored beat changes, by a
clock of its own that never goes back. Only a beat that it sees for the first time is judged by its time.
"""

import time
from collections.abc import Callable, Iterable
from datetime import datetime, timedelta
from typing import NamedTuple

HEARTBEAT_TIMEOUT = timedelta(seconds=30)
"""A mailer whose beat has not changed for so long counts as gone."""


class ObservedHeartbeat(NamedTuple):
    """A mailer's last beat, when it was first seen (monotonic seconds), and whether an earlier one was seen before."""

    heartbeat_at: datetime
    since: float
    has_changed: bool


class HeartbeatObserver:
    """Remember the beats of mailers between two looks. For one process."""

    def __init__(self, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._monotonic = monotonic
        self._seen: dict[str, ObservedHeartbeat] = {}

    def find_running(self, beats: Iterable[tuple[str, datetime]], now: datetime) -> set[str]:
        """Return the mailers that run, out of all that have not ended: holder and last beat of each."""
        seconds = self._monotonic()
        self._seen = {holder: self._look(holder, heartbeat_at, seconds) for holder, heartbeat_at in beats}
        return {holder for holder, seen in self._seen.items() if _is_running(seen, seconds, now)}

    def _look(self, holder: str, heartbeat_at: datetime, seconds: float) -> ObservedHeartbeat:
        seen = self._seen.get(holder)
        if seen is None:
            return ObservedHeartbeat(heartbeat_at, seconds, has_changed=False)
        return seen if seen.heartbeat_at == heartbeat_at else ObservedHeartbeat(heartbeat_at, seconds, has_changed=True)


def _is_running(seen: ObservedHeartbeat, seconds: float, now: datetime) -> bool:
    if seconds - seen.since > HEARTBEAT_TIMEOUT.total_seconds():
        return False
    return seen.has_changed or abs(now - seen.heartbeat_at) < HEARTBEAT_TIMEOUT
