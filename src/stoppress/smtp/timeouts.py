"""How long a relay is waited for, and what watches over it."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from time import monotonic

from stoppress.smtp.outcome import SmtpStep


@dataclass(frozen=True, slots=True)
class Timeouts:
    """Seconds to wait, from RFC 5321 4.5.3.2 where it names them.

    The one after a message's last byte is long for a reason: whoever gives up earlier does not know what became of it.
    Before that byte nothing is lost by trying elsewhere. So the greeting and the answers to EHLO and MAIL get 25
    seconds and other commands 60, where the RFC suggests five minutes: the relay is the newsroom's own, and breaking
    news waits.
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

    def for_step(self, step: SmtpStep | None) -> float:
        """Seconds for the answer to one step; None: for the relay to take what we say."""
        if step is SmtpStep.DOT or step is SmtpStep.BDAT:
            return self.final_reply
        if step is SmtpStep.DATA:
            return self.data
        if step is SmtpStep.GREETING:
            return self.greeting
        if step is SmtpStep.HELLO:
            return min(self.ehlo, self.command)
        if step is SmtpStep.MAIL or step is SmtpStep.RESET:
            return min(self.mail, self.command)
        if step is SmtpStep.QUIT:
            return self.quit
        return self.command if step else self.text


class Deadline:
    """A deadline that may be moved thousands of times a second: one timer, which looks again when it was moved.

    Args:
        late: called when a deadline has passed.
    """

    def __init__(self, late: Callable[[], None]) -> None:
        self._late = late
        self._deadline: float | None = None
        self._timer: asyncio.TimerHandle | None = None
        self._rings_at = 0.0

    def set(self, seconds: float) -> None:
        """The deadline is in so many seconds from now."""
        self._deadline = monotonic() + seconds
        if self._timer is None or self._deadline < self._rings_at:
            self._ring_at(self._deadline)

    def clear(self) -> None:
        """There is no deadline."""
        self._deadline = None

    def cancel(self) -> None:
        """There is no deadline, and no timer either."""
        self._deadline = None
        if self._timer:
            self._timer.cancel()
            self._timer = None

    def _ring_at(self, when: float) -> None:
        if self._timer:
            self._timer.cancel()
        self._rings_at = when
        self._timer = asyncio.get_running_loop().call_later(max(0.0, when - monotonic()), self._ring)

    def _ring(self) -> None:
        self._timer = None
        if self._deadline is None:
            return
        if monotonic() >= self._deadline:
            self._deadline = None
            self._late()
        else:
            self._ring_at(self._deadline)
