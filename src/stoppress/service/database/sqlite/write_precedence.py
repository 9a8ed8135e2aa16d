"""Who writes first, where only one can write at a time.

    a request ──► ahead (a shared lock on a file beside the database) ──► writes ──► no longer ahead
    the mailer ──► is anybody ahead? ──yes──► waits a little ──► writes

SQLite itself gives the lock to whoever asks next, and a mailer that writes one transaction after the other nearly
always asks next. This decides nothing but the order: without the file, or without locks, all goes on, only slower.
"""

import contextlib
import fcntl
import os
import time

PATIENCE = 0.03
"""Seconds that who gives way waits at the most, for each of its transactions: so it never starves."""
STEP = 0.0005
"""Seconds between two looks."""


class Precedence:
    """One connection's part in it. `path`: the file; "" if there is none.

    `waited_at`: when somebody was last seen ahead (monotonic clock).
    """

    def __init__(self, path: str) -> None:
        self._path, self._descriptor, self._ahead = path, -1, False
        self.waited_at = float("-inf")

    def go_ahead(self) -> None:
        """Say that a write is coming, until `done`."""
        for pause in (0.0, STEP):  # somebody may be looking just now
            if self._ahead:
                return
            time.sleep(pause)
            with contextlib.suppress(OSError):
                fcntl.flock(self._opened(), fcntl.LOCK_SH | fcntl.LOCK_NB)
                self._ahead = True

    def done(self) -> None:
        """The write is done, or none came."""
        if self._ahead:
            fcntl.flock(self._descriptor, fcntl.LOCK_UN)
            self._ahead = False

    def give_way(self) -> None:
        """Wait until nobody is ahead, but not longer than PATIENCE."""
        until = time.monotonic() + PATIENCE
        while self._somebody_is_ahead():
            self.waited_at = time.monotonic()
            if self.waited_at > until:
                return
            time.sleep(STEP)

    def close(self) -> None:
        """Let go of the file."""
        if self._descriptor >= 0:
            os.close(self._descriptor)
        self._descriptor, self._ahead = -1, False

    def _somebody_is_ahead(self) -> bool:
        try:
            fcntl.flock(self._opened(), fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return True
        except OSError:
            return False
        fcntl.flock(self._descriptor, fcntl.LOCK_UN)
        return False

    def _opened(self) -> int:
        if self._descriptor < 0:
            self._descriptor = os.open(self._path, os.O_RDWR | os.O_CREAT, 0o600)
        return self._descriptor
