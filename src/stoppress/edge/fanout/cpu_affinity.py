"""Keep helper threads off the core of the thread that they help.

Linux wakes a thread on the core of the thread that wakes it, or where it ran before. So both could share one core while
a change is sent, and another core would be half idle.
"""

import contextlib
import ctypes
import os
from collections.abc import Sequence
from threading import Thread

_current_core = getattr(ctypes.PyDLL(None), "sched_getcpu", None)


def keep_off_current_core(threads: Sequence[Thread], previous_core: int) -> int:
    """Let `threads` run on all cores of this process except the caller's current one.

    The call is cheap while the caller stays on its core. It does nothing on a system without CPU affinity.

    Args:
        threads: the helper threads.
        previous_core: what the last call returned; -1 for the first call.

    Returns:
        The core that the threads stay off.
    """
    core: int = _current_core() if _current_core and threads else previous_core
    if core == previous_core or not hasattr(os, "sched_setaffinity"):
        return core
    if other_cores := os.sched_getaffinity(0) - {core}:
        for thread in threads:
            if thread.native_id and thread.is_alive():  # the id of an ended thread may belong to another one
                with contextlib.suppress(OSError):
                    os.sched_setaffinity(thread.native_id, other_cores)
    return core
