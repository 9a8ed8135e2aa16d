"""The process of the `bounces` role: the listener, and the poller of the mailbox."""

import asyncio
import contextlib
import logging
import sys

from django.conf import settings

from stoppress.coverage.newsroom import newsroom
from stoppress.inbound.receive.imap_poller import POLL_SECONDS, poll_until_stopped
from stoppress.inbound.receive.listener import SmtpListener
from stoppress.inbound.receive.recipient_check import make_recipient_check
from stoppress.inbound.receive.recording_thread import RecordingThread
from stoppress.inbound.receiver_status import ReceiverKind, remove_status, store_status
from stoppress.runtime.clock import utc_now
from stoppress.runtime.processes.heartbeat import process_heartbeat
from stoppress.runtime.processes.parent_pipe import watch_parent
from stoppress.runtime.processes.stop_signal import stop_signals

log = logging.getLogger(__name__)


def main() -> int:
    """Run until SIGTERM, SIGINT, SIGHUP, or the end of standard input if that is a pipe from a parent.

    Returns:
        The exit code: 0 after a clean stop, 2 if the configuration cannot be used.
    """
    if not is_configured():
        print(
            "stoppress: the bounces role has nothing to do; "
            "set STOPPRESS_BOUNCE_LISTEN_ADDRESSES or STOPPRESS_IMAP_URL",
            file=sys.stderr,
        )
        return 2
    try:
        asyncio.run(_run())
    except OSError as error:
        print(f"stoppress: the bounces role cannot start: {error.strerror or error}", file=sys.stderr)
        store_status(ReceiverKind.LISTENER, error.strerror or str(error), now=utc_now())
        return 2
    return 0


def is_configured() -> bool:
    """Return True if the listener or the mailbox is configured."""
    return bool(settings.BOUNCE_LISTEN_ADDRESSES or settings.BOUNCE_MAILBOX)


async def _run() -> None:
    stop, recording = asyncio.Event(), RecordingThread()
    loop = asyncio.get_running_loop()
    for number in stop_signals():
        loop.add_signal_handler(number, stop.set)
    process_heartbeat.follow_loop()
    parent = await watch_parent(stop.set)
    list_domain = newsroom().list_domain
    accepts_recipient = make_recipient_check(list_domain, settings.FEEDBACK_MAILBOXES)
    listener = SmtpListener(settings.BOUNCE_LISTEN_ADDRESSES, accepts_recipient, recording.record, list_domain)
    tasks: list[asyncio.Task[None]] = []
    try:
        await listener.start()
        if settings.BOUNCE_LISTEN_ADDRESSES:
            tasks.append(asyncio.create_task(_store_listener_status(listener, stop)))
        if settings.BOUNCE_MAILBOX:
            tasks.append(asyncio.create_task(poll_until_stopped(settings.BOUNCE_MAILBOX, settings.HOME, stop)))
        await _wait_for_stop_or_failure(stop, tasks)
    finally:
        stop.set()
        await listener.stop()
        await asyncio.gather(*tasks, return_exceptions=True)
        await recording.close()
        if parent:
            parent.close()


async def _store_listener_status(listener: SmtpListener, stop: asyncio.Event) -> None:
    """Store the listener's status now and every minute; remove it after `stop`."""
    while not stop.is_set():
        fault = "" if listener.is_listening else "the listener has stopped listening"
        await asyncio.to_thread(store_status, ReceiverKind.LISTENER, fault, now=utc_now())
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(stop.wait(), POLL_SECONDS)
    await asyncio.to_thread(remove_status, ReceiverKind.LISTENER)


async def _wait_for_stop_or_failure(stop: asyncio.Event, tasks: list[asyncio.Task[None]]) -> None:
    """Wait for `stop`, or until a task ends; raise the error of a task that failed."""
    stopped = asyncio.create_task(stop.wait())
    done, _ = await asyncio.wait([stopped, *tasks], return_when=asyncio.FIRST_COMPLETED)
    stopped.cancel()
    for task in done:
        task.result()
