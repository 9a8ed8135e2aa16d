"""The lock that selects one scheduler per installation; others are on standby and take over when it ends.

On one machine it is a locked file in the home folder, on PostgreSQL an advisory lock on a connection of its own. If
that connection breaks, another scheduler may get the lock at once, so every job must tolerate two runs for a moment.
"""

from pathlib import Path

from django.db import connection

from stoppress.runtime.processes.leader_lock import FileLock, LeaderLock
from stoppress.service.notifications.postgres import own_connection_parameters

ADVISORY_LOCK_ID = 0x5709_C10C
"""Id of the advisory lock; no other lock of this database uses it."""


def scheduler_lock(home: Path) -> LeaderLock:
    """Return this process's handle of the lock."""
    if connection.vendor == "postgresql":
        from stoppress.runtime.processes.database_lock import DatabaseLock  # here: psycopg takes long to load

        return DatabaseLock(ADVISORY_LOCK_ID, own_connection_parameters)
    return FileLock(home / "clock.lock")


def is_scheduler_lock_held(home: Path) -> bool:
    """Return True if a scheduler holds the lock. This process must not hold it itself."""
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT EXISTS (SELECT 1 FROM pg_locks WHERE locktype = 'advisory' AND granted "
                "AND classid::bigint = 0 AND objid::bigint = %s AND objsubid = 1 "
                "AND database = (SELECT oid FROM pg_database WHERE datname = current_database()))",
                [ADVISORY_LOCK_ID],
            )
            return bool(cursor.fetchone()[0])
    trial = FileLock(home / "clock.lock")
    try:
        return not trial.acquire()
    finally:
        trial.release()
