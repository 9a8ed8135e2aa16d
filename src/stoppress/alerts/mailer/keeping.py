"""Without a relay: a carrier that keeps each message as a file, as a mailbox would hold it."""

import asyncio
import os
from collections.abc import Callable
from datetime import datetime
from itertools import count
from pathlib import Path

from stoppress.alerts.smtp import Accepted, Outcome
from stoppress.coverage.whole_files import write_whole


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

    async def send(self, envelope_from: str, to: str, message: bytes) -> Outcome:
        """Keep one message, with the lines on top that a receiving server adds (RFC 5321 4.4)."""
        name = f"{self._clock():%Y%m%dT%H%M%S.%fZ}-{os.getpid()}.{next(self._arrivals):06d}.eml"
        head = f"Return-Path: <{envelope_from}>\r\nDelivered-To: {to}\r\n".encode()
        await asyncio.to_thread(write_whole, self._folder / name, head + message)
        return Accepted(250, "kept")

    async def close(self) -> None:
        """Nothing is held open."""
        self.ready = False
