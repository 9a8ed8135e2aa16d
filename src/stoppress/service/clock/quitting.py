"""When a child process without a loop of its own is to stop: SIGTERM, SIGINT, or the end of standard input."""

import contextlib
import os
import select
import signal
import socket
import stat
import sys
from types import TracebackType

SIGNALS = (signal.SIGTERM, signal.SIGINT)


class Quitting:
    """`wait(seconds)` sleeps until then, or until told to stop. Use it as a context, in the main thread."""

    def __init__(self) -> None:
        self.told = False
        self._heard, self._wake = socket.socketpair()
        self._parent = _pipe_from_parent()

    def __enter__(self) -> "Quitting":
        self._heard.setblocking(False)
        self._wake.setblocking(False)
        for number in SIGNALS:
            signal.signal(number, self._stop)
        signal.set_wakeup_fd(self._wake.fileno(), warn_on_full_buffer=False)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        signal.set_wakeup_fd(-1)
        for number in SIGNALS:
            signal.signal(number, signal.SIG_DFL)
        self._heard.close()
        self._wake.close()

    def wait(self, seconds: float) -> None:
        """Sleep, unless told to stop before or meanwhile."""
        if self.told:
            return
        heard = self._heard.fileno()
        ready, _, _ = select.select([heard, *self._parent], [], [], seconds)
        if heard in ready:
            with contextlib.suppress(BlockingIOError):
                self._heard.recv(64)
        if any(descriptor in ready and not os.read(descriptor, 4096) for descriptor in self._parent):
            self.told = True

    def _stop(self, number: int, frame: object) -> None:
        self.told = True


def _pipe_from_parent() -> list[int]:
    """Standard input if a parent holds its other end; under a service manager it is /dev/null."""
    try:
        descriptor = sys.stdin.fileno()
        kind = os.fstat(descriptor).st_mode
    except (OSError, ValueError, AttributeError):
        return []
    return [descriptor] if stat.S_ISFIFO(kind) or stat.S_ISSOCK(kind) else []
