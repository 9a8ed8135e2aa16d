"""Write precedence on SQLite, where only one connection can write at a time.

    a request  ──► takes a shared lock on a file beside the database ──► writes ──► releases it
    the mailer ──► is a lock held? ──yes──► waits briefly ──► writes

SQLite gives its write lock to the connection that tries next, and a mailer that writes one transaction after the other
nearly always tries next. The file decides the order and nothing else: without it everything works, only slower.
"""

import contextlib
import fcntl
import os
import time

MAX_YIELD_SECONDS = 0.03
"""Seconds that a yielding process waits before each of its transactions, so that it never starves."""
YIELD_STEP_SECONDS = 0.0005
"""Seconds between two checks of the lock."""


class WritePrecedence:
    """One connection's part in the order of writes.

    Args:
        path: the lock file; empty if there is none.

    `waited_at` is the time (monotonic clock) at which a request was last seen to have precedence.
    """

    def __init__(self, path: str) -> None:
        self._path, self._descriptor, self._is_held = path, -1, False
        self.waited_at = float("-inf")

    def begin_request(self) -> None:
        """Announce a write, until `end_request`."""
        for pause in (0.0, YIELD_STEP_SECONDS):  # the mailer may be checking the lock at this moment
            if self._is_held:
                return
            time.sleep(pause)
            with contextlib.suppress(OSError):
                fcntl.flock(self._open(), fcntl.LOCK_SH | fcntl.LOCK_NB)
                self._is_held = True

    def end_request(self) -> None:
        """Release the lock after the write, or if none came."""
        if self._is_held:
            fcntl.flock(self._descriptor, fcntl.LOCK_UN)
            self._is_held = False

    def wait_for_requests(self) -> None:
        """Wait until no request has precedence, at most MAX_YIELD_SECONDS."""
        until = time.monotonic() + MAX_YIELD_SECONDS
        while self._has_request():
            self.waited_at = time.monotonic()
            if self.waited_at > until:
                return
            time.sleep(YIELD_STEP_SECONDS)

    def close(self) -> None:
        """Close the lock file."""
        if self._descriptor >= 0:
            os.close(self._descriptor)
        self._descriptor, self._is_held = -1, False

    def _has_request(self) -> bool:
        try:
            fcntl.flock(self._open(), fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return True
        except OSError:
            return False
        fcntl.flock(self._descriptor, fcntl.LOCK_UN)
        return False

    def _open(self) -> int:
        if self._descriptor < 0:
            self._descriptor = os.open(self._path, os.O_RDWR | os.O_CREAT, 0o600)
        return self._descriptor
