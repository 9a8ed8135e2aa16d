"""Of several clocks only one works; the others stand by and take over when it ends, however it ends.

On one machine a locked file in the home folder says whose turn it is. Where several machines share PostgreSQL, an
advisory lock does, on a connection of its own. Should that connection break, the lock is gone and somebody else may
have it at once: every job must therefore bear to be run by two for a moment.
"""

import fcntl
import os
from pathlib import Path
from typing import Protocol

from django.db import connection

NUMBER = 0x5709_C10C
"""The advisory lock's; any number that nobody else in this database uses."""


class Turn(Protocol):
    """Whose turn it is."""

    def mine(self) -> bool:
        """Whether it is ours; takes it if nobody has it. To be asked before every round."""

    def give_up(self) -> None:
        """Let somebody else have it."""


def turn(home: Path) -> Turn:
    """This process's part in an installation's turn."""
    if connection.vendor == "postgresql":
        from stoppress.service.clock.database_turn import DatabaseTurn  # here: psycopg takes long to load

        return DatabaseTurn(NUMBER)
    return FileTurn(home / "clock.lock")


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
