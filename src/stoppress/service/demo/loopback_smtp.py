"""The demo's mail server: accepts mail on this machine, stores each message as a file, and sends nothing.

It is the listener of the role `bounces` (inbound/receive/listener.py), which here accepts every recipient.
"""

import asyncio
import logging
import threading
from collections.abc import Callable
from concurrent.futures import Future
from datetime import datetime
from functools import partial
from pathlib import Path
from types import TracebackType
from typing import Self

from stoppress.delivery.kept_mail import MailFolder
from stoppress.inbound.receive.listen_addresses import ListenAddress
from stoppress.inbound.receive.listener import SmtpListener
from stoppress.inbound.receive.smtp_session import ReceivedMessage, SessionLimits
from stoppress.runtime.clock import utc_now

log = logging.getLogger(__name__)

MAX_MESSAGE_BYTES = 10 * 1024 * 1024
"""Largest message that is accepted, announced by SIZE; stored whole."""
MAX_RECIPIENTS = 1000
"""Recipients of one message."""
LIMITS = SessionLimits(MAX_MESSAGE_BYTES, MAX_MESSAGE_BYTES, MAX_RECIPIENTS, max_messages=None, max_commands=None)


def _do_nothing() -> None:
    """Replace `stop` while the server is not running."""


class LoopbackSMTP:
    """An SMTP server on 127.0.0.1, in a thread of its own.

    Each message becomes one `.eml` file for each recipient (kept_mail.py). File names sort by arrival.

    Args:
        folder: folder of the files; created if missing.
        port: TCP port, 0 for any free one.
        now: the clock, in UTC.
    """

    def __init__(self, folder: Path, port: int = 0, *, now: Callable[[], datetime] = utc_now) -> None:
        self.port = port
        self._mail = MailFolder(folder, now)
        self._stop: Callable[[], object] = _do_nothing
        self._thread = threading.Thread(target=self._run, name="loopback-smtp", daemon=True)
        self._bound: Future[int] = Future()

    def start(self) -> int:
        """Start to listen, once.

        Returns:
            The port, also in `port` from now on.

        Raises:
            OSError: the port is taken, or the folder cannot be created.
        """
        self._mail.create()
        self._thread.start()
        self.port = self._bound.result()
        return self.port

    def stop(self) -> None:
        """Stop listening and close all connections. Do nothing if the server is not running."""
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

    def _run(self) -> None:
        try:
            asyncio.run(self._serve())
        except OSError as error:
            self._bound.set_exception(error)

    async def _serve(self) -> None:
        loop, stopping = asyncio.get_running_loop(), asyncio.Event()
        address = ListenAddress(lmtp=False, host="127.0.0.1", port=self.port)
        listener = SmtpListener(
            [address], _accept_every_recipient, self._store, "localhost", limits=LIMITS, banner="stores mail here"
        )
        await listener.start()
        self._stop = partial(loop.call_soon_threadsafe, stopping.set)
        self._bound.set_result(listener.ports[0])
        await stopping.wait()
        self._stop = _do_nothing
        await listener.stop()

    async def _store(self, message: ReceivedMessage, via: str) -> str:
        """Store a file for each recipient, and then reply 250."""
        try:
            for recipient in message.recipients:
                await asyncio.to_thread(self._mail.write, message.sender, recipient, message.content)
        except OSError as error:
            log.warning("message cannot be stored: %s", error)
            return "451 4.3.0 The message cannot be stored; try again later"
        return "250 2.0.0 stored"


def _accept_every_recipient(address: str) -> bool:
    return True
