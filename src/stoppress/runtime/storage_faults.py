"""Recognise errors of database and disk that are no fault of a request, and that pass when an operator has acted.

A request that meets one gets 503 with Retry-After, and the log one line (service/log_format.py).
"""

import errno
import sqlite3
import time
from collections.abc import Callable
from enum import StrEnum

from django.db import Error, IntegrityError, InterfaceError, OperationalError, ProgrammingError, connection
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.recorder import MigrationRecorder


class StorageFault(StrEnum):
    """What is wrong; the value completes a log line."""

    FULL = "the disk is full"
    LOCKED = "the database is locked"
    READ_ONLY = "the database is read-only"
    BROKEN = "the disk or the database is damaged"
    UNREACHABLE = "the database does not answer"
    REPLACED = "the database file was replaced; an operator must restart the server"
    OTHER_VERSION = "the database was migrated by another version of the program; restart the server with that version"


SQLITE_FAULTS = {
    sqlite3.SQLITE_FULL: StorageFault.FULL,
    sqlite3.SQLITE_BUSY: StorageFault.LOCKED,
    sqlite3.SQLITE_LOCKED: StorageFault.LOCKED,
    sqlite3.SQLITE_PROTOCOL: StorageFault.LOCKED,
    sqlite3.SQLITE_READONLY: StorageFault.READ_ONLY,
    sqlite3.SQLITE_PERM: StorageFault.READ_ONLY,
    sqlite3.SQLITE_IOERR: StorageFault.BROKEN,
    sqlite3.SQLITE_CORRUPT: StorageFault.BROKEN,
    sqlite3.SQLITE_NOTADB: StorageFault.BROKEN,
    sqlite3.SQLITE_CANTOPEN: StorageFault.UNREACHABLE,
    sqlite3.SQLITE_NOMEM: StorageFault.UNREACHABLE,
}
"""By SQLite's primary error code (https://sqlite.org/rescode.html)."""
POSTGRESQL_FAULTS = {
    "53100": StorageFault.FULL,
    "55P03": StorageFault.LOCKED,  # lock_not_available: lock_timeout
    "57014": StorageFault.LOCKED,  # query_canceled: statement_timeout
    "40P01": StorageFault.LOCKED,  # deadlock_detected
    "40001": StorageFault.LOCKED,  # serialization_failure
    "25006": StorageFault.READ_ONLY,
    "58": StorageFault.BROKEN,
    "XX001": StorageFault.BROKEN,
    "XX002": StorageFault.BROKEN,
    "08": StorageFault.UNREACHABLE,
    "53": StorageFault.UNREACHABLE,  # among others too many connections
    "57P": StorageFault.UNREACHABLE,
}
"""By the beginning of PostgreSQL's SQLSTATE (its manual, appendix A); the first that fits."""
SYSTEM_FAULTS = {
    errno.ENOSPC: StorageFault.FULL,
    errno.EDQUOT: StorageFault.FULL,
    errno.EFBIG: StorageFault.FULL,
    errno.EROFS: StorageFault.READ_ONLY,
    errno.EIO: StorageFault.BROKEN,
}
"""By the number of an OSError, for files beside the database."""


class OtherVersionError(Error):
    """The database was migrated by a newer version of the program under this process."""


def find_storage_fault(error: BaseException | None) -> StorageFault | None:
    """Return what is wrong with the storage, looking at an exception and those that caused it; None for others."""
    while error is not None:
        if isinstance(error, OSError) and error.errno in SYSTEM_FAULTS:
            return SYSTEM_FAULTS[error.errno]
        if isinstance(error, Error):
            return _database_fault(error)
        error = error.__cause__
    return None


def _database_fault(error: Error) -> StorageFault | None:
    if isinstance(error, OtherVersionError):
        return StorageFault.OTHER_VERSION
    if code := getattr(error.__cause__, "sqlite_errorcode", 0) & 0xFF:
        fault = SQLITE_FAULTS.get(code)
    else:
        state = getattr(error.__cause__, "sqlstate", None)
        fault = next((fault for start, fault in POSTGRESQL_FAULTS.items() if state and state.startswith(start)), None)
        if state is None and isinstance(error, InterfaceError | OperationalError):
            fault = StorageFault.UNREACHABLE  # a connection that was lost, or could not be made
    if fault is None and (is_wrong_statement(error) or isinstance(error, IntegrityError)) and has_other_version():
        return StorageFault.OTHER_VERSION  # no such column, or no value for a new one
    return fault


def is_wrong_statement(error: BaseException) -> bool:
    """Return True if the statement does not fit the database, for example because its tables have another version.

    Waiting does not help. SQLite reports it as an OperationalError, like a database that does not answer.
    """
    if isinstance(error, ProgrammingError):
        return True
    return getattr(error.__cause__, "sqlite_errorcode", 0) & 0xFF == sqlite3.SQLITE_ERROR


RECENT_SECONDS = 60.0


class RecentFault:
    """The last lasting fault that this process met, for a minute: a probe that needs no room does not meet it."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self.forget()

    def forget(self) -> None:
        """Forget the fault."""
        self._met: tuple[float, StorageFault | None] = (float("-inf"), None)

    def record(self, fault: StorageFault) -> None:
        """Remember a fault, unless it passes by itself."""
        if fault in (StorageFault.FULL, StorageFault.READ_ONLY, StorageFault.BROKEN):
            self._met = (self._clock(), fault)

    def current(self) -> StorageFault | None:
        """Return the fault that was met within the last minute, or None."""
        met_at, fault = self._met
        return fault if self._clock() - met_at < RECENT_SECONDS else None


recent_fault = RecentFault()


class KnownVersion:
    """The migrations that the program had when this process started; a later upgrade on the disk does not count."""

    def __init__(self) -> None:
        self._known: frozenset[tuple[str, str]] = frozenset()

    def remember(self) -> None:
        """Read the migrations of the program; call it at the start of a server."""
        migrations = MigrationLoader(None).disk_migrations
        self._known = frozenset(migrations).union(*(each.replaces for each in migrations.values()))

    def is_other(self) -> bool:
        """Return True if a migration was applied to the database that the program did not have at its start."""
        try:
            return bool(self._known and set(MigrationRecorder(connection).applied_migrations()) - self._known)
        except Error:
            return False


known_version = KnownVersion()


def has_other_version() -> bool:
    """Return True if the database was migrated by a newer version of the program under this process."""
    return known_version.is_other()
