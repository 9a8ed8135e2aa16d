"""The turn of an installation's clocks on PostgreSQL: an advisory lock, on a connection of its own (turn.py)."""

import contextlib
import logging
from typing import Any

import psycopg

from stoppress.service.postgres_bell import own_connection_parameters

log = logging.getLogger(__name__)

DEAD_AFTER = "SET tcp_keepalives_idle = 10; SET tcp_keepalives_interval = 5; SET tcp_keepalives_count = 3"
"""How soon PostgreSQL notices that the machine of a clock is gone (seconds): without it, after two hours."""
PATIENCE = {"connect_timeout": 10, "keepalives_idle": 10, "keepalives_interval": 5, "keepalives_count": 3}
"""How soon a clock notices that PostgreSQL's machine is gone (seconds)."""


class DatabaseTurn:
    """A lock that PostgreSQL lets go of when the connection ends."""

    def __init__(self, number: int) -> None:
        self._number = number
        self._connection: psycopg.Connection[Any] | None = None
        self._held = False

    def mine(self) -> bool:
        """Whether it is ours; False also while the database does not answer."""
        try:
            if self._connection is None:
                self._connection = psycopg.connect(**(own_connection_parameters() | PATIENCE), autocommit=True)
                self._connection.execute(DEAD_AFTER)
            if self._held:
                self._connection.execute("SELECT 1")
            else:
                found = self._connection.execute("SELECT pg_try_advisory_lock(%s)", [self._number]).fetchone()
                self._held = bool(found and found[0])
            return self._held
        except psycopg.Error as error:
            log.warning("the database does not answer, whose turn it is cannot be known: %s", type(error).__name__)
            self.give_up()
            return False

    def give_up(self) -> None:
        """Let go."""
        if self._connection is not None:
            with contextlib.suppress(psycopg.Error):
                if self._held:  # at once, not when it notices
                    self._connection.execute("SELECT pg_advisory_unlock(%s)", [self._number])
                self._connection.close()
        self._connection, self._held = None, False
