"""One of several processes works and the others stand by: a lock that ends with its process, however that ends."""

import fcntl
import os
from pathlib import Path
from typing import Protocol


class LeaderLock(Protocol):
    """A lock that at most one process holds."""

    def acquire(self) -> bool:
        """Return True if this process holds the lock; take it if no other process does. Never waits."""

    def release(self) -> None:
        """Let another process have the lock."""


class FileLock:
    """A locked file, for the processes of one machine. The kernel releases it when the process ends."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._descriptor = -1

    def acquire(self) -> bool:
        """Return True if this process holds the lock; take it if no other process does. Never waits.

        Raises:
            OSError: The file cannot be opened.
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
        """Let another process have the lock."""
        if self._descriptor >= 0:
            os.close(self._descriptor)
            self._descriptor = -1
