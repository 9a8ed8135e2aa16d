"""Of several clocks only one works; the others stand by and take over when it ends, however it ends.

On one machine a locked file in the home folder says whose turn it is. Where several machines share PostgreSQL, an
advisory lock does, on a connection of its own. Should that connection break, the lock is gone and somebody else may
have it at once: every job must therefore bear to be run by two for a moment.
"""

import contextlib
import fcntl
import logging
import os
from pathlib import Path
from typing import Any, Protocol

import psycopg
from django.db import connection

from stoppress.service.postgres_bell import own_connection_parameters

log = logging.getLogger(__name__)

NUMBER = 0x5709_C10C
"""The advisory lock's; any number that nobody else in this database uses."""
DEAD_AFTER = "SET tcp_keepalives_idle = 10; SET tcp_keepalives_interval = 5; SET tcp_keepalives_count = 3"
"""How soon PostgreSQL notices that the machine of a clock is gone (seconds): without it, after two hours."""
PATIENCE = {"connect_timeout": 10, "keepalives_idle": 10, "keepalives_interval": 5, "keepalives_count": 3}
"""How soon a clock notices that PostgreSQL's machine is gone (seconds)."""


class Turn(Protocol):
    """Whose turn it is."""

    def mine(self) -> bool:
        """Whether it is ours; takes it if nobody has it. To be asked before every round."""

    def give_up(self) -> None:
        """Let somebody else have it."""


def turn(home: Path) -> Turn:
    """This process's part in an installation's turn."""
    return DatabaseTurn() if connection.vendor == "postgresql" else FileTurn(home / "clock.lock")


def anybody_has_it(home: Path) -> bool:
    """Whether a clock works now, for health and figures; this process must have no part in the turn itself."""
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT EXISTS (SELECT 1 FROM pg_locks WHERE locktype = 'advisory' AND granted "
                "AND classid::bigint = 0 AND objid::bigint = %s AND objsubid = 1 "
                "AND database = (SELECT oid FROM pg_database WHERE datname = current_database()))",
                [NUMBER],
            )
            return bool(cursor.fetchone()[0])
    trial = FileTurn(home / "clock.lock")
    try:
        return not trial.mine()
    finally:
        trial.give_up()


class FileTurn:
    """A lock that the kernel lets go of when its process ends."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._descriptor = -1

    def mine(self) -> bool:
        """Whether it is ours."""
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

    def give_up(self) -> None:
        """Let go."""
        if self._descriptor >= 0:
            os.close(self._descriptor)
            self._descriptor = -1


class DatabaseTurn:
    """A lock that PostgreSQL lets go of when the connection ends."""

    def __init__(self) -> None:
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
                found = self._connection.execute("SELECT pg_try_advisory_lock(%s)", [NUMBER]).fetchone()
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
                if self._held:
                    self._connection.execute("SELECT pg_advisory_unlock(%s)", [NUMBER])  # at once, not when it notices
                self._connection.close()
        self._connection, self._held = None, False
