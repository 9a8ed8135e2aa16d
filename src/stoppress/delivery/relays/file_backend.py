"""Store each message as a file if no relay is configured."""

import asyncio
from collections.abc import Callable, Sequence
from datetime import datetime
from pathlib import Path

from stoppress.delivery.kept_mail import MailFolder
from stoppress.smtp import Accepted, Envelope, Outcome


class FileBackend:
    """A `MailTransport` that accepts a message once its file is on the disk."""

    def __init__(self, folder: Path, clock: Callable[[], datetime]) -> None:
        self._mail = MailFolder(folder, clock)
        self.is_ready = False

    async def connect(self) -> None:
        """Create the folder."""
        self._mail.create()
        self.is_ready = True

    async def send_window(
        self,
        window: Sequence[Envelope],
        on_outcome: Callable[[int, Outcome], None],
        on_start: Callable[[int], None] | None = None,
    ) -> None:
        """Write the messages one after the other."""
        for index, envelope in enumerate(window):
            if on_start:
                on_start(index)
            await asyncio.to_thread(self._mail.write, envelope.sender, envelope.recipient, envelope.message)
            on_outcome(index, Accepted(250, "kept"))

    def cancel_unstarted(self, reason: str) -> None:
        """Do nothing: a window of files takes only moments."""

    async def close(self) -> None:
        """Mark the backend as not ready; no file is open between windows."""
        self.is_ready = False
