"""Detect a connection on which the relay does not reply, and return its unstarted messages to other connections."""

import asyncio
import time
from collections import Counter
from collections.abc import Callable
from typing import Protocol

from stoppress.delivery.choices import Lane
from stoppress.delivery.relays.mail_transport import MailTransport

SILENT_SECONDS = 10.0
"""Without a reply for this time, a connection counts as silent: its unstarted messages return to other connections."""
REPLACE_AFTER_SECONDS = 30.0
"""Without a reply for this time, another connection may be opened in place of a silent one."""


class ConnectionOwner(Protocol):
    """The connections of one relay, as `SilenceMonitor` needs them; implemented by `RelayPool`."""

    def last_reply_at(self, index: int) -> float:
        """Return when the relay last replied on a connection, or got its window (seconds of the monotonic clock)."""

    def suspend_connection(self, index: int, unanswered: Counter[Lane]) -> None:
        """Count a connection as silent."""

    def replace_connection(self, index: int) -> None:
        """Open another connection in place of a silent one, if needed."""

    def restore_connection(self, index: int, unanswered: Counter[Lane]) -> None:
        """Undo `suspend_connection`."""


class SilenceMonitor:
    """Monitor one window; without a reply for `SILENT_SECONDS` its connection counts as silent.

    Then the unstarted messages of the window are cancelled, and the connection is not counted as open: no deliveries
    are claimed for it, other connections are opened, and without another one the queue is returned to the ledger.
    """

    def __init__(
        self, owner: ConnectionOwner, transport: MailTransport, index: int, unanswered: Callable[[], Counter[Lane]]
    ) -> None:
        self._owner, self._transport, self._index, self._unanswered = owner, transport, index, unanswered
        self._suspended: Counter[Lane] | None = None
        self._timer = asyncio.get_running_loop().call_later(SILENT_SECONDS, self._check)

    def end(self) -> None:
        """Stop monitoring; the window has ended."""
        self._timer.cancel()
        if self._suspended is not None:
            self._owner.restore_connection(self._index, self._suspended)

    def _check(self) -> None:
        loop = asyncio.get_running_loop()
        remaining = self._owner.last_reply_at(self._index) + SILENT_SECONDS - time.monotonic()
        if remaining > 0:
            self._timer = loop.call_later(remaining, self._check)
            return
        self._transport.cancel_unstarted(
            f"the relay did not reply for {SILENT_SECONDS:g} s; another connection is tried"
        )
        self._suspended = self._unanswered()
        self._owner.suspend_connection(self._index, self._suspended)
        delay = REPLACE_AFTER_SECONDS - SILENT_SECONDS
        self._timer = loop.call_later(delay, self._owner.replace_connection, self._index)
