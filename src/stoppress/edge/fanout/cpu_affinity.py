"""Which cores the helpers of a fan-out take: idle ones, and not that of the thread they help.

Linux wakes a thread where the one runs that wakes it, or where it ran before. So both may share a core for as long as a
change is sent, while another stands half idle; or they take one from readers' processes on this machine, who would have
read meanwhile.
"""

import contextlib
import ctypes
import os
import threading
from collections.abc import Sequence
from threading import Thread

MODEST = 10
"""How much nicer than the others a helper is: it gets a tenth of a core that another thread wants."""

_core_here = getattr(ctypes.PyDLL(None), "sched_getcpu", None)


def be_modest() -> None:
    """From now on the calling thread leaves its core to who wants it; where threads have priorities of their own."""
    thread = threading.get_native_id()
    with contextlib.suppress(OSError):
        os.setpriority(os.PRIO_PROCESS, thread, os.getpriority(os.PRIO_PROCESS, thread) + MODEST)


class Apart:
    """Threads that stay off the core of another one, wherever that is. Does nothing where the system cannot do it."""

    def __init__(self, threads: Sequence[Thread]) -> None:
        self._threads = threads
        self._core = -1

    def keep_off_mine(self) -> None:
        """Have them run on other cores than the caller does now. Cheap as long as it stays where it is."""
        core = _core_here() if _core_here and self._threads else self._core
        if core == self._core or not hasattr(os, "sched_setaffinity"):
            return
        self._core = core
        if others := os.sched_getaffinity(0) - {core}:
            for thread in self._threads:
                if thread.native_id and thread.is_alive():  # the number of one that has ended may be another's by now
                    with contextlib.suppress(OSError):
                        os.sched_setaffinity(thread.native_id, others)
