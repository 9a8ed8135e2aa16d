"""The mailer as a process of its own: standard input, signals, exit code."""

import asyncio
import gc
import logging
import os
import signal
import stat
import sys
from pathlib import Path

import uvloop
from django.conf import settings
from django.db import connections

from stoppress.alerts.errors import AnotherMailer
from stoppress.alerts.mailer.books import Books
from stoppress.alerts.mailer.clerk import ProcessClerk
from stoppress.alerts.mailer.hold import Hold
from stoppress.alerts.mailer.only_one import only_one
from stoppress.alerts.mailer.worker import run_mailer
from stoppress.coverage import hints
from stoppress.runtime.clock import utc_now

log = logging.getLogger(__name__)

SELDOM = 20_000
"""New objects after which garbage is looked for: a turn makes thousands, nearly all of which go by themselves."""


def main() -> int:
    """Run until told to stop: by SIGTERM or SIGINT, or by the end of standard input if that is a pipe from a parent.

    Hints come on standard input (hints.SIGNS). Returns the exit code: 0 after a clean end, 2 if it cannot run as it is
    set up.
    """
    gc.set_threshold(SELDOM, 20, 20)
    home = Path(settings.HOME)
    try:
        with only_one(home):
            connections.close_all()  # a connection must not be in two processes
            clerk = ProcessClerk.begin(lambda given_up: Books(utc_now, home, given_up))
            with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
                runner.run(_run(clerk))
    except (AnotherMailer, ValueError) as error:
        print(f"stoppress: the mailer cannot run: {error}", file=sys.stderr)
        return 2
    return 0


async def _run(clerk: ProcessClerk) -> None:
    stop, wake, hold = asyncio.Event(), asyncio.Event(), Hold()
    hints.listen(hints.MAIL, wake.set)
    for somebody_is_served in (hints.WRITING, hints.CHANGES):
        hints.listen(somebody_is_served, hold.begin)
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    parent = await _listen_to_parent(stop)
    try:
        await run_mailer(settings.SMTP_URL, stop=stop, wake=wake, hold=hold, clerk=clerk)
    finally:
        if parent:
            parent.close()


class Parent(asyncio.Protocol):
    """What the parent says: hints, and silence for ever means that it is gone."""

    def __init__(self, stop: asyncio.Event) -> None:
        self._stop = stop

    def data_received(self, data: bytes) -> None:
        """asyncio: hints."""
        for topic, sign in hints.SIGNS.items():
            if sign in data:
                hints.ring_here(topic)

    def connection_lost(self, exc: Exception | None) -> None:
        """asyncio: the parent is gone, or closed our standard input to say so."""
        self._stop.set()


async def _listen_to_parent(stop: asyncio.Event) -> asyncio.BaseTransport | None:
    """Only a pipe comes from a parent that hints: under a service manager standard input is /dev/null."""
    try:
        kind = os.fstat(sys.stdin.fileno()).st_mode
    except (OSError, ValueError, AttributeError):
        return None
    if not (stat.S_ISFIFO(kind) or stat.S_ISSOCK(kind)):
        return None
    transport, _ = await asyncio.get_running_loop().connect_read_pipe(lambda: Parent(stop), sys.stdin)
    return transport
