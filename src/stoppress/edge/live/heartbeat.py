"""A timing wheel for heartbeats: one slot per quarter second, so that no tick wakes all readers at once.

New connections are added to the slots in turn. Each tick advances the wheel by one slot. The connections of that slot
get a heartbeat, and the oldest of them must reconnect. No connection needs a timer of its own (law 3).
"""

from typing import Generic, TypeVar

T = TypeVar("T")

HEARTBEAT_SECONDS = 15.0
"""Seconds between two heartbeats of one connection."""
WHEEL_SLOTS = 60
TICK_SECONDS = HEARTBEAT_SECONDS / WHEEL_SLOTS
MEAN_LIFETIME_SECONDS = 15 * 60.0
"""Mean time in seconds after which a client must reconnect, so that no connection stays behind a stuck proxy."""
RECONNECTS_PER_SECOND = 3000
"""Clients that may reconnect in each second after a process stops."""


class TimingWheel(Generic[T]):
    """Items in slots that become due in turn. Time is counted in ticks."""

    def __init__(self) -> None:
        self.tick = 0
        self._next_slot = 0
        self._slots: list[set[T]] = [set() for _ in range(WHEEL_SLOTS)]

    def __len__(self) -> int:
        return sum(len(slot) for slot in self._slots)

    def add(self, item: T) -> int:
        """Add an item and return the number of its slot."""
        self._next_slot = (self._next_slot + 1) % WHEEL_SLOTS
        self._slots[self._next_slot].add(item)
        return self._next_slot

    def remove(self, item: T, slot: int) -> None:
        """Remove an item from its slot; an item that is not there is ignored."""
        self._slots[slot].discard(item)

    def advance(self) -> list[T]:
        """Advance by one tick and return the items that are due."""
        self.tick += 1
        return list(self._slots[self.tick % WHEEL_SLOTS])

    def all_items(self) -> list[T]:
        """Return the items of all slots."""
        return [item for slot in self._slots for item in slot]


def lifetime_ticks(slot: int) -> int:
    """Return the ticks after which a connection of this slot must reconnect.

    It is 3/4 to 5/4 of the mean lifetime, so that connections opened together after a restart do not end together.
    """
    return int(MEAN_LIFETIME_SECONDS / TICK_SECONDS * (0.75 + 0.5 * slot / WHEEL_SLOTS))


def reconnect_window_seconds(readers: int) -> float:
    """Return the seconds (1 to 30) over which `readers` clients spread their reconnects when the process stops."""
    return min(30.0, max(1.0, readers / RECONNECTS_PER_SECOND))
