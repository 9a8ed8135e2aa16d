"""End the processes that a killed process has left behind, so that none of them keeps a lock, a port or memory.

A supervised process has children of its own. They stop when it ends, unless they hang at the same time. On Linux this
process becomes their parent then (`PR_SET_CHILD_SUBREAPER`), which makes them known without a list of ids.
"""

import asyncio
import contextlib
import ctypes
import logging
import os
import signal
import sys
from collections.abc import Callable
from pathlib import Path

from stoppress.runtime.processes.child_process import kill_group

log = logging.getLogger(__name__)

PR_SET_CHILD_SUBREAPER = 36
"""prctl(2)."""
STOP_SECONDS = 3.0
"""Time that orphans have to stop by themselves: their standard input is closed."""
POLL_SECONDS = 0.05


def adopt_orphans(find_own_child: Callable[[], int]) -> None:
    """Become the parent of processes that descendants leave behind; without effect on other systems than Linux.

    Call it in a running event loop.

    Args:
        find_own_child: returns the id of the one child that this process waits for itself.
    """
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)
        asyncio.get_running_loop().add_signal_handler(signal.SIGCHLD, lambda: _reap_orphans(find_own_child()))


def _reap_orphans(own_child: int) -> None:
    """Collect the exit codes of orphans that have ended; none while the own child is being started."""
    if not own_child:
        return
    with contextlib.suppress(ChildProcessError):
        while ended := os.waitid(os.P_ALL, 0, os.WEXITED | os.WNOHANG | os.WNOWAIT):
            if ended.si_pid == own_child:
                return
            os.waitpid(ended.si_pid, os.WNOHANG)


async def end_orphans() -> None:
    """Wait until all children of this process have ended, and kill those that do not stop in time.

    Call it while this process has no child that it wants to keep. A stopped process is continued first: it then
    detects that its parent is gone.
    """
    loop = asyncio.get_running_loop()
    deadline, killed = loop.time() + STOP_SECONDS, set[int]()
    while pids := _living_children():
        for pid in pids:
            _signal(pid, signal.SIGCONT)
            if loop.time() > deadline:
                if pid not in killed:
                    log.error("process %d of a killed process does not stop; killing it", pid)
                killed.add(pid)
                kill_group(pid)
                _signal(pid, signal.SIGKILL)
        await asyncio.sleep(POLL_SECONDS)


def _living_children() -> set[int]:
    """Return the children of this process, without those that have ended."""
    pids = [int(path.name) for path in Path("/proc").glob("[0-9]*")]  # none on systems without /proc
    return {pid for pid in pids if _parent(pid) == os.getpid() and not _reap(pid)}


def _parent(pid: int) -> int:
    try:
        stat = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8", errors="replace")
    except OSError:
        return 0
    return int(stat.rsplit(")", 1)[1].split()[1])


def _reap(pid: int) -> bool:
    """Return True if the child has ended."""
    try:
        return os.waitpid(pid, os.WNOHANG)[0] == pid
    except ChildProcessError:
        return True


def _signal(pid: int, number: signal.Signals) -> None:
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.kill(pid, number)
