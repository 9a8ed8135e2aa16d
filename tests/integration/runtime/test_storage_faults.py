"""Every error of disk and database that is no fault of a request is recognised, each from the real database."""

import errno
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest
from django.db import DatabaseError, Error, IntegrityError, OperationalError, connection, connections, transaction
from django.db.utils import load_backend

from stoppress.coverage.models import LiveBlog
from stoppress.runtime.storage_faults import find_storage_fault, known_version

on_sqlite = pytest.mark.skipif("connection.vendor != 'sqlite'")
on_postgresql = pytest.mark.skipif("connection.vendor != 'postgresql'")


@pytest.fixture
def database(tmp_path: Path, transactional_db: None):
    """Yield an SQLite database in a file with one table."""
    settings = {
        **connections["default"].settings_dict,
        "NAME": str(tmp_path / "d.sqlite3"),
        "OPTIONS": {"timeout": 0.1},
    }
    opened = load_backend("stoppress.service.database.sqlite").DatabaseWrapper(settings, "faulty")
    with opened.cursor() as cursor:
        cursor.execute("PRAGMA journal_mode = WAL")
        cursor.execute("CREATE TABLE posts (headline TEXT NOT NULL)")
    yield opened
    opened.close()


def fault_of(database, *statements: str) -> str:
    """Execute statements until one fails; return the name of the fault."""
    with pytest.raises(Error) as raised, database.cursor() as cursor:
        for statement in statements:
            cursor.execute(statement)
    fault = find_storage_fault(raised.value)
    return fault.name if fault else ""


INSERT = "INSERT INTO posts VALUES (hex(zeroblob(1000000)))"


@on_sqlite
@pytest.mark.parametrize(
    ("statements", "name"),
    [
        (("PRAGMA max_page_count = 3", INSERT), "FULL"),
        (("PRAGMA query_only = 1", INSERT), "READ_ONLY"),
        (("SELECT later FROM posts",), ""),
        (("SELECT 1 FROM other",), ""),
        (("INSERT INTO posts VALUES (NULL)",), ""),
        (("SELEC 1",), ""),
    ],
)
def test_fault_of_sqlite_is_recognised_by_its_code(database, statements, name) -> None:
    assert fault_of(database, *statements) == name


@on_sqlite
def test_lock_of_another_program_is_recognised(database) -> None:
    other = sqlite3.connect(database.settings_dict["NAME"], isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    assert fault_of(database, "BEGIN IMMEDIATE") == "LOCKED"
    other.close()


@on_sqlite
def test_damaged_file_is_recognised(database) -> None:
    database.close()
    path = Path(database.settings_dict["NAME"])
    path.write_bytes(b"no database at all, but long enough to be read as one " * 100)
    assert fault_of(database, "SELECT 1 FROM posts") == "BROKEN"


@on_sqlite
def test_missing_folder_is_recognised(database) -> None:
    database.close()
    database.settings_dict["NAME"] = "/nonexistent/d.sqlite3"
    with pytest.raises(OperationalError) as raised:
        database.ensure_connection()
    assert find_storage_fault(raised.value).name == "UNREACHABLE"


@on_sqlite
def test_limit_of_file_size_is_recognised(database) -> None:
    program = f"""
import resource, sqlite3
from django.db import OperationalError
from stoppress.runtime.storage_faults import find_storage_fault
resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, 100_000))
try:
    sqlite3.connect({database.settings_dict["NAME"]!r}).execute({INSERT!r}).connection.commit()
except sqlite3.Error as error:
    try:
        raise OperationalError(str(error)) from error
    except OperationalError as wrapped:
        print(find_storage_fault(wrapped).name)
"""
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, timeout=60)
    assert done.stdout.strip() in {"FULL", "BROKEN"}, done.stderr


@pytest.mark.parametrize(
    ("error", "name"),
    [
        (OSError(errno.ENOSPC, "No space left on device"), "FULL"),
        (OSError(errno.EDQUOT, "Disk quota exceeded"), "FULL"),
        (OSError(errno.EROFS, "Read-only file system"), "READ_ONLY"),
        (OSError(errno.EIO, "Input/output error"), "BROKEN"),
        (OSError(errno.ENOENT, "No such file or directory"), ""),
        (OperationalError("server closed the connection unexpectedly"), "UNREACHABLE"),
        (DatabaseError("Save with update_fields did not affect any rows."), ""),
        (ValueError("not a number"), ""),
        (None, ""),
    ],
)
def test_errors_of_files_and_of_lost_connections_are_recognised(error, name) -> None:
    fault = find_storage_fault(error)
    assert (fault.name if fault else "") == name


@on_postgresql
@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(
    ("statements", "name"),
    [
        (("SET default_transaction_read_only = on", "CREATE TABLE fault_a ()"), "READ_ONLY"),
        (("SET statement_timeout = '20ms'", "SELECT pg_sleep(5)"), "LOCKED"),
        (("DO $$ BEGIN RAISE 'full' USING ERRCODE = 'disk_full'; END $$",), "FULL"),
        (("DO $$ BEGIN RAISE 'many' USING ERRCODE = 'too_many_connections'; END $$",), "UNREACHABLE"),
        (("SELECT pg_terminate_backend(pg_backend_pid())", "SELECT 1"), "UNREACHABLE"),
        (("SELECT later FROM django_migrations",), ""),
        (("SELECT 1/0",), ""),
    ],
)
def test_fault_of_postgresql_is_recognised_by_its_state(statements, name) -> None:
    try:
        assert fault_of(connection, *statements) == name
    finally:
        connection.close()


@on_postgresql
@pytest.mark.django_db(transaction=True)
def test_table_lock_of_postgresql_is_given_up_and_recognised() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SHOW lock_timeout")
        assert cursor.fetchone() == ("20s",)
    other = connections["default"].copy()
    try:
        with other.cursor() as cursor:
            cursor.execute("BEGIN")
            cursor.execute("LOCK TABLE django_migrations")
        assert fault_of(connection, "SET lock_timeout = '20ms'", "SELECT 1 FROM django_migrations") == "LOCKED"
    finally:
        other.close()
        connection.close()


@pytest.mark.django_db(transaction=True)
def test_statement_that_fails_on_a_newer_database_is_recognised(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(known_version, "_known", frozenset())
    known_version.remember()
    add = "INSERT INTO django_migrations (app, name, applied) VALUES ('coverage', '0999_later', '2026-03-08 20:00:00')"
    assert fault_of(connection, "SELECT later FROM django_migrations") == ""
    try:
        with connection.cursor() as cursor:
            cursor.execute(add)
        assert fault_of(connection, "SELECT later FROM django_migrations") == "OTHER_VERSION"
        with pytest.raises(IntegrityError) as raised, transaction.atomic():
            LiveBlog.objects.create(pk=None, slug=None)
        fault = find_storage_fault(raised.value)
        assert fault is not None and fault.name == "OTHER_VERSION"
    finally:
        with connection.cursor() as cursor:
            cursor.execute("DELETE FROM django_migrations WHERE name = '0999_later'")
