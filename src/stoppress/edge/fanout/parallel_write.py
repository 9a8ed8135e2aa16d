"""Write the same bytes to thousands of sockets, from several cores at once.

    loop's thread ──┬── a batch, a batch, …             ┌── loop's thread continues
                    └── helper: a batch, a batch, … ────┘

The cost is the kernel's work, for which the global interpreter lock is released. The loop's thread takes batches too
and continues when all are sent: so nothing else touches these sockets meanwhile (docs/decisions, 023). Helpers run on
other cores and at the same priority: a starved helper would keep the loop waiting for the batch that it has begun.
"""

import logging
import os
from collections import deque
from collections.abc import Sequence
from queue import SimpleQueue
from threading import Thread

from stoppress.edge.fanout.cpu_affinity import keep_off_current_core
from stoppress.edge.fanout.io_submit import BatchWriter
from stoppress.edge.fanout.socket_write import UNKNOWN_COUNT, send_all

log = logging.getLogger(__name__)

SOCKETS_PER_CALL = 125
"""Sockets of one batch: one or two milliseconds, for which the loop may have to wait at the end."""
MAX_THREADS = 4


class ParallelWriter:
    """A callable like `socket_write.send_all`, which it calls on a system without io_submit."""

    def __init__(self, threads: int, sockets_per_call: int = SOCKETS_PER_CALL) -> None:
        """Start the helper threads.

        Args:
            threads: number of threads that write, including the caller's.
            sockets_per_call: sockets of one batch.
        """
        self._sockets_per_call = sockets_per_call
        self._own: BatchWriter | None = None
        self._jobs: SimpleQueue[WriteJob | None] = SimpleQueue()
        self._helpers: list[Thread] = []
        self._core = -1
        try:
            self._own = BatchWriter(sockets_per_call)
            for _ in range(threads - 1):
                self._add_helper()
        except (OSError, RuntimeError) as error:  # RuntimeError: the process may not start another thread
            ways = f"{1 + len(self._helpers)} of {threads} threads" if self._own else "one system call per socket"
            log.info("stream fan-out: changes are written by %s (%s)", ways, error)

    def __call__(self, descriptors: Sequence[int], data: bytes) -> list[int]:
        """Send `data` to each of these non-blocking sockets.

        Returns:
            For each socket the number of bytes that the kernel took; -1 if it took none, UNKNOWN_COUNT if it is
            unknown.
        """
        if self._own is None:
            return send_all(descriptors, data)
        self._core = keep_off_current_core(self._helpers, self._core)
        job = WriteJob(descriptors, data, self._sockets_per_call)
        for _ in self._helpers[: job.batches - 1]:
            self._jobs.put(job)
        job.write_batches(self._own)
        return job.wait()

    def close(self) -> None:
        """End the helper threads. Later calls are made by the caller's thread alone."""
        for _ in self._helpers:
            self._jobs.put(None)
        for helper in self._helpers:
            helper.join()
        self._helpers.clear()
        if self._own:
            self._own.close()

    def _add_helper(self) -> None:
        writer = BatchWriter(self._sockets_per_call)
        helper = Thread(target=self._help, args=(writer,), name="fan-out", daemon=True)
        try:
            helper.start()
        except RuntimeError:
            writer.close()
            raise
        self._helpers.append(helper)

    def _help(self, writer: BatchWriter) -> None:
        while job := self._jobs.get():
            job.write_batches(writer)
        writer.close()


class WriteJob:
    """The same bytes for many sockets, in batches; each free thread takes the next one."""

    def __init__(self, descriptors: Sequence[int], data: bytes, sockets_per_call: int) -> None:
        self._descriptors, self._data, self._sockets_per_call = descriptors, data, sockets_per_call
        self._starts = deque(range(0, len(descriptors), sockets_per_call))
        self._done: SimpleQueue[tuple[int, list[int] | None]] = SimpleQueue()
        self.batches = len(self._starts)

    def write_batches(self, writer: BatchWriter) -> None:
        """Write one batch after another until none is left."""
        while self._starts:
            try:
                start = self._starts.popleft()
            except IndexError:  # another thread has taken the last one
                return
            counts = None
            try:
                counts = writer.send_all(self._descriptors[start : start + self._sockets_per_call], self._data)
            except Exception:
                log.exception("stream fan-out: a batch of sockets could not be written; its connections are dropped")
            finally:
                self._done.put((start, counts))

    def wait(self) -> list[int]:
        """Wait until all batches are done and return the bytes taken by each socket.

        The descriptors and the data are released: helper threads still hold a reference to this object.
        """
        sent_counts = [UNKNOWN_COUNT] * len(self._descriptors)
        for _ in range(self.batches):
            start, counts = self._done.get()
            if counts is not None:
                sent_counts[start : start + self._sockets_per_call] = counts
        self._descriptors, self._data = (), b""
        return sent_counts


def default_thread_count() -> int:
    """Return one thread for each core that this process may use, at most MAX_THREADS."""
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else 1
    return min(cores, MAX_THREADS)
