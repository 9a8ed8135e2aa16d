"""The thread that records what the listener received, beside the event loop.

One thread is enough: parsing takes milliseconds and the database has a single writer. When too many messages wait, the
client gets a temporary error and tries again later.
"""

import asyncio
import logging
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime

from django.db import DatabaseError, InterfaceError, close_old_connections, connection

from stoppress.inbound.bounces import ReportKind
from stoppress.inbound.receive.incoming_message import parse_incoming_message
from stoppress.inbound.receive.recipient_check import is_signed_address
from stoppress.inbound.receive.smtp_session import ReceivedMessage
from stoppress.inbound.record_report import RecordResult, record_report
from stoppress.runtime.clock import utc_now

log = logging.getLogger(__name__)

MAX_WAITING_MESSAGES = 50
"""Messages that may wait for the thread. Each takes some milliseconds, and at most its size in memory."""
NOTHING_TO_RECORD = (ReportKind.NOTHING, ReportKind.AUTO_REPLY)


class RecordingThread:
    """`await recording.record(…)` returns the SMTP reply to a message: 250 only after its report is committed."""

    def __init__(self, clock: Callable[[], datetime] = utc_now) -> None:
        self._clock = clock
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="bounces")
        self._waiting = 0

    async def record(self, message: ReceivedMessage, via: str) -> str:
        """Record the report of a message and return the SMTP reply. The message has one recipient (BOUNCE_LIMITS)."""
        if self._waiting >= MAX_WAITING_MESSAGES:
            return "451 4.3.2 Too many messages waiting, try again later"
        self._waiting += 1
        try:
            loop = asyncio.get_running_loop()
            return await loop.run_in_executor(self._thread, self._record, message.content, message.recipients[0], via)
        finally:
            self._waiting -= 1

    async def close(self) -> None:
        """Finish the messages that wait, and close the database connection."""
        await asyncio.get_running_loop().run_in_executor(self._thread, _close_connection)
        self._thread.shutdown()

    def _record(self, content: bytes, recipient: str, via: str) -> str:
        close_old_connections()
        try:
            received = parse_incoming_message(content, via=via, envelope_to=(recipient,))
            result = record_report(received, now=self._clock())
        except (DatabaseError, InterfaceError) as error:
            log.warning("cannot record a message received by %s, replying 451", via, exc_info=error)
            connection.close()
            return "451 4.3.0 Temporary database error, try again later"
        except Exception:
            log.exception("cannot record a message received by %s, replying 451", via)
            return "451 4.3.0 Temporary error, try again later"
        kind = received.report.kind
        log.info("%s by %s: %s", kind, via, result.value)
        is_ignored = result is RecordResult.IGNORED and kind in NOTHING_TO_RECORD
        if is_ignored and not is_signed_address(recipient):
            return "550 5.6.0 This mailbox accepts only bounces and feedback reports"
        return "250 2.0.0 Recorded"


def _close_connection() -> None:
    connection.close()  # `connection` is the one of the thread that runs this
