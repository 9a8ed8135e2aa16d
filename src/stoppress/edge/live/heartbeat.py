"""One heartbeat for everybody: a wheel with a spoke per quarter second, so that no beat wakes all readers at once.

A reader is put on the next spoke in turn. As the wheel turns, the readers of one spoke get their beat, and those who
have been there for long are asked to come back. No timer per reader (law 3).
"""

from typing import Generic, TypeVar

T = TypeVar("T")

HEARTBEAT_SECONDS = 15.0
"""Seconds between two beats to one reader."""
WHEEL_SLOTS = 60
TICK_SECONDS = HEARTBEAT_SECONDS / WHEEL_SLOTS
MEAN_LIFETIME_SECONDS = 15 * 60.0
"""Seconds, on average, until a connection is asked to come back: none lives for ever behind some proxy."""

RECONNECTS_PER_SECOND = 3000
"""Readers who are asked to come back in each second after a restart."""


class TimingWheel(Generic[T]):
    """Who beats when. Time is counted in ticks."""

    def __init__(self) -> None:
        self.tick = 0
        self._next = 0
        self._spokes: list[set[T]] = [set() for _ in range(WHEEL_SLOTS)]

    def __len__(self) -> int:
        return sum(len(spoke) for spoke in self._spokes)

    def add(self, rider: T) -> int:
        """Give a reader its place: the number of its spoke."""
        self._next = (self._next + 1) % WHEEL_SLOTS
        self._spokes[self._next].add(rider)
        return self._next

    def remove(self, rider: T, spoke: int) -> None:
        """Forget a reader."""
        self._spokes[spoke].discard(rider)

    def advance(self) -> list[T]:
        """Let a tick pass; who is to beat now."""
        self.tick += 1
        return list(self._spokes[self.tick % WHEEL_SLOTS])

    def all_items(self) -> list[T]:
        """All readers."""
        return [rider for spoke in self._spokes for rider in spoke]


def lifetime_ticks(spoke: int) -> int:
    """Ticks after which a reader on this spoke is asked to come back: ¾ to 1¼ of OLDEST, so that those who came

    together, after a restart, do not leave together.
    """
    return int(MEAN_LIFETIME_SECONDS / TICK_SECONDS * (0.75 + 0.5 * spoke / WHEEL_SLOTS))


def reconnect_window_seconds(readers: int) -> float:
    """Seconds over which so many readers are spread when the process stops."""
    return min(30.0, max(1.0, readers / RECONNECTS_PER_SECOND))
