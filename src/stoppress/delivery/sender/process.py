"""The mailer process: standard input, signals, exit code."""

import asyncio
import gc
import logging
import sys
from pathlib import Path
from secrets import token_hex

import uvloop
from django.conf import settings
from django.db import connections

from stoppress.delivery.errors import MailerAlreadyRunningError
from stoppress.delivery.sender.ledger_process import LedgerProcess
from stoppress.delivery.sender.ledger_store import LedgerStore
from stoppress.delivery.sender.mailer_lock import hold_mailer_lock
from stoppress.delivery.sender.send_loop import MailerOptions, run_mailer
from stoppress.runtime import notifications
from stoppress.runtime.clock import utc_now
from stoppress.runtime.processes.heartbeat import process_heartbeat
from stoppress.runtime.processes.parent_pipe import watch_parent
from stoppress.runtime.processes.stop_signal import stop_signals

log = logging.getLogger(__name__)

GC_THRESHOLD = 20_000
"""New objects between garbage collections: a claim makes thousands, and nearly all are freed by reference counting."""


def main() -> int:
    """Run until SIGTERM, SIGINT, SIGHUP, or the end of standard input if that is a pipe from a parent.

    Notifications come on standard input (`notifications.PIPE_BYTES`).

    Returns:
        The exit code: 0 after a clean end, 2 if the mailer cannot run with this configuration.
    """
    gc.set_threshold(GC_THRESHOLD, 20, 20)
    home = Path(settings.HOME)
    try:
        with hold_mailer_lock(home):
            connections.close_all()  # two processes must not share a connection
            holder = token_hex(8)
            backend = LedgerProcess.start(lambda is_abandoned: LedgerStore(utc_now, home, is_abandoned, holder))
            with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
                runner.run(_run(backend, holder))
    except (MailerAlreadyRunningError, ValueError) as error:
        print(f"stoppress: the mailer cannot run: {error}", file=sys.stderr)
        return 2
    return 0


async def _run(backend: LedgerProcess, holder: str) -> None:
    options = MailerOptions(stop=asyncio.Event())
    notifications.listen(notifications.MAIL, options.wake.set)
    for event in (notifications.INTERACTIVE_WRITE, notifications.CHANGES):
        notifications.listen(event, options.pause.start)
    loop = asyncio.get_running_loop()
    for number in stop_signals():
        loop.add_signal_handler(number, options.stop.set)
    process_heartbeat.follow_loop()
    parent = await watch_parent(options.stop.set, forward_hints)
    try:
        await run_mailer(settings.RELAYS, options, backend=backend, holder=holder)
    finally:
        if parent:
            parent.close()


def forward_hints(data: bytes) -> None:
    """Notify this process of the events whose bytes the parent wrote."""
    for event, byte in notifications.PIPE_BYTES.items():
        if byte in data:
            notifications.notify_local(event)
