"""A leader lock for several machines that share PostgreSQL: an advisory lock on a connection of its own."""

import contextlib
import logging
from collections.abc import Callable, Mapping
from typing import Any

import psycopg

log = logging.getLogger(__name__)

SERVER_KEEPALIVES = "SET tcp_keepalives_idle = 10; SET tcp_keepalives_interval = 5; SET tcp_keepalives_count = 3"
"""In seconds, how soon PostgreSQL notices that the holder's machine is gone: without it, after two hours."""
CLIENT_KEEPALIVES = {"connect_timeout": 10, "keepalives_idle": 10, "keepalives_interval": 5, "keepalives_count": 3}
"""In seconds, how soon the holder notices that PostgreSQL's machine is gone."""


class DatabaseLock:
    """An advisory lock. PostgreSQL releases it when the connection ends.

    If the connection breaks, another process may have the lock at once: what is done under it must bear to be done by
    two processes for a moment.
    """

    def __init__(self, number: int, parameters: Callable[[], Mapping[str, Any]]) -> None:
        """Args:
        number: The number of the advisory lock.
        parameters: Returns the arguments of `psycopg.connect`.
        """
        self._number, self._parameters = number, parameters
        self._connection: psycopg.Connection[Any] | None = None
        self._held = False

    def acquire(self) -> bool:
        """Return True if this process holds the lock; take it if no other does. False if the database is away."""
        try:
            if self._connection is None:
                self._connection = psycopg.connect(**{**self._parameters(), **CLIENT_KEEPALIVES}, autocommit=True)
                self._connection.execute(SERVER_KEEPALIVES)
            if self._held:
                self._connection.execute("SELECT 1")
            else:
                found = self._connection.execute("SELECT pg_try_advisory_lock(%s)", [self._number]).fetchone()
                self._held = bool(found and found[0])
            return self._held
        except psycopg.Error as error:
            log.warning("leader lock %#x: the database does not answer: %s", self._number, type(error).__name__)
            self.release()
            return False

    def release(self) -> None:
        """Let another process have the lock."""
        if self._connection is not None:
            with contextlib.suppress(psycopg.Error):
                if self._held:  # at once, not when PostgreSQL notices
                    self._connection.execute("SELECT pg_advisory_unlock(%s)", [self._number])
                self._connection.close()
        self._connection, self._held = None, False
