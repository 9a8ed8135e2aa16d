"""Run one `stoppress` command and replace its process if it hangs or is killed: a small program without Django.

    stoppress serve ──exec──► guardian ──► stoppress serve --child ──► mailer, scheduler, workers …

Used for a command that has no other supervisor: a web process, a supervisor of several processes, a role alone, the
demo. Before a killed command is started again, the processes that it left behind are ended (orphans.py). Signals that
stop the guardian stop the command politely. An end that the command chose itself, also an error at its start, ends the
guardian with the same exit code.
"""

import asyncio
import logging
import os
import signal
import sys
import time
from typing import NoReturn

from stoppress.runtime.processes.child_process import MAX_RESTART_SECONDS, STABLE_SECONDS, ChildProcess
from stoppress.runtime.processes.orphans import adopt_orphans, end_orphans
from stoppress.runtime.processes.stop_signal import stop_signals

log = logging.getLogger("stoppress.guardian")

STOP_SECONDS = 20.0
"""Time for a polite stop: longer than a web process needs for its requests and then for its own children."""
REPLACED_VARIABLE = "_STOPPRESS_REPLACED"
"""Environment variable with the number of replaced processes, for metrics: "ROLE HUNG ENDED". No setting."""


def become_guardian(role: str, *arguments: str) -> NoReturn:
    """Replace this process by the guardian of a command; `role` names it in log lines."""
    sys.stdout.flush()
    os.execv(sys.executable, [sys.executable, "-m", "stoppress.runtime.processes.guardian", role, *arguments])


def main() -> int:
    """Guard the command of the program's arguments; return its exit code."""
    logging.Formatter.converter = time.gmtime
    logging.basicConfig(
        level=logging.INFO,
        format="%(asctime)sZ %(levelname)s %(name)s %(message)s",
        datefmt="%Y-%m-%dT%H:%M:%S",
    )
    role, *arguments = sys.argv[1:]
    return asyncio.run(_guard(ChildProcess(*arguments, role=role, stop_seconds=STOP_SECONDS)))


async def _guard(child: ChildProcess) -> int:
    loop, stop = asyncio.get_running_loop(), asyncio.Event()
    for number in stop_signals():
        loop.add_signal_handler(number, stop.set)
    adopt_orphans(lambda: child.pid)
    running = asyncio.ensure_future(_run_until_it_ends(child))
    stopped = asyncio.ensure_future(stop.wait())
    await asyncio.wait([running, stopped], return_when=asyncio.FIRST_COMPLETED)
    stopped.cancel()
    if running.done():
        return running.result()
    code = await child.stop()
    running.cancel()
    await end_orphans()
    return 1 if code == -signal.SIGKILL else max(code, 0)


async def _run_until_it_ends(child: ChildProcess) -> int:
    """Run the command again whenever it hung or was killed; return the exit code that it chose itself."""
    counts, quick_ends = {"hung": 0, "ended": 0}, 0
    while True:
        started = time.monotonic()
        code, is_hung = await child.run_once()
        await end_orphans()
        if code >= 0 and not is_hung:
            return code
        counts["hung" if is_hung else "ended"] += 1
        os.environ[REPLACED_VARIABLE] = f"{child.role} {counts['hung']} {counts['ended']}"
        quick_ends = 0 if time.monotonic() - started > STABLE_SECONDS else quick_ends + 1
        delay = min(2.0**quick_ends, MAX_RESTART_SECONDS) if quick_ends > 1 else 0.0
        log.error("process %s was killed by signal %d; restarting in %.0f s", child.role, -code, delay)
        await asyncio.sleep(delay)


if __name__ == "__main__":
    raise SystemExit(main())
