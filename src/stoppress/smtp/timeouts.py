"""Timeouts for a relay's replies, and the timer that enforces them."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from time import monotonic

from stoppress.smtp.outcome import Step


@dataclass(frozen=True, slots=True)
class Timeouts:
    """Seconds to wait, from RFC 5321 section 4.5.3.2 where it names them.

    The timeout after a message's last byte is long, because a client that stops waiting earlier cannot determine the
    outcome. Before that byte nothing is lost by a retry elsewhere. So the greeting and the replies to EHLO and MAIL get
    25 seconds and other commands 60, where the RFC suggests five minutes: the relay is the newsroom's own, and breaking
    news waits.

    Args:
        connect: for the TCP connection or the TLS handshake.
        text: for the relay to take the bytes that are sent.
        final_reply: for the reply to a message's last byte.
        command: for the reply to any other command, and the upper limit of `ehlo` and `mail`.
    """

    connect: float = 25
    greeting: float = 25
    ehlo: float = 25
    mail: float = 25
    command: float = 60
    data: float = 60
    text: float = 180
    final_reply: float = 600
    quit: float = 5

    def for_step(self, step: Step | None) -> float:
        """Return the seconds for the reply to a step; None means that the relay must take bytes first."""
        if step is Step.FINAL_DOT or step is Step.BDAT:
            return self.final_reply
        if step is Step.DATA:
            return self.data
        if step is Step.GREETING:
            return self.greeting
        if step is Step.EHLO:
            return min(self.ehlo, self.command)
        if step is Step.MAIL or step is Step.RSET:
            return min(self.mail, self.command)
        if step is Step.QUIT:
            return self.quit
        return self.command if step else self.text


class Deadline:
    """A deadline that may move thousands of times a second.

    It uses one timer. When the timer fires early because the deadline has moved, it is set again.

    Args:
        on_expired: called when the deadline has passed.
    """

    def __init__(self, on_expired: Callable[[], None]) -> None:
        self._on_expired = on_expired
        self._deadline: float | None = None
        self._timer: asyncio.TimerHandle | None = None
        self._fires_at = 0.0

    def set(self, seconds: float) -> None:
        """Set the deadline to `seconds` from now."""
        self._deadline = monotonic() + seconds
        if self._timer is None or self._deadline < self._fires_at:
            self._schedule(self._deadline)

    def clear(self) -> None:
        """Remove the deadline; a pending timer fires once more without effect."""
        self._deadline = None

    def cancel(self) -> None:
        """Remove the deadline and its timer."""
        self._deadline = None
        if self._timer:
            self._timer.cancel()
            self._timer = None

    def _schedule(self, when: float) -> None:
        if self._timer:
            self._timer.cancel()
        self._fires_at = when
        self._timer = asyncio.get_running_loop().call_later(max(0.0, when - monotonic()), self._fire)

    def _fire(self) -> None:
        self._timer = None
        if self._deadline is None:
            return
        if monotonic() >= self._deadline:
            self._deadline = None
            self._on_expired()
        else:
            self._schedule(self._deadline)
