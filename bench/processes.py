"""Processes of a measurement: start them, read their memory and CPU time, end them by their own id."""

import contextlib
import json
import subprocess
import sys
import time
from pathlib import Path
from typing import Any, Self

CHECKOUT = Path(__file__).parents[1]
"""The folder from which child processes can import this package."""


def module_command(name: str) -> list[str]:
    """Return the command that runs a module of this package; its working folder must be CHECKOUT."""
    return [sys.executable, "-m", f"bench.{name}"]


class Worker:
    """A helper process that takes JSON lines and answers in JSON lines."""

    def __init__(self, name: str) -> None:
        self._process = subprocess.Popen(
            module_command(name), cwd=CHECKOUT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        self.pid = self._process.pid

    def send(self, value: object) -> None:
        """Send one line."""
        assert self._process.stdin
        self._process.stdin.write(json.dumps(value) + "\n")
        self._process.stdin.flush()

    def line(self) -> str:
        """Return the next line of its output."""
        assert self._process.stdout
        found = self._process.stdout.readline()
        if not found:
            raise RuntimeError("a helper process of the measurement has ended")
        return found.strip()

    def ask(self, **order: Any) -> Any:
        """Send a command and return its result."""
        self.send(order)
        return json.loads(self.line())

    def begin(self, **order: Any) -> None:
        """Send a command that is acknowledged first; `result` returns its answer."""
        self.send(order)
        assert self.line() == "ready"

    def result(self) -> Any:
        """Return the answer to `begin`."""
        return json.loads(self.line())

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *failure: object) -> None:
        self._process.kill()
        self._process.wait()
        for pipe in (self._process.stdin, self._process.stdout):
            if pipe:
                with contextlib.suppress(OSError):
                    pipe.close()


def cpu_seconds(*pids: int) -> float:
    """CPU time used by these processes, threads that have ended included, from their CPU-time clocks.

    The number of another process's clock is what clock_getcpuclockid(3) makes of its id on Linux.
    """
    total = 0.0
    for pid in pids:
        with contextlib.suppress(OSError):
            total += time.clock_gettime((~pid << 3) | 2)
    return total


def memory(*pids: int) -> int:
    """Bytes of memory these processes hold, what they share counted once (Pss)."""
    total = 0
    for pid in pids:
        for line in Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines():
            if line.startswith("Pss:"):
                total += int(line.split()[1]) * 1024
    return total


def children(pid: int) -> list[int]:
    """Process ids of the direct children."""
    found = []
    for path in Path(f"/proc/{pid}/task").glob("*/children"):
        found += [int(number) for number in path.read_text().split()]
    return found
