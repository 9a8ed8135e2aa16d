"""Leader lock for machines that share PostgreSQL: an advisory lock on its own connection."""

import contextlib
import logging
from collections.abc import Callable, Mapping
from typing import Any

import psycopg

log = logging.getLogger(__name__)

SERVER_KEEPALIVES = "SET tcp_keepalives_idle = 10; SET tcp_keepalives_interval = 5; SET tcp_keepalives_count = 3"
"""Seconds. PostgreSQL detects within half a minute that the holder's machine is gone; the default is two hours."""
CLIENT_KEEPALIVES = {"connect_timeout": 10, "keepalives_idle": 10, "keepalives_interval": 5, "keepalives_count": 3}
"""Seconds. The holder detects within half a minute that PostgreSQL's machine is gone."""


class DatabaseLock:
    """An advisory lock. PostgreSQL releases it when the connection ends.

    If the connection breaks, another process may get the lock at once. So work under the lock must tolerate two
    processes for a moment.

    Args:
        number: The number of the advisory lock.
        parameters: Returns the arguments of `psycopg.connect`.
    """

    def __init__(self, number: int, parameters: Callable[[], Mapping[str, Any]]) -> None:
        self._number, self._parameters = number, parameters
        self._connection: psycopg.Connection[Any] | None = None
        self._held = False

    def acquire(self) -> bool:
        """Take the lock if it is free; return True if this process holds it, False if the database is unavailable."""
        try:
            if self._connection is None:
                self._connection = psycopg.connect(**{**self._parameters(), **CLIENT_KEEPALIVES}, autocommit=True)
                self._connection.execute(SERVER_KEEPALIVES)
            if self._held:
                self._connection.execute("SELECT 1")
            else:
                row = self._connection.execute("SELECT pg_try_advisory_lock(%s)", [self._number]).fetchone()
                self._held = bool(row and row[0])
            return self._held
        except psycopg.Error as error:
            log.warning("leader lock %#x: the database is unavailable: %s", self._number, type(error).__name__)
            self.release()
            return False

    def release(self) -> None:
        """Release the lock, so that another process can take it."""
        if self._connection is not None:
            with contextlib.suppress(psycopg.Error):
                if self._held:  # release it at once, not when PostgreSQL detects the closed connection
                    self._connection.execute("SELECT pg_advisory_unlock(%s)", [self._number])
                self._connection.close()
        self._connection, self._held = None, False
