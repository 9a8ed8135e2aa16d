"""Stop signal for processes without an event loop: SIGTERM, SIGINT, SIGHUP, or the end of the parent's pipe."""

import contextlib
import os
import select
import signal
import socket
from types import TracebackType

from stoppress.runtime.processes.parent_pipe import parent_descriptor

STOP_SIGNALS = (signal.SIGTERM, signal.SIGINT, signal.SIGHUP)
"""Signals that stop a process politely. SIGHUP: the terminal was closed."""


def stop_signals() -> list[signal.Signals]:
    """Return the signals that stop this process: SIGHUP not if it is ignored, as `nohup` arranges."""
    return [number for number in STOP_SIGNALS if number != signal.SIGHUP or signal.getsignal(number) != signal.SIG_IGN]


class StopSignal:
    """Sleep until a time is over or the process must stop; `is_set` is True from then on.

    Use it as a context manager, in the main thread.
    """

    def __init__(self) -> None:
        self.is_set = False
        self._woken, self._wake = socket.socketpair()
        parent = parent_descriptor()
        self._parent = [] if parent is None else [parent]
        self._signals: list[signal.Signals] = []

    def __enter__(self) -> "StopSignal":
        self._woken.setblocking(False)
        self._wake.setblocking(False)
        self._signals = stop_signals()
        for number in self._signals:
            signal.signal(number, self._stop)
        signal.set_wakeup_fd(self._wake.fileno(), warn_on_full_buffer=False)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        signal.set_wakeup_fd(-1)
        for number in self._signals:
            signal.signal(number, signal.SIG_DFL)
        self._woken.close()
        self._wake.close()

    def wait(self, seconds: float) -> None:
        """Sleep for `seconds`, or until the process must stop."""
        if self.is_set:
            return
        woken = self._woken.fileno()
        ready, _, _ = select.select([woken, *self._parent], [], [], seconds)
        if woken in ready:
            with contextlib.suppress(BlockingIOError):
                self._woken.recv(64)
        if any(descriptor in ready and not os.read(descriptor, 4096) for descriptor in self._parent):
            self.is_set = True

    def _stop(self, number: int, frame: object) -> None:
        self.is_set = True
