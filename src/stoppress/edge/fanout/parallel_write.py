"""The same bytes to thousands of sockets, from several cores at once.

    loop's thread ──┬── a part, a part, …            ┌── loop's thread goes on
                    └── helper: a part, a part, … ───┘

What it costs is the kernel's work, which knows no lock of Python's. The loop's thread works along, and goes on when all
is sent: so nobody else touches these sockets meanwhile (docs/decisions, 023). Helpers use other cores, as far as they
are idle (cores.py).
"""

import logging
import os
from collections import deque
from collections.abc import Sequence
from queue import SimpleQueue
from threading import Thread

from stoppress.edge.fanout.cpu_affinity import Apart, be_modest
from stoppress.edge.fanout.io_submit import BatchWriter
from stoppress.edge.fanout.socket_write import UNKNOWN_COUNT, send_all

log = logging.getLogger(__name__)

SOCKETS_PER_CALL = 125
"""Sockets that one thread sends to in one call: a millisecond or two, for which the loop may have to wait."""
MAX_THREADS = 4


class ParallelWriter:
    """Called like `kernel.send_all`, to which it leaves the work where the system has no `io_submit` for us."""

    def __init__(self, threads: int, part: int = SOCKETS_PER_CALL) -> None:
        """`threads`: that of the caller, and helpers."""
        self._part = part
        self._own: BatchWriter | None = None
        self._volleys: SimpleQueue[WriteJob | None] = SimpleQueue()
        self._helpers: list[Thread] = []
        self._apart = Apart(self._helpers)
        try:
            self._own = BatchWriter(part)
            for _ in range(threads - 1):
                self._add_helper()
        except (OSError, RuntimeError) as error:  # RuntimeError: one thread more than this process may have
            ways = f"{1 + len(self._helpers)} of {threads} threads" if self._own else "one call each"
            log.info("streams are written to by %s (%s)", ways, error)

    def __call__(self, descriptors: Sequence[int], data: bytes) -> list[int]:
        """Send `data` to each of these sockets, none of which may block: how many bytes the kernel took, one by one.

        -1 stands for none at all, UNKNOWN for those of whom nobody can tell.
        """
        if self._own is None:
            return send_all(descriptors, data)
        self._apart.keep_off_mine()
        volley = WriteJob(descriptors, data, self._part)
        for _ in self._helpers[: volley.parts - 1]:
            self._volleys.put(volley)
        volley.take_part(self._own)
        return volley.taken()

    def close(self) -> None:
        """Let the helpers end. Who still calls sends alone."""
        for _ in self._helpers:
            self._volleys.put(None)
        for helper in self._helpers:
            helper.join()
        self._helpers.clear()
        if self._own:
            self._own.close()

    def _add_helper(self) -> None:
        batch = BatchWriter(self._part)
        helper = Thread(target=self._help, args=(batch,), name="fan-out", daemon=True)
        try:
            helper.start()
        except RuntimeError:
            batch.close()
            raise
        self._helpers.append(helper)

    def _help(self, batch: BatchWriter) -> None:
        be_modest()
        while volley := self._volleys.get():
            volley.take_part(batch)
        batch.close()


class WriteJob:
    """The same bytes for many sockets, in parts that are taken by whoever is free."""

    def __init__(self, descriptors: Sequence[int], data: bytes, part: int) -> None:
        self._descriptors, self._data, self._part = descriptors, data, part
        self._starts = deque(range(0, len(descriptors), part))
        self._done: SimpleQueue[tuple[int, list[int] | None]] = SimpleQueue()
        self.parts = len(self._starts)

    def take_part(self, batch: BatchWriter) -> None:
        """Send one part after another, until none is left."""
        while self._starts:
            try:
                start = self._starts.popleft()
            except IndexError:  # another thread was faster
                return
            taken = None
            try:
                taken = batch.send_all(self._descriptors[start : start + self._part], self._data)
            except Exception:
                log.exception("a part of a fan-out failed")
            finally:
                self._done.put((start, taken))

    def taken(self) -> list[int]:
        """Wait until all parts are done: how many bytes each socket took. Nothing is kept: helpers still hold this."""
        found = [UNKNOWN_COUNT] * len(self._descriptors)
        for _ in range(self.parts):
            start, taken = self._done.get()
            if taken is not None:
                found[start : start + self._part] = taken
        self._descriptors, self._data = (), b""
        return found


def default_thread_count() -> int:
    """One for each core that this process may use, MAX_THREADS at most."""
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else 1
    return min(cores, MAX_THREADS)
