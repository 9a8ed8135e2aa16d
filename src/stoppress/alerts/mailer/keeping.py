"""Without a relay: a carrier that keeps each message as a file, as a mailbox would hold it."""

import asyncio
import os
from collections.abc import Callable, Sequence
from datetime import datetime
from itertools import count
from pathlib import Path

from stoppress.alerts.smtp import Accepted, Envelope, Outcome
from stoppress.runtime.atomic_files import write_atomically


class MailKeeper:
    """Looks like a connection to a relay. A message is accepted once its file is on the disk."""

    def __init__(self, folder: Path, clock: Callable[[], datetime]) -> None:
        self._folder = folder
        self._clock = clock
        self._arrivals = count(1)
        self.ready = False

    async def connect(self) -> None:
        """Make the folder."""
        self._folder.mkdir(parents=True, exist_ok=True)
        self.ready = True

    async def send_window(self, window: Sequence[Envelope], heard: Callable[[int, Outcome], None]) -> None:
        """Keep messages, one after the other."""
        for index, envelope in enumerate(window):
            await asyncio.to_thread(self._keep, envelope)
            heard(index, Accepted(250, "kept"))

    def _keep(self, envelope: Envelope) -> None:
        """With the lines on top that a receiving server adds (RFC 5321 4.4)."""
        name = f"{self._clock():%Y%m%dT%H%M%S.%fZ}-{os.getpid()}.{next(self._arrivals):06d}.eml"
        head = f"Return-Path: <{envelope.sender}>\r\nDelivered-To: {envelope.recipient}\r\n".encode()
        write_atomically(self._folder / name, head + envelope.message)

    async def close(self) -> None:
        """Nothing is held open."""
        self.ready = False
