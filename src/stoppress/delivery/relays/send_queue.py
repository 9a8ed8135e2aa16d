"""The bench: parcels in flight that no line has taken yet, lane by lane, and which lane which line carries."""

from collections import deque
from collections.abc import Iterable, Mapping, Sequence

from stoppress.delivery.choices import Lane
from stoppress.delivery.transitions.claim_deliveries import ClaimedDelivery

URGENT_LANES = (Lane.BREAKING, Lane.CORRECTION)


def lanes_for_connection(line: int, lines: int) -> tuple[Lane, ...]:
    """What one of so many lines of a relay carries, the first lane first.

    The first line carries no digest and the second looks for confirmations first; every eighth line keeps digests out,
    so that breaking news finds a line that is not in the middle of one, however slow the relay is.
    """
    if lines > 1 and line % 8 == 0:
        return (*URGENT_LANES, Lane.CONFIRMATION)
    if line % 8 == 1:
        return Lane.CONFIRMATION, *URGENT_LANES, Lane.DIGEST
    return tuple(Lane)


class SendQueue:
    """Parcels by lane."""

    def __init__(self) -> None:
        self._lanes: dict[Lane, deque[ClaimedDelivery]] = {lane: deque() for lane in Lane}

    def __len__(self) -> int:
        return sum(len(found) for found in self._lanes.values())

    def add(self, parcels: Iterable[ClaimedDelivery]) -> None:
        """Put parcels down behind those of their lane."""
        for parcel in parcels:
            self._lanes[parcel.lane].append(parcel)

    def holds(self, lanes: Sequence[Lane]) -> bool:
        """Whether there is anything of these lanes."""
        return any(self._lanes[lane] for lane in lanes)

    def take(self, lanes: Sequence[Lane], most: int) -> list[ClaimedDelivery]:
        """Up to so many parcels of the first of these lanes that has any."""
        found = next((self._lanes[lane] for lane in lanes if self._lanes[lane]), None)
        return [found.popleft() for _ in range(min(most, len(found)))] if found else []

    def clear(self) -> list[ClaimedDelivery]:
        """Take everything away."""
        parcels = [parcel for found in self._lanes.values() for parcel in found]
        for found in self._lanes.values():
            found.clear()
        return parcels


def free_capacity(up: Mapping[tuple[Lane, ...], int], window: int, held: Mapping[Lane, int]) -> dict[Lane, int]:
    """How many more parcels of each lane may be taken up.

    Args:
        up: how many lines are connected, by what they carry.
        window: parcels per line.
        held: parcels in flight now, by lane.
    """
    able = {lane: window * sum(count for lanes, count in up.items() if lane in lanes) for lane in Lane}
    return {lane: max(0, able[lane] - held.get(lane, 0)) for lane in Lane}
