"""Detect a connection on which the relay does not answer, and return what it has not begun to the others."""

import asyncio
import time
from collections import Counter
from collections.abc import Callable
from typing import Protocol

from stoppress.delivery.choices import Lane
from stoppress.delivery.relays.mail_transport import MailTransport

SILENT_SECONDS = 10.0
"""Seconds without an answer after which a line counts as hung: what it has not begun returns to the others."""
REPLACE_AFTER_SECONDS = 30.0
"""Seconds without an answer after which another connection may be opened in place of a hung one."""


class ConnectionOwner(Protocol):
    """The connections of one relay, as `Silence` needs them: lines.Trunk."""

    def asked_at(self, n: int) -> float:
        """When the relay last answered on line `n`, or was given its window (monotonic)."""

    def suspend_line(self, n: int, unanswered: Counter[Lane]) -> None:
        """Count line `n` as hung."""

    def replace_line(self, n: int) -> None:
        """Open another line in place of line `n`, if needed."""

    def restore_line(self, n: int, unanswered: Counter[Lane]) -> None:
        """Undo `suspend_line`."""


class SilenceMonitor:
    """Watches one window: when its relay has not answered for QUIET seconds, the line counts as hung.

    Then what the window has not begun is recalled, and the line is not up: no deliveries are claimed for it, other
    lines connect, and without another line the bench is cleared.
    """

    def __init__(self, trunk: ConnectionOwner, transport: MailTransport, n: int, unanswered: Callable[[], Counter[Lane]]) -> None:
        self._trunk, self._transport, self._n, self._unanswered = trunk, transport, n, unanswered
        self._hung: Counter[Lane] | None = None
        self._timer = asyncio.get_running_loop().call_later(SILENT_SECONDS, self._look)

    def end(self) -> None:
        """The window is over."""
        self._timer.cancel()
        if self._hung is not None:
            self._trunk.restore_line(self._n, self._hung)

    def _look(self) -> None:
        left = self._trunk.asked_at(self._n) + SILENT_SECONDS - time.monotonic()
        if left > 0:
            self._timer = asyncio.get_running_loop().call_later(left, self._look)
            return
        self._transport.cancel_unstarted(f"the relay did not answer for {SILENT_SECONDS:g} s; another connection is tried")
        self._hung = self._unanswered()
        self._trunk.suspend_line(self._n, self._hung)
        self._timer = asyncio.get_running_loop().call_later(REPLACE_AFTER_SECONDS - SILENT_SECONDS, self._trunk.replace_line, self._n)
