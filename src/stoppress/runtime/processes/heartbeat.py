"""Heartbeat of a child process: a byte a second to its supervisor, so that a process that hangs is replaced.

    main loop ──check_in──► Heartbeat ──thread: one byte a second──► standard input's socket ──► ChildProcess

A stopped process sends nothing. A process whose main loop does not check in sends STALLED. No file and no clock of two
processes is involved: the supervisor counts seconds since the last byte. Without a supervisor nothing is sent.
"""

import asyncio
import contextlib
import socket
import threading
import time
from collections.abc import Iterator

from stoppress.runtime.processes.parent_pipe import parent_socket

BEAT, LEDGER_BEAT, STALLED = b".", b"l", b"!"
"""The process works; its ledger process works; its main loop has not checked in."""
BEAT_SECONDS = 1.0
MAX_START_SECONDS = 180.0
"""Time from the first beat until the main loop must check in: a start may wait for locks, and import on a busy disk."""
MAX_LOOP_SECONDS = 6.0
"""Time in which an event loop must check in."""
PAUSE_SECONDS = 2.0
"""A beat that is later than this means that the whole process was paused; the main loop gets that time in addition."""


class Heartbeat:
    """Send beats from a thread. `check_in` is called by the main loop.

    Args:
        beat: the byte to send: BEAT, or LEDGER_BEAT.
        max_start_seconds: time until the first `check_in`.
    """

    def __init__(self, beat: bytes = BEAT, max_start_seconds: float = MAX_START_SECONDS) -> None:
        self._beat, self._due = beat, time.monotonic() + max_start_seconds
        self._socket: socket.socket | None = None
        self._stopped = threading.Event()
        self._thread: threading.Thread | None = None

    @property
    def is_supervised(self) -> bool:
        """Return True after `start`, if standard input is a supervisor's socket."""
        return self._socket is not None

    def start(self) -> None:
        """Start the thread, if standard input is a supervisor's socket."""
        self._socket = self._socket or parent_socket()
        if self._socket is not None:
            self._stopped.clear()
            self._thread = threading.Thread(target=self._run, name="heartbeat", daemon=True)
            self._thread.start()

    @contextlib.contextmanager
    def paused(self) -> Iterator[bool]:
        """Run no thread meanwhile, for a fork; yield True if beats are sent otherwise."""
        thread, self._thread = self._thread, None
        if thread is not None:
            self._stopped.set()
            thread.join()
        yield thread is not None
        if thread is not None:
            self.start()

    def announce(self, beat: bytes) -> None:
        """Send the first beat of another process, so that the supervisor expects more of them."""
        if self._socket is not None:
            self._send(beat)

    def check_in(self, seconds: float) -> None:
        """Report progress; the next call must come within `seconds`."""
        self._due = time.monotonic() + seconds

    def follow_loop(self) -> None:
        """Check in from the running event loop, until it is closed."""
        self.check_in(MAX_LOOP_SECONDS)
        asyncio.get_running_loop().call_later(BEAT_SECONDS, self.follow_loop)

    def _run(self) -> None:
        last = time.monotonic()
        self._send(self._beat)
        while not self._stopped.wait(BEAT_SECONDS):
            now = time.monotonic()
            if now - last > PAUSE_SECONDS:
                self._due += now - last
            last = now
            self._send(STALLED if now > self._due else self._beat)

    def _send(self, byte: bytes) -> None:
        assert self._socket is not None
        with contextlib.suppress(OSError):  # the supervisor is gone, or does not read: it is paused itself
            self._socket.send(byte, socket.MSG_DONTWAIT)


process_heartbeat = Heartbeat()
"""The heartbeat of this process."""
