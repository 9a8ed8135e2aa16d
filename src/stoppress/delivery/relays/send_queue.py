"""Claimed deliveries that no connection has taken yet, by lane, and which connection carries which lanes."""

from collections import deque
from collections.abc import Iterable, Mapping, Sequence

from stoppress.delivery.choices import Lane
from stoppress.delivery.transitions.claim_deliveries import ClaimedDelivery

URGENT_LANES = (Lane.BREAKING, Lane.CORRECTION)


def lanes_for_connection(index: int, connections: int) -> tuple[Lane, ...]:
    """Return the lanes that one of a relay's connections carries, in order of preference.

    The first connection carries no digest, and the second one prefers confirmations. Every eighth connection carries no
    digest, so that breaking news finds a connection that is not occupied by one, however slow the relay is.
    """
    if connections > 1 and index % 8 == 0:
        return (*URGENT_LANES, Lane.CONFIRMATION)
    if index % 8 == 1:
        return Lane.CONFIRMATION, *URGENT_LANES, Lane.DIGEST
    return tuple(Lane)


class SendQueue:
    """Deliveries by lane."""

    def __init__(self) -> None:
        self._lanes: dict[Lane, deque[ClaimedDelivery]] = {lane: deque() for lane in Lane}

    def __len__(self) -> int:
        return sum(len(waiting) for waiting in self._lanes.values())

    def add(self, deliveries: Iterable[ClaimedDelivery]) -> None:
        """Append deliveries to their lanes."""
        for delivery in deliveries:
            self._lanes[delivery.lane].append(delivery)

    def take(self, lanes: Sequence[Lane], limit: int) -> list[ClaimedDelivery]:
        """Remove and return up to `limit` deliveries of the first of these lanes that is not empty."""
        waiting = next((self._lanes[lane] for lane in lanes if self._lanes[lane]), None)
        return [waiting.popleft() for _ in range(min(limit, len(waiting)))] if waiting else []

    def clear(self) -> list[ClaimedDelivery]:
        """Remove and return all deliveries."""
        deliveries = [delivery for waiting in self._lanes.values() for delivery in waiting]
        for waiting in self._lanes.values():
            waiting.clear()
        return deliveries


def free_capacity(
    connections: Mapping[tuple[Lane, ...], int], per_connection: int, in_flight: Mapping[Lane, int]
) -> dict[Lane, int]:
    """Return how many more deliveries of each lane may be claimed.

    Args:
        connections: how many connections are open, by the lanes that they carry.
        per_connection: deliveries that may be claimed for one connection.
        in_flight: claimed deliveries by lane.
    """
    capacity = {
        lane: per_connection * sum(count for lanes, count in connections.items() if lane in lanes) for lane in Lane
    }
    return {lane: max(0, capacity[lane] - in_flight.get(lane, 0)) for lane in Lane}
