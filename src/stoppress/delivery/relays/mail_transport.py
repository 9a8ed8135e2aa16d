"""The interface of a connection that sends messages."""

from collections.abc import Callable, Sequence
from typing import NamedTuple, Protocol

from stoppress.smtp import Envelope, Outcome


class MailTransport(Protocol):
    """A connection that takes messages: `RelayConnection` or `FileBackend`."""

    @property
    def is_ready(self) -> bool:
        """True when the next window may be sent."""

    async def connect(self) -> None:
        """Connect.

        Raises:
            RelayError: the relay cannot be used.
        """

    async def send_window(
        self,
        window: Sequence[Envelope],
        on_outcome: Callable[[int, Outcome], None],
        on_start: Callable[[int], None] | None = None,
    ) -> None:
        """Send messages in order.

        Args:
            window: what to send.
            on_outcome: called once for each message with its index and outcome.
            on_start: called with the index of each message before its transmission starts.
        """

    def cancel_unstarted(self, reason: str) -> None:
        """Report the messages of the current window that have not started as not sent."""

    async def close(self) -> None:
        """Close the connection; never raises."""


class RelayConfig(NamedTuple):
    """A relay as a pool uses it.

    Args:
        name: for logs and the status page; without login.
        make_transport: makes a connection that is not yet connected.
        max_connections: how many connections may be open at once.
    """

    name: str
    make_transport: Callable[[], MailTransport]
    max_connections: int
