"""How much one network may ask of the listener: connections at once, and messages and refusals in a minute. Pure.

Our own machine and its neighbours are not counted: a relay of ours brings all bounces of a million messages.
"""

from dataclasses import dataclass, field

MAX_CONNECTIONS = 200
MAX_CONNECTIONS_PER_NETWORK = 20
"""Connections, of all and of one network."""
MAX_MESSAGES_PER_MINUTE = 3000
MAX_REFUSALS_PER_MINUTE = 100
"""In a minute, of one network. Who is told to wait comes again."""
WINDOW_SECONDS = 60.0


@dataclass
class ConnectionLimiter:
    """What goes on; times are seconds of any clock that only goes forward."""

    _open: dict[str, int] = field(default_factory=dict)
    _messages: dict[str, int] = field(default_factory=dict)
    _refusals: dict[str, int] = field(default_factory=dict)
    _minute: float = float("-inf")
    _all: int = 0

    def may_enter(self, network: str, now: float) -> bool:
        """Count one more connection, unless that is one too many."""
        self._turn(now)
        crowded = network and (self._open.get(network, 0) >= MAX_CONNECTIONS_PER_NETWORK or self._refusals.get(network, 0) >= MAX_REFUSALS_PER_MINUTE)
        if self._all >= MAX_CONNECTIONS or crowded:
            return False
        self._all += 1
        if network:
            self._open[network] = self._open.get(network, 0) + 1
        return True

    def left(self, network: str, slips: int, now: float) -> None:
        """One connection is over; so many of its commands were refused."""
        self._turn(now)
        self._all -= 1
        if not network:
            return
        self._refusals[network] = self._refusals.get(network, 0) + slips
        self._open[network] -= 1
        if not self._open[network]:
            del self._open[network]

    def may_send(self, network: str, now: float) -> bool:
        """Count one more message, unless that is one too many."""
        self._turn(now)
        if network and self._messages.get(network, 0) >= MAX_MESSAGES_PER_MINUTE:
            return False
        if network:
            self._messages[network] = self._messages.get(network, 0) + 1
        return True

    def _turn(self, now: float) -> None:
        if now - self._minute >= WINDOW_SECONDS:
            self._minute = now
            self._messages.clear()
            self._refusals.clear()
