"""One thread that reads what came and writes it down, beside the loop that talks.

One at a time: reading costs milliseconds and the database takes one writer. Who would have to wait too long is told to
come again.
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
"""Messages that may wait for the thread; each takes some milliseconds, and at most its size in memory."""


class RecordingThread:
    """`await clerk.receive(…)` gives the reply to a message: 250 only if what it says is committed."""

    def __init__(self, clock: Callable[[], datetime] = utc_now) -> None:
        self._clock = clock
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="bounces")
        self._waiting = 0

    async def receive(self, message: ReceivedMessage, via: str) -> str:
        """Store one message's report and return the SMTP reply; its session admits one recipient a message."""
        if self._waiting >= MAX_WAITING_MESSAGES:
            return "451 4.3.2 busy, come again"
        self._waiting += 1
        try:
            loop = asyncio.get_running_loop()
            return await loop.run_in_executor(self._thread, self._receive, message.content, message.recipients[0], via)
        finally:
            self._waiting -= 1

    async def close(self) -> None:
        """Finish what is in hand, and let go of the database."""
        await asyncio.get_running_loop().run_in_executor(self._thread, _close_connection)
        self._thread.shutdown()

    def _receive(self, content: bytes, recipient: str, via: str) -> str:
        close_old_connections()
        try:
            arrival = parse_incoming_message(content, via=via, envelope_to=(recipient,))
            taken = record_report(arrival, now=self._clock())
        except (DatabaseError, InterfaceError) as error:
            log.warning("the database does not answer, what came back is to come again: %s", error)
            connection.close()
            return "451 4.3.0 not now, come again"
        except Exception:
            log.exception("a message that came back cannot be taken in; it is to come again")
            return "451 4.3.0 not now, come again"
        kind = arrival.report.kind
        log.info("%s by %s: %s", kind, via, taken.value)
        if taken is RecordResult.NOTHING and kind in (ReportKind.NOTHING, ReportKind.AUTO_REPLY) and not is_signed_address(recipient):
            return "550 5.6.0 nobody reads letters here, only feedback reports are"
        return "250 2.0.0 taken in"


def _close_connection() -> None:
    connection.close()  # which one that is depends on the thread that asks
