"""Mail is held back for some milliseconds while this machine serves somebody who waits: who publishes, and who reads.

    the newsroom saves something ──► ┐
    a post goes out to its readers ► ┴ hold ──► some milliseconds ──► whoever was held goes on

A send keeps all cores of a small machine at work, and everything else then takes half as long again. What is on its way
to a relay arrives; nothing more is said, and nothing is written down, until the hold is over. Holds take no more than
SHARE of the time, so that mail leaves however much is written.
"""

import asyncio
from collections.abc import Callable
from time import monotonic

MAX_PAUSE_SECONDS = 0.04
"""Seconds of one hold; another one may follow it."""
MAX_PAUSED_SHARE, MAX_SAVED_SECONDS = 0.5, 0.25
"""Of all time, how much may be held; seconds of it that are saved up while nobody needs any."""


class InteractivePause:
    """Says whether to wait, and for how long. For the event loop's thread only.

    Args:
        clock: seconds that never go back.
    """

    def __init__(self, clock: Callable[[], float] = monotonic) -> None:
        self._clock = clock
        #: When the last hold ends or ended, by the clock.
        self.ends_at = 0.0
        self._left, self._counted_at = MAX_SAVED_SECONDS, clock()
        self._waiting: list[Callable[[], None]] = []
        #: True while everything waits.
        self.is_active = False

    def start(self) -> None:
        """Somebody is to be served first, from now on for a moment, as far as there is any of the share left."""
        now = self._clock()
        self._left = min(MAX_SAVED_SECONDS, self._left + MAX_PAUSED_SHARE * (now - self._counted_at))
        self._counted_at = now
        more = min(MAX_PAUSE_SECONDS - max(0.0, self.ends_at - now), self._left)
        if more <= 0:
            return
        self._left -= more
        self.ends_at = max(now, self.ends_at) + more
        if not self.is_active:
            self.is_active = True
            asyncio.get_running_loop().call_later(self.ends_at - now, self._look)

    def call_when_over(self, go_on: Callable[[], None]) -> None:
        """Call this when the hold is over."""
        self._waiting.append(go_on)

    async def wait_until_over(self) -> None:
        """Return when nothing is held, at once if nothing is."""
        while self.is_active:
            released = asyncio.Event()
            self.call_when_over(released.set)
            await released.wait()

    def _look(self) -> None:
        if (left := self.ends_at - self._clock()) > 0:
            asyncio.get_running_loop().call_later(left, self._look)
            return
        self.is_active = False
        waiting, self._waiting = self._waiting, []
        for go_on in waiting:
            go_on()
