"""Limits of the listener: open connections, and messages and refusals per minute, of each network. Pure.

This machine and private networks are exempt: a relay of the newsroom may bring all bounces of a million messages.
"""

from dataclasses import dataclass, field

MAX_CONNECTIONS = 200
MAX_CONNECTIONS_PER_NETWORK = 20
MAX_MESSAGES_PER_MINUTE = 3000
MAX_REFUSALS_PER_MINUTE = 100
"""Limits of one network. A client over them gets a temporary error and retries."""
WINDOW_SECONDS = 60.0


@dataclass
class ConnectionLimiter:
    """Counters of the listener's traffic. Times are seconds of a monotonic clock; the network "" is exempt."""

    _connections: dict[str, int] = field(default_factory=dict)
    _messages: dict[str, int] = field(default_factory=dict)
    _refusals: dict[str, int] = field(default_factory=dict)
    _window_start: float = float("-inf")
    _total_connections: int = 0

    def open_connection(self, network: str, now: float) -> bool:
        """Count one more connection; return False if it exceeds a limit."""
        self._start_window(now)
        if self._total_connections >= MAX_CONNECTIONS:
            return False
        if network:
            if self._connections.get(network, 0) >= MAX_CONNECTIONS_PER_NETWORK:
                return False
            if self._refusals.get(network, 0) >= MAX_REFUSALS_PER_MINUTE:
                return False
            self._connections[network] = self._connections.get(network, 0) + 1
        self._total_connections += 1
        return True

    def close_connection(self, network: str, refusals: int, now: float) -> None:
        """Count the end of a connection and the refused commands in it."""
        self._start_window(now)
        self._total_connections -= 1
        if not network:
            return
        self._refusals[network] = self._refusals.get(network, 0) + refusals
        self._connections[network] -= 1
        if not self._connections[network]:
            del self._connections[network]

    def allow_message(self, network: str, now: float) -> bool:
        """Count one more message; return False if it exceeds the limit."""
        self._start_window(now)
        if not network:
            return True
        if self._messages.get(network, 0) >= MAX_MESSAGES_PER_MINUTE:
            return False
        self._messages[network] = self._messages.get(network, 0) + 1
        return True

    def _start_window(self, now: float) -> None:
        if now - self._window_start >= WINDOW_SECONDS:
            self._window_start = now
            self._messages.clear()
            self._refusals.clear()
