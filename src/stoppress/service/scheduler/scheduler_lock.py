"""Of several clocks only one works; the others stand by and take over when it ends, however it ends.

On one machine a locked file in the home folder says whose turn it is. Where several machines share PostgreSQL, an
advisory lock does, on a connection of its own. Should that connection break, the lock is gone and somebody else may
have it at once: every job must therefore bear to be run by two for a moment.
"""

from pathlib import Path

from django.db import connection

from stoppress.runtime.processes.leader_lock import FileLock, LeaderLock
from stoppress.service.notifications.postgres import own_connection_parameters

NUMBER = 0x5709_C10C
"""The advisory lock's; any number that nobody else in this database uses."""


def turn(home: Path) -> LeaderLock:
    """This process's part in an installation's turn."""
    if connection.vendor == "postgresql":
        from stoppress.runtime.processes.database_lock import DatabaseLock  # here: psycopg takes long to load

        return DatabaseLock(NUMBER, own_connection_parameters)
    return FileLock(home / "clock.lock")


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
    trial = FileLock(home / "clock.lock")
    try:
        return not trial.acquire()
    finally:
        trial.release()
