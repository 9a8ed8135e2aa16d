"""A database of another version is refused at start, by every role; waiting for it would not help."""

import sqlite3
from contextlib import closing
from datetime import UTC, datetime, timedelta

import pytest
from django.db import OperationalError

from stoppress.delivery.sender import ledger_store
from stoppress.delivery.sender.ledger_store import LedgerStore
from stoppress.runtime.storage_faults import is_wrong_statement
from stoppress.service.database.schema_version import find_unknown_migrations
from stoppress.service.scheduler.job_schedule import Job
from stoppress.service.scheduler.process import _run_job
from tests.support.refused_commands import assert_refused, run_command, serve

NEWER = (
    "the database belongs to a newer version of the program (it has the migration delivery.0999_later, unknown here); "
    "update the program, or restore a backup of this version"
)
OLDER = (
    "the database belongs to an older version of the program (it lacks the migration "
    "subscribers.0002_breaking_news_topic); run `stoppress migrate` first"
)


def execute(home, statement):
    with closing(sqlite3.connect(home / "stoppress.sqlite3", isolation_level=None)) as database:
        return database.execute(statement).fetchall()


@pytest.fixture
def newer_home(home):
    execute(
        home,
        "INSERT INTO django_migrations (app, name, applied) VALUES ('delivery', '0999_later', '2026-03-08 20:00:00')",
    )
    return home


@pytest.mark.parametrize(
    "options",
    [
        (),
        ("--workers", "2"),
        ("--worker",),
        ("--roles", "desk,edge"),
        ("--roles", "mailer"),
        ("--roles", "clock"),
        ("--roles", "bounces"),
        ("--roles", "mailer,clock"),
    ],
    ids=" ".join,
)
def test_every_role_refuses_a_database_of_a_newer_version(newer_home, options):
    before = execute(newer_home, "SELECT app, name FROM django_migrations ORDER BY id")
    assert_refused(serve(newer_home, *options), NEWER)
    assert execute(newer_home, "SELECT app, name FROM django_migrations ORDER BY id") == before


@pytest.mark.parametrize("command", [("migrate",), ("topics", "list"), ("token", "create", "--name", "goals")])
def test_every_command_refuses_a_database_of_a_newer_version(newer_home, command):
    assert_refused(run_command(newer_home, *command), NEWER, command[0])


@pytest.mark.parametrize("role", ["mailer", "clock", "bounces"])
def test_role_alone_refuses_a_database_of_an_older_version(home, role):
    execute(home, "DELETE FROM django_migrations WHERE name = '0002_breaking_news_topic'")
    assert_refused(serve(home, "--roles", role), OLDER)


@pytest.mark.parametrize("role", ["mailer", "clock", "bounces"])
def test_role_alone_refuses_a_database_without_tables(tmp_path, role):
    assert_refused(
        serve(tmp_path / "new", "--roles", role),
        "the database has no tables yet; run `stoppress migrate` first",
    )


def test_migrations_of_apps_that_the_program_does_not_have_are_unknown():
    applied = {("coverage", "0001_initial"), ("sms", "0001_initial"), ("coverage", "0003_later")}
    known = {("coverage", "0001_initial"), ("coverage", "0002_other")}
    assert find_unknown_migrations(applied, known) == ["coverage.0003_later", "sms.0001_initial"]


def wrong_statement():
    with closing(sqlite3.connect(":memory:")) as database, pytest.raises(sqlite3.OperationalError) as raised:
        database.execute("SELECT later FROM alerts")
    error = OperationalError(*raised.value.args)
    error.__cause__ = raised.value
    return error


def test_wrong_statement_differs_from_a_refused_connection():
    assert is_wrong_statement(wrong_statement()) is True
    assert is_wrong_statement(OperationalError("connection refused")) is False


@pytest.mark.django_db
def test_ledger_does_not_wait_when_a_statement_is_wrong(tmp_path, monkeypatch, caplog):
    def fail(*_arguments, **_options):
        raise wrong_statement()

    monkeypatch.setattr(ledger_store, "find_due_lanes", fail)
    monkeypatch.setattr(ledger_store.time, "sleep", lambda _: pytest.fail("the ledger waits"))
    store = LedgerStore(lambda: datetime(2026, 3, 8, 20, 0, tzinfo=UTC), tmp_path)
    with pytest.raises(OperationalError, match="no such table: alerts"):
        store.find_work()
    assert "unavailable" not in caplog.text


@pytest.mark.django_db
def test_scheduler_logs_a_wrong_statement_as_a_failed_job(monkeypatch, caplog):
    def work(_now):
        raise wrong_statement()

    monkeypatch.setattr("stoppress.service.scheduler.process.connection.close", lambda: None)
    monkeypatch.setattr("stoppress.service.scheduler.process.close_old_connections", lambda: None)
    job = Job("digests", timedelta(hours=1), work)
    assert _run_job(job, datetime(2026, 3, 8, 20, 0, tzinfo=UTC)) is False
    assert "job digests failed" in caplog.text and "no such table: alerts" in caplog.text
    assert "does not answer" not in caplog.text
