"""The `bounces` role as a process of its own: the listener, and the mailbox that is looked into every minute."""

import asyncio
import contextlib
import logging
import signal
import sys
from collections.abc import Coroutine
from typing import Any

from django.conf import settings

from stoppress.coverage.newsroom import newsroom
from stoppress.inbound.receive.imap_poller import POLL_SECONDS, poll_until_stopped
from stoppress.inbound.receive.listener import SmtpListener
from stoppress.inbound.receive.recipient_check import make_recipient_check
from stoppress.inbound.receive.recording_thread import RecordingThread
from stoppress.inbound.receiver_status import ReceiverKind, remove_status, store_status
from stoppress.runtime.clock import utc_now
from stoppress.runtime.processes.parent_pipe import watch_parent

log = logging.getLogger(__name__)


def main() -> int:
    """Run until told to stop: by SIGTERM or SIGINT, or by the end of standard input if that is a pipe from a parent.

    The exit code: 0 after a clean end, 2 if it cannot run as it is set up.
    """
    if not is_configured():
        print(
            "stoppress: the role bounces has nothing to do: "
            "set STOPPRESS_BOUNCE_LISTEN_ADDRESSES or STOPPRESS_IMAP_URL",
            file=sys.stderr,
        )
        return 2
    try:
        asyncio.run(_run())
    except OSError as error:
        print(f"stoppress: bounces cannot be taken as set up: {error.strerror or error}", file=sys.stderr)
        store_status(ReceiverKind.LISTENER, error.strerror or str(error), now=utc_now())
        return 2
    return 0


def is_configured() -> bool:
    """Whether anything is set for this role to do."""
    return bool(settings.BOUNCE_LISTEN_ADDRESSES or settings.BOUNCE_MAILBOX)


async def _run() -> None:
    stop, clerk = asyncio.Event(), RecordingThread()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    parent = await watch_parent(stop.set)
    admit = make_recipient_check(newsroom().list_domain, settings.FEEDBACK_MAILBOXES)
    listener = SmtpListener(settings.BOUNCE_LISTEN_ADDRESSES, admit, clerk.receive, newsroom().list_domain)
    side: list[asyncio.Task[None]] = []
    try:
        await listener.start()
        if settings.BOUNCE_LISTEN_ADDRESSES:
            side.append(asyncio.ensure_future(_store_listener_status(listener, stop)))
        if settings.BOUNCE_MAILBOX:
            work = poll_until_stopped(settings.BOUNCE_MAILBOX, settings.HOME, stop)
            side.append(asyncio.ensure_future(work))
        await _wait_for_first(stop.wait(), *side)
    finally:
        stop.set()
        await listener.stop()
        await asyncio.gather(*side, return_exceptions=True)
        await clerk.close()
        if parent:
            parent.close()


async def _store_listener_status(listener: SmtpListener, stop: asyncio.Event) -> None:
    """Now and every minute, until `stop`; then that it ends."""
    while not stop.is_set():
        fault = "" if listener.listens else "it has stopped listening"
        await asyncio.to_thread(store_status, ReceiverKind.LISTENER, fault, now=utc_now())
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(stop.wait(), POLL_SECONDS)
    await asyncio.to_thread(remove_status, ReceiverKind.LISTENER)


async def _wait_for_first(*work: "Coroutine[Any, Any, Any] | asyncio.Task[Any]") -> None:
    """Until one of them ends; raises what it raises."""
    tasks = [asyncio.ensure_future(one) for one in work]
    done, waiting = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
    for task in waiting:
        if task is tasks[0]:
            task.cancel()
    for task in done:
        task.result()
