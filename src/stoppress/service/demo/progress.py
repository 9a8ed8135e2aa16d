"""The steps of the demo's start on standard output: what runs now, and for how many seconds already."""

import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TextIO

UPDATE_INTERVAL_SECONDS = 1.0


class StartProgress:
    """Announce each step before it begins.

    On a terminal the line of a running step counts seconds. Elsewhere each step is one line.

    Args:
        steps: number of steps.
        output: where to write.
        clock: returns seconds.
    """

    def __init__(self, steps: int, output: TextIO | None = None, clock: Callable[[], float] = time.monotonic) -> None:
        self._steps, self._output, self._clock, self._number = steps, output or sys.stdout, clock, 0

    @contextmanager
    def step(self, what: str) -> Iterator[None]:
        """Announce a step that runs inside the `with` block."""
        self._number += 1
        line = f"[{self._number}/{self._steps}] {what} …"
        if not self._output.isatty():
            self._write(f"{line}\n")
            yield
            return
        started, finished = self._clock(), threading.Event()
        self._write(line)
        counter = threading.Thread(target=self._count_seconds, args=(line, started, finished), daemon=True)
        counter.start()
        try:
            yield
        finally:
            finished.set()
            counter.join()
            self._write(f"\r\x1b[K{line} {self._clock() - started:.0f} s\n")

    def _count_seconds(self, line: str, started: float, finished: threading.Event) -> None:
        while not finished.wait(UPDATE_INTERVAL_SECONDS):
            self._write(f"\r\x1b[K{line} {self._clock() - started:.0f} s")

    def _write(self, text: str) -> None:
        self._output.write(text)
        self._output.flush()
