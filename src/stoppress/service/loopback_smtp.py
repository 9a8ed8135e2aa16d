"""The demo's mail server: takes mail on this machine, keeps each message as a file, sends nothing anywhere."""

import asyncio
import logging
import threading
from collections.abc import Callable
from concurrent.futures import Future
from datetime import datetime
from functools import partial
from itertools import count
from pathlib import Path
from types import TracebackType
from typing import Self
from weakref import WeakSet

from aiosmtpd.smtp import SMTP, Envelope, Session

from stoppress.runtime.atomic_files import write_atomically
from stoppress.runtime.clock import utc_now

#: Bytes of the largest message taken, as SIZE announces it.
MAX_MESSAGE = 10 * 1024 * 1024


def _nothing() -> None:
    """There is nothing to stop."""


class LoopbackSMTP:
    """An SMTP server on 127.0.0.1, in a thread of its own.

    Each message becomes one `.eml` file for each recipient, as a mailbox would hold it: `Return-Path:` and
    `Delivered-To:` on top (RFC 5321 4.4), the message as it came below. File names sort by arrival. A file is there as
    a whole or not at all; names that begin with a dot are files in the making.

    Args:
        folder: where the files go; made if it is missing.
        port: TCP port, 0 for any free one.
        now: the clock, in UTC.
    """

    def __init__(self, folder: Path, port: int = 0, *, now: Callable[[], datetime] = utc_now) -> None:
        self.port = port
        self._folder = folder
        self._now = now
        self._arrivals = count(1)
        self._visits: WeakSet[SMTP] = WeakSet()
        self._stop: Callable[[], object] = _nothing
        self._thread = threading.Thread(target=self._run, name="loopback-smtp", daemon=True)
        self._bound: Future[int] = Future()

    def start(self) -> int:
        """Begin to listen, once.

        Returns:
            The port, also in `port` from now on.

        Raises:
            OSError: the port is taken, or the folder cannot be made.
        """
        self._folder.mkdir(parents=True, exist_ok=True)
        logging.getLogger("mail.log").setLevel(logging.WARNING)  # aiosmtpd tells whole addresses there
        self._thread.start()
        self.port = self._bound.result()
        return self.port

    def stop(self) -> None:
        """Stop listening and break what is going on. Does nothing when it is not running."""
        self._stop()
        if self._thread.is_alive():
            self._thread.join()

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        """aiosmtpd: a message came. Answered with 250 only when it is on the disk."""
        content = envelope.original_content or b""
        sender = (envelope.mail_from or "").strip("<>")  # aiosmtpd calls the null sender "<>"
        for recipient in envelope.rcpt_tos:
            name = f"{self._now():%Y%m%dT%H%M%S.%fZ}-{next(self._arrivals):06d}.eml"
            head = _header("Return-Path", f"<{sender}>") + _header("Delivered-To", recipient)
            await asyncio.to_thread(write_atomically, self._folder / name, head + content)
        return "250 2.0.0 kept"

    def _run(self) -> None:
        try:
            asyncio.run(self._serve())
        except OSError as error:
            self._bound.set_exception(error)

    async def _serve(self) -> None:
        loop, stopping = asyncio.get_running_loop(), asyncio.Event()
        server = await loop.create_server(self._visit, "127.0.0.1", self.port)
        self._stop = partial(loop.call_soon_threadsafe, stopping.set)
        self._bound.set_result(server.sockets[0].getsockname()[1])
        await stopping.wait()
        self._stop = _nothing
        server.close()
        for visit in self._visits:
            if isinstance(visit.transport, asyncio.Transport):
                visit.transport.abort()

    def _visit(self) -> SMTP:
        loop = asyncio.get_running_loop()
        visit = SMTP(self, data_size_limit=MAX_MESSAGE, enable_SMTPUTF8=True, hostname="localhost", loop=loop)
        self._visits.add(visit)
        return visit


def _header(name: str, value: str) -> bytes:
    return f"{name}: {''.join(filter(str.isprintable, value))}\r\n".encode()
