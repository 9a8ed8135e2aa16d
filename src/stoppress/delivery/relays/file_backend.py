"""Without a relay: a transport that keeps each message as a file, as a mailbox would hold it."""

import asyncio
from collections.abc import Callable, Sequence
from datetime import datetime
from pathlib import Path

from stoppress.delivery.kept_mail import MailFolder
from stoppress.smtp import Accepted, Envelope, Outcome


class FileBackend:
    """Looks like a connection to a relay. A message is accepted once its file is on the disk."""

    def __init__(self, folder: Path, clock: Callable[[], datetime]) -> None:
        self._mail = MailFolder(folder, clock)
        self.is_ready = False

    async def connect(self) -> None:
        """Make the folder."""
        self._mail.create()
        self.is_ready = True

    async def send_window(
        self,
        window: Sequence[Envelope],
        heard: Callable[[int, Outcome], None],
        begin: Callable[[int], None] | None = None,
    ) -> None:
        """Keep messages, one after the other."""
        for index, envelope in enumerate(window):
            if begin:
                begin(index)
            await asyncio.to_thread(self._mail.write, envelope.sender, envelope.recipient, envelope.message)
            heard(index, Accepted(250, "kept"))

    def cancel_unstarted(self, reason: str) -> None:
        """Do nothing: a folder answers."""

    async def close(self) -> None:
        """Nothing is held open."""
        self.is_ready = False
