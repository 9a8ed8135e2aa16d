"""Leader election among processes: a lock that is released when its holder ends, even if it is killed."""

import fcntl
import os
from pathlib import Path
from typing import Protocol


class LeaderLock(Protocol):
    """A lock that at most one process holds."""

    def acquire(self) -> bool:
        """Take the lock if it is free; return True if this process holds it. Never blocks."""

    def release(self) -> None:
        """Release the lock, so that another process can take it."""


class FileLock:
    """A locked file, for the processes of one machine. The kernel releases the lock when the process ends."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._descriptor = -1

    def acquire(self) -> bool:
        """Take the lock if it is free; return True if this process holds it. Never blocks.

        Raises:
            OSError: if the file cannot be opened.
        """
        if self._descriptor >= 0:
            return True
        descriptor = os.open(self._path, os.O_RDWR | os.O_CREAT, 0o600)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(descriptor)
            return False
        self._descriptor = descriptor
        return True

    def release(self) -> None:
        """Release the lock, so that another process can take it."""
        if self._descriptor >= 0:
            os.close(self._descriptor)
            self._descriptor = -1
