"""Check at start that the database can be used; each fault is one line for the operator."""

import sqlite3
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from django.core.exceptions import ImproperlyConfigured
from django.db import Error, connection, transaction
from django.db.migrations.recorder import MigrationRecorder

from stoppress.service.errors import CommandError

MAX_QUICK_CHECK_SECONDS = 1.0
"""Time for SQLite to look for damage. A database that takes longer is checked in part."""
INSTRUCTIONS_PER_PROGRESS_CALL = 10_000
MIGRATION_LOCK_SECONDS = 20
"""Time that a migration waits for locks of PostgreSQL; SQLite waits as long."""
FAULTS = {
    sqlite3.SQLITE_CORRUPT: "is damaged ({}); restore it from a backup",
    sqlite3.SQLITE_NOTADB: "is damaged ({}); restore it from a backup",
    sqlite3.SQLITE_BUSY: "is locked by another program ({}); stop that program and start again",
    sqlite3.SQLITE_LOCKED: "is locked by another program ({}); stop that program and start again",
    "55P03": "is locked by another program ({}); stop that program and start again",
}
"""What is wrong, by SQLite's primary error code or PostgreSQL's state."""


@contextmanager
def one_line_faults() -> Iterator[None]:
    """Raise errors of the database as CommandError with one line that names the database.

    Raises:
        CommandError: the database cannot be opened, is damaged or locked.
    """
    try:
        yield
    except (Error, sqlite3.Error, ImproperlyConfigured) as error:
        connection.close()
        raise CommandError(describe_fault(error)) from error


def describe_fault(error: BaseException) -> str:
    """Return one line about an error of the database."""
    cause = error if isinstance(error, sqlite3.Error) else error.__cause__
    code = getattr(cause, "sqlite_errorcode", 0) & 0xFF or getattr(cause, "sqlstate", None)
    detail = (str(error).strip() or type(error).__name__).splitlines()[0]
    name = "the database" if database_path() is None else f"the database {database_path()}"
    return f"{name} {FAULTS.get(code, 'cannot be opened: {}').format(detail)}"


def database_path() -> Path | None:
    """Return the path of the SQLite database; None for PostgreSQL."""
    return Path(connection.settings_dict["NAME"]) if connection.vendor == "sqlite" else None


def check_database_exists(home: Path, traces: list[str]) -> None:
    """Refuse a missing SQLite file in a home folder that is in use: opening it would create an empty database.

    Args:
        home: the home folder.
        traces: names of files which show that the home folder is in use.

    Raises:
        CommandError: the file is missing.
    """
    path = database_path()
    if traces and path is not None and not path.exists():
        raise CommandError(f"the database {path} is missing{_in_use(home, traces)}")


def check_database_is_not_empty(home: Path, traces: list[str]) -> None:
    """Refuse a database without tables in a home folder that is in use.

    Raises:
        CommandError: no migration was ever applied to the database.
    """
    if traces and not is_migrated():
        name = "the database" if database_path() is None else f"the database {database_path()}"
        raise CommandError(f"{name} is empty{_in_use(home, traces)}")


def _in_use(home: Path, traces: list[str]) -> str:
    return (
        f", but the home folder {home} is in use (it has {traces[0]}); restore the database from a backup, "
        "or begin with a new home folder"
    )


def is_migrated() -> bool:
    """Return True if a migration was applied to the database."""
    return bool(MigrationRecorder(connection).applied_migrations())


def check_for_damage() -> None:
    """Let SQLite look for damage, for MAX_QUICK_CHECK_SECONDS at most.

    Raises:
        CommandError: the database is damaged.
    """
    if connection.vendor != "sqlite":
        return
    raw, until = connection.connection, time.monotonic() + MAX_QUICK_CHECK_SECONDS
    raw.set_progress_handler(lambda: time.monotonic() > until, INSTRUCTIONS_PER_PROGRESS_CALL)
    try:
        found = raw.execute("PRAGMA quick_check(1)").fetchone()[0]
    except sqlite3.OperationalError as error:
        if error.sqlite_errorcode != sqlite3.SQLITE_INTERRUPT:
            raise
        found = "ok"
    finally:
        raw.set_progress_handler(None, 0)
    if found != "ok":
        detail = " ".join(found.split())
        raise CommandError(f"the database {database_path()} is damaged ({detail}); restore it from a backup")


def check_is_writable() -> None:
    """Begin a transaction that writes: on SQLite it fails if the file is read-only, or locked for 20 seconds.

    Raises:
        django.db.OperationalError: the database cannot be written.
    """
    with transaction.atomic():
        pass


@contextmanager
def limited_lock_wait() -> Iterator[None]:
    """Limit the time that statements wait for locks of PostgreSQL; SQLite has its own limit."""
    if connection.vendor != "postgresql":
        yield
        return
    with connection.cursor() as cursor:
        cursor.execute(f"SET lock_timeout = '{MIGRATION_LOCK_SECONDS}s'")
    yield
    with connection.cursor() as cursor:
        cursor.execute("RESET lock_timeout")
