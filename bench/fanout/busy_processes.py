"""Processes that compute all the time, to measure what a busy machine does to the fan-out."""

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager

LOOP = """
import os
parent = os.getppid()
while os.getppid() == parent:  # ends with the measurement, however that ends
    for _ in range(1_000_000):
        pass
"""


@contextmanager
def busy_processes(number: int) -> Iterator[list[int]]:
    """Run `number` processes that compute all the time, at the default priority, and end them afterwards.

    Yields:
        Their process ids.
    """
    running = [subprocess.Popen([sys.executable, "-c", LOOP]) for _ in range(number)]
    try:
        yield [process.pid for process in running]
    finally:
        for process in running:
            process.kill()
            process.wait()
