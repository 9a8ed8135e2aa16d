"""What carries messages out of the mailer: a connection to a relay, or a folder."""

from collections.abc import Callable, Sequence
from typing import Protocol

from stoppress.smtp import Envelope, Outcome


class MailTransport(Protocol):
    """A connection that takes messages: `RelayConnection`, or `MailKeeper`."""

    @property
    def is_ready(self) -> bool:
        """Whether the next messages may be given to it."""

    async def connect(self) -> None:
        """Get ready; raises RelayFault."""

    async def send_window(
        self,
        window: Sequence[Envelope],
        heard: Callable[[int, Outcome], None],
        begin: Callable[[int], None] | None = None,
    ) -> None:
        """Send messages in order; `heard(index, outcome)` says of each, once, what became of it; `begin(index)` is
        called before it begins."""

    def cancel_unstarted(self, reason: str) -> None:
        """Report what has not begun of the window on its way as not sent."""

    async def close(self) -> None:
        """Hang up; never raises."""
