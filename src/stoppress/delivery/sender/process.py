"""The mailer as a process of its own: standard input, signals, exit code."""

import asyncio
import gc
import logging
import signal
import sys
from pathlib import Path
from secrets import token_hex

import uvloop
from django.conf import settings
from django.db import connections

from stoppress.delivery.errors import MailerAlreadyRunningError
from stoppress.delivery.sender.interactive_pause import InteractivePause
from stoppress.delivery.sender.ledger_process import LedgerProcess
from stoppress.delivery.sender.ledger_store import LedgerStore
from stoppress.delivery.sender.mailer_lock import hold_mailer_lock
from stoppress.delivery.sender.send_loop import run_mailer
from stoppress.runtime import notifications
from stoppress.runtime.clock import utc_now
from stoppress.runtime.processes.parent_pipe import watch_parent

log = logging.getLogger(__name__)

GC_THRESHOLD = 20_000
"""New objects after which garbage is looked for: a turn makes thousands, nearly all of which go by themselves."""


def main() -> int:
    """Run until told to stop: by SIGTERM or SIGINT, or by the end of standard input if that is a pipe from a parent.

    Hints come on standard input (hints.SIGNS). Returns the exit code: 0 after a clean end, 2 if it cannot run as it is
    set up.
    """
    gc.set_threshold(GC_THRESHOLD, 20, 20)
    home = Path(settings.HOME)
    try:
        with hold_mailer_lock(home):
            connections.close_all()  # a connection must not be in two processes
            holder = token_hex(8)
            clerk = LedgerProcess.begin(lambda given_up: LedgerStore(utc_now, home, given_up, holder))
            with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
                runner.run(_run(clerk, holder))
    except (MailerAlreadyRunningError, ValueError) as error:
        print(f"stoppress: the mailer cannot run: {error}", file=sys.stderr)
        return 2
    return 0


async def _run(clerk: LedgerProcess, holder: str) -> None:
    stop, wake, pause = asyncio.Event(), asyncio.Event(), InteractivePause()
    notifications.listen(notifications.MAIL, wake.set)
    for somebody_is_served in (notifications.INTERACTIVE_WRITE, notifications.CHANGES):
        notifications.listen(somebody_is_served, pause.start)
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    parent = await watch_parent(stop.set, forward_hints)
    try:
        await run_mailer(settings.RELAYS, stop=stop, wake=wake, pause=pause, clerk=clerk, holder=holder)
    finally:
        if parent:
            parent.close()


def forward_hints(data: bytes) -> None:
    """Ring for the topics whose signs the parent wrote."""
    for topic, sign in notifications.PIPE_BYTES.items():
        if sign in data:
            notifications.notify_local(topic)
