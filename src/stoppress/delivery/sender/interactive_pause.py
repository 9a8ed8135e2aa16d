"""Pause mail for some milliseconds while this machine serves interactive work: saving and publishing.

    the newsroom saves something ──────► ┐
    a post is sent to its open readers ► ┴ pause ──► some milliseconds ──► paused callers continue

A large send keeps all cores of a small machine busy, and other work then takes half as long again. Bytes that were sent
still arrive during a pause, but nothing more is sent and nothing is written to the ledger. Pauses take at most
`MAX_PAUSED_SHARE` of the time, so that mail leaves even while the newsroom saves all the time.
"""

import asyncio
from collections.abc import Callable
from time import monotonic

MAX_PAUSE_SECONDS = 0.04
"""Length of one pause; another one may follow it."""
MAX_PAUSED_SHARE, MAX_SAVED_SECONDS = 0.5, 0.25
"""Share of the time that may be paused; seconds of this budget that are saved while no pause is needed."""


class InteractivePause:
    """Pauses of one mailer, for the thread of the event loop only.

    Args:
        clock: seconds of a monotonic clock.
    """

    def __init__(self, clock: Callable[[], float] = monotonic) -> None:
        self._clock = clock
        self.ends_at = 0.0
        """When the last pause ends or ended, by the clock."""
        self._budget, self._budget_updated_at = MAX_SAVED_SECONDS, clock()
        self._callbacks: list[Callable[[], None]] = []
        self.is_active = False

    def start(self) -> None:
        """Start a pause or extend the current one, as far as the budget allows."""
        now = self._clock()
        self._budget = min(MAX_SAVED_SECONDS, self._budget + MAX_PAUSED_SHARE * (now - self._budget_updated_at))
        self._budget_updated_at = now
        seconds = min(MAX_PAUSE_SECONDS - max(0.0, self.ends_at - now), self._budget)
        if seconds <= 0:
            return
        self._budget -= seconds
        self.ends_at = max(now, self.ends_at) + seconds
        if not self.is_active:
            self.is_active = True
            asyncio.get_running_loop().call_later(self.ends_at - now, self._check)

    def call_when_over(self, callback: Callable[[], None]) -> None:
        """Call `callback` when the pause is over."""
        self._callbacks.append(callback)

    async def wait_until_over(self) -> None:
        """Return when no pause is active, at once if none is."""
        while self.is_active:
            over = asyncio.Event()
            self.call_when_over(over.set)
            await over.wait()

    def _check(self) -> None:
        if (remaining := self.ends_at - self._clock()) > 0:
            asyncio.get_running_loop().call_later(remaining, self._check)
            return
        self.is_active = False
        callbacks, self._callbacks = self._callbacks, []
        for callback in callbacks:
            callback()
