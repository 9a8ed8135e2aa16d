"""The database file replaced or deleted under a running server: nothing is written into the lost file."""

import json
import shutil
import sqlite3
import urllib.error
import urllib.request
from contextlib import closing
from pathlib import Path

import pytest
from django.db import connections
from django.db.utils import load_backend

from stoppress.runtime.restore_detection import IdentityFile
from stoppress.service.database.sqlite import file_identity
from stoppress.service.database.sqlite.file_identity import DatabaseFileReplacedError
from tests.support.installation import Installation
from tests.support.waiting import wait_until


@pytest.fixture
def database(tmp_path, monkeypatch, transactional_db):
    """Yield an open database that is pinned as by a server."""
    path = str(tmp_path / "live.sqlite3")
    settings = {**connections["default"].settings_dict, "NAME": path, "OPTIONS": {}}
    opened = load_backend("stoppress.service.database.sqlite").DatabaseWrapper(settings, "pinned")
    with opened.cursor() as cursor:
        cursor.execute("PRAGMA journal_mode = WAL")
        cursor.execute("CREATE TABLE posts (headline)")
    opened.close()
    monkeypatch.setattr(file_identity, "_pinned", file_identity._identity(path))
    monkeypatch.setattr(file_identity, "_is_wal_lost", False)
    yield opened
    opened.close()


def write(database, headline):
    with database.cursor() as cursor:
        cursor.execute("INSERT INTO posts VALUES (%s)", [headline])


def headlines(path):
    with closing(sqlite3.connect(path)) as opened:
        return [row[0] for row in opened.execute("SELECT headline FROM posts")]


def delete(path):
    Path(path).unlink()


def replace_by_copy(path):
    shutil.copy(path, f"{path}.backup")
    Path(f"{path}.backup").replace(path)


@pytest.mark.parametrize("change", [delete, replace_by_copy])
def test_single_statement_is_refused_when_the_file_was_changed(database, change):
    write(database, "before")
    change(database.settings_dict["NAME"])
    for statement in ("INSERT INTO posts VALUES (1)", "insert into posts values (1)", "DELETE FROM posts"):
        with database.cursor() as cursor, pytest.raises(DatabaseFileReplacedError, match="was replaced or deleted"):
            cursor.execute(statement)
    with database.cursor() as cursor, pytest.raises(DatabaseFileReplacedError):
        cursor.executemany("INSERT INTO posts VALUES (%s)", [[1], [2]])


@pytest.mark.parametrize("change", [delete, replace_by_copy])
def test_transaction_is_refused_when_the_file_was_changed_before(database, change):
    write(database, "before")
    change(database.settings_dict["NAME"])
    with pytest.raises(DatabaseFileReplacedError):
        database._start_transaction_under_autocommit()


@pytest.mark.parametrize("change", [delete, replace_by_copy])
def test_commit_is_refused_when_the_file_was_changed_meanwhile(database, change):
    write(database, "before")
    database.set_autocommit(False)
    write(database, "inside")
    change(database.settings_dict["NAME"])
    with pytest.raises(DatabaseFileReplacedError):
        database.commit()
    database.rollback()


def test_commit_is_refused_when_the_write_ahead_log_was_deleted(database):
    write(database, "before")
    database.set_autocommit(False)
    write(database, "inside")
    delete(database.settings_dict["NAME"] + "-wal")
    with pytest.raises(DatabaseFileReplacedError):
        database.commit()
    database.rollback()


def test_reading_goes_on_when_the_file_was_deleted(database):
    write(database, "before")
    delete(database.settings_dict["NAME"])
    with database.cursor() as cursor:
        cursor.execute("SELECT headline FROM posts")
        assert cursor.fetchall() == [("before",)]


def test_new_connection_does_not_create_a_deleted_file(database):
    database.close()
    delete(database.settings_dict["NAME"])
    with pytest.raises(DatabaseFileReplacedError):
        database.connect()
    assert not Path(database.settings_dict["NAME"]).exists()


def test_file_that_was_put_back_is_written_again(database):
    path = database.settings_dict["NAME"]
    write(database, "before")
    Path(path).rename(f"{path}.away")
    with pytest.raises(DatabaseFileReplacedError):
        write(database, "meanwhile")
    Path(f"{path}.away").rename(path)
    write(database, "after")
    assert headlines(path) == ["before", "after"]


def test_file_that_no_server_pinned_is_not_compared(database, monkeypatch):
    monkeypatch.setattr(file_identity, "_pinned", "")
    write(database, "before")
    replace_by_copy(database.settings_dict["NAME"])
    write(database, "after")


def test_identity_of_the_home_folder_changes_as_in_a_copy(tmp_path):
    file = IdentityFile(tmp_path / "edge.home")
    file.create("home")
    before = file.identity()
    file.change_identity()
    assert file.identity() != before and file.content() == "home"


@pytest.fixture
def installation(tmp_path):
    made = Installation(tmp_path / "home")
    yield made
    if made._process is not None and made._process.poll() is None:
        made.kill()


def post(installation, token, headline):
    request = urllib.request.Request(
        f"{installation.url}/api/v1/live/storm/posts",
        json.dumps({"headline": headline, "text": "Text."}).encode(),
        {"Authorization": f"Bearer {token}", "Content-Type": "application/json"},
    )
    try:
        with urllib.request.urlopen(request, timeout=30) as response:
            return response.status
    except urllib.error.HTTPError as error:
        with error:
            return error.code


def submit_sign_up(installation):
    with pytest.raises(urllib.error.HTTPError) as raised:
        urllib.request.urlopen(f"{installation.url}/alerts", b"email=reader%40example.org", timeout=30)
    with raised.value as response:
        return response.code, response.headers["Retry-After"]


def mail_health(installation):
    status, health = fetch_json(installation, "/healthz/mail")
    return status, "database" in health.get("alarms", ())


def fetch_json(installation, path):
    try:
        with urllib.request.urlopen(f"{installation.url}{path}", timeout=5) as response:
            return response.status, json.loads(response.read())
    except urllib.error.HTTPError as error:
        with error:
            return error.code, json.loads(error.read())


OPEN_BLOG = """
from datetime import UTC, datetime
from stoppress.coverage.actions import open_blog
open_blog(slug="storm", headline="Storm", standfirst="", zone="UTC", by="ines", now=datetime.now(UTC))
"""


@pytest.mark.parametrize("workers", ["1", "2"])
def test_server_refuses_posts_and_raises_an_alarm_when_the_file_is_replaced(installation, workers):
    installation.run("migrate")
    installation.python(OPEN_BLOG)
    token = installation.run("token", "create", "--name", "goals").strip()
    database = installation.home / "stoppress.sqlite3"
    installation.start("--workers", workers)
    assert post(installation, token, "Kept") == 201
    identity = (installation.home / "edge.home").stat().st_ctime_ns
    with closing(sqlite3.connect(database)) as source, closing(sqlite3.connect(f"{database}.copy")) as copy:
        source.backup(copy)
    Path(f"{database}.copy").replace(database)
    assert [post(installation, token, f"Lost {number}") for number in range(4)] == [503] * 4
    wait_until(lambda: "was replaced or deleted while the server runs; all writes" in installation.log.read_text())
    wait_until(lambda: mail_health(installation) == (503, True))  # each worker notices it for itself
    assert submit_sign_up(installation) == (503, "5")
    assert (installation.home / "edge.home").stat().st_ctime_ns != identity
    assert "Traceback" not in installation.log.read_text()
    installation.stop()
    for suffix in ("-wal", "-shm"):
        database.with_name(database.name + suffix).unlink(missing_ok=True)
    installation.start()
    wait_until(lambda: "resetting the readers of all live blogs" in installation.log.read_text())
    assert post(installation, token, "Saved") == 201


def test_deleted_file_is_not_created_again_by_a_running_server(installation):
    installation.run("migrate")
    installation.python(OPEN_BLOG)
    token = installation.run("token", "create", "--name", "goals").strip()
    installation.start()
    (installation.home / "stoppress.sqlite3").unlink()
    assert [post(installation, token, f"Lost {number}") for number in range(4)] == [503] * 4
    wait_until(lambda: "database" in fetch_json(installation, "/healthz/mail")[1].get("alarms", ()))
    assert "database" in fetch_json(installation, "/healthz")[1]["alarms"]
    installation.stop()
    assert not (installation.home / "stoppress.sqlite3").exists()
