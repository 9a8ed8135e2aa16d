"""Several relays: which one gets the next window. Each has its own pace, and a failing one waits alone.

    index = relays.take(now)                  None: nobody has room, look again at relays.again_at(now)
    relays.give_back(index, heard, now, chance)

Pure but for its own memory: clock and chance come in.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from stoppress.alerts.mailer.pace import Heard, Pace

FIRST_PAUSE, LONGEST_PAUSE = 0.5, 60.0
"""Seconds before a failing relay is tried again: doubled with every failure, and up to twice that by chance."""


@dataclass(slots=True)
class _Standing:
    """How it stands with one relay."""

    pace: Pace
    under_way: int = 0
    failures: int = 0
    again_at: float = 0.0

    def spare(self, now: float) -> int:
        """Windows that it would take now; of a relay that failed, one, to see whether it is back."""
        if now < self.again_at:
            return 0
        return (1 if self.failures else self.pace.allowed) - self.under_way


class Relays:
    """All relays of one mailer.

    Args:
        most: for each relay, how many windows may be on their way to it at once, at most.
    """

    def __init__(self, most: Sequence[int]) -> None:
        self._standings = [_Standing(Pace(number)) for number in most]

    def take(self, now: float) -> int | None:
        """The index of the relay that gets the next window, or None; a taken one must be given back.

        It is the one with most room for its size, so that all work and the faster ones, whose room comes back sooner,
        get more. One that failed is tried when the others have no room.
        """
        ranks = {
            index: (not each.failures, spare / each.pace.allowed, spare)
            for index, each in enumerate(self._standings)
            if (spare := each.spare(now)) > 0
        }
        if not ranks:
            return None
        index = max(ranks, key=ranks.__getitem__)
        self._standings[index].under_way += 1
        return index

    def give_back(self, index: int, window: Heard, now: float) -> None:
        """The window is through, with this result."""
        standing = self._standings[index]
        standing.under_way -= 1
        standing.pace = standing.pace.after(window, now)
        if not window.troubled:
            standing.failures, standing.again_at = 0, 0.0

    def failed(self, index: int, now: float, chance: float) -> float:
        """There was no connection, or it was lost with a fault: give the window's place back; the seconds to wait.

        Args:
            chance: from 0 to 1. What several lines meet in the same moment counts as one failure.
        """
        standing = self._standings[index]
        standing.under_way -= 1
        standing.pace = standing.pace.cut(now)
        if now >= standing.again_at:
            pause = min(FIRST_PAUSE * 2.0 ** min(standing.failures, 10), LONGEST_PAUSE) * (1 + chance)
            standing.failures, standing.again_at = standing.failures + 1, now + pause
        return standing.again_at - now

    def again_at(self, now: float) -> float | None:
        """When a relay that waits may be tried again, None if none waits: then room comes back with a window."""
        return min((each.again_at for each in self._standings if each.again_at > now), default=None)

    def waiting(self, now: float) -> list[int]:
        """The relays that wait after a failure."""
        return [index for index, each in enumerate(self._standings) if each.again_at > now]

    @property
    def allowed(self) -> list[int]:
        """For each relay, how many windows may be on their way to it at present; for the receipt and the figures."""
        return [standing.pace.allowed for standing in self._standings]
