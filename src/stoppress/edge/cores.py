"""Which core the event loop's thread wakes up on.

Linux likes to wake a thread on the core of the one that wakes it. When that one has just written a change, the loop
then begins its thousands of writes on a core where another thread still is, with cold memories, and is moved away
milliseconds later. So it is told beforehand not to come there, and may go where it likes again once it has written.
"""

import contextlib
import ctypes
import os
import threading
from collections.abc import Callable

_here: Callable[[], int] | None = getattr(ctypes.PyDLL(None), "sched_getcpu", None)


class Cores:
    """The cores that one thread may run on; made by that thread. Does nothing where the system cannot do it."""

    def __init__(self) -> None:
        self.thread = threading.get_native_id()
        self._lock = threading.Lock()
        self._before: set[int] | None = None
        """What it may use otherwise; None while nothing is kept from it."""

    def keep_off_mine(self) -> None:
        """Have the thread not woken on the core of the caller, which is another thread, until `let_go`."""
        if _here is None or not hasattr(os, "sched_setaffinity"):
            return
        with self._lock, contextlib.suppress(OSError):  # the system may forbid it
            before = self._before or os.sched_getaffinity(self.thread)
            if others := before - {_here()}:
                os.sched_setaffinity(self.thread, others)
                self._before = before

    def let_go(self) -> None:
        """Let the thread run where it could before."""
        with self._lock, contextlib.suppress(OSError):
            if self._before is not None:
                before, self._before = self._before, None
                os.sched_setaffinity(self.thread, before)
