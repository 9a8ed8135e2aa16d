"""Every start that cannot succeed ends with one clear line and exit code 2, and changes nothing."""

import os
import shutil
import sqlite3
from contextlib import closing

import pytest

from tests.support.postgresql import cluster
from tests.support.refused_commands import assert_refused, run_command, serve

KEY_IN_USE = (
    "{home}/secret.key is missing, but the home folder is in use (it has {trace}); restore the key from a backup: "
    "with another one, links in mail that was sent stop working"
)
DAMAGED = "the database {home}/stoppress.sqlite3 is damaged ({detail}); restore it from a backup"
WITHOUT_DATABASE = (
    "the database {home}/stoppress.sqlite3 is {state}, but the home folder {home} is in use (it has {trace}); "
    "restore the database from a backup, or begin with a new home folder"
)


@pytest.mark.parametrize(
    ("key", "weakness"),
    [
        ("x", "must have at least 32 characters, got 1"),
        ("Vq3-x8Zk1mWcTb0YpHs7RjNfLdEuGa2", "must have at least 32 characters, got 31"),
        ("   Vq3-x8Zk1mWcTb0YpHs7RjNfLdEu   ", "must have at least 32 characters, got 28"),
        ("abcdefg" * 6, "must have at least 8 different characters, got 7"),
    ],
)
def test_weak_signing_key_in_the_settings_is_refused(tmp_path, key, weakness):
    assert_refused(serve(tmp_path / "home", STOPPRESS_SECRET_KEY=key), f"secret_key (STOPPRESS_SECRET_KEY) {weakness}")
    assert not (tmp_path / "home").exists()


@pytest.mark.parametrize(
    ("content", "fault"),
    [
        (b"", "the key must have at least 32 characters, got 0"),
        (b"\n", "the key must have at least 32 characters, got 0"),
        (b"x\n", "the key must have at least 32 characters, got 1"),
        (b"0" * 64, "the key must have at least 8 different characters, got 1"),
        (b"\xff\xfe" + b"0123456789" * 5, "it must hold ASCII text"),
    ],
)
def test_damaged_key_file_is_refused_and_kept(home, content, fault):
    (home / "secret.key").write_bytes(content)
    assert_refused(serve(home), f"{home}/secret.key is damaged: {fault}; restore it from a backup")
    assert (home / "secret.key").read_bytes() == content


def test_key_file_that_is_a_folder_is_refused(home):
    (home / "secret.key").unlink()
    (home / "secret.key").mkdir()
    assert_refused(serve(home), f"{home}/secret.key must be a file with the key, but it is a folder")


def test_key_file_that_is_a_pipe_is_refused_without_waiting(home):
    (home / "secret.key").unlink()
    os.mkfifo(home / "secret.key")
    assert_refused(serve(home), f"{home}/secret.key must be a file with the key, but it is a pipe, socket or device")


@pytest.mark.parametrize(
    ("options", "line"),
    [
        (["--host", "ü.."], "--host must be an address or the name of a host, got 'ü..'"),
        (["--workers", "100000"], "--workers must be between 1 and 256, got 100000"),
        (["--workers", "0"], "--workers must be between 1 and 256, got 0"),
        (["--workers", "many"], "argument --workers: invalid int value: 'many'; see stoppress serve --help"),
        (["--nonsense"], None),
    ],
)
def test_unusable_option_is_one_line(tmp_path, options, line):
    done = serve(tmp_path / "home", *options)
    if line is None:
        assert (done.returncode, done.stdout, done.stderr.count("\n")) == (2, "", 1)
    else:
        assert_refused(done, line)


@pytest.mark.parametrize("trace", ["database.created", "edge.home", "edge.marks", "mailer.home", "mailer.marks"])
def test_missing_key_is_not_replaced_in_a_used_home(tmp_path, trace):
    (tmp_path / trace).touch()
    assert_refused(serve(tmp_path), KEY_IN_USE.format(home=tmp_path, trace=trace))
    assert not (tmp_path / "secret.key").exists()


def test_missing_key_is_not_replaced_beside_a_database(home):
    (home / "secret.key").unlink()
    (home / "database.created").unlink()
    assert_refused(serve(home), KEY_IN_USE.format(home=home, trace="stoppress.sqlite3"))


def test_missing_key_is_not_replaced_when_the_database_is_elsewhere(home, tmp_path):
    url = f"sqlite:///{home}/stoppress.sqlite3"
    assert_refused(
        serve(tmp_path / "new", DATABASE_URL=url), KEY_IN_USE.format(home=tmp_path / "new", trace="stoppress.sqlite3")
    )


@pytest.mark.parametrize("trace", ["database.created", "edge.home", "edge.marks", "mailer.home", "mailer.marks"])
def test_missing_database_is_not_replaced_in_a_used_home(home, trace):
    for path in home.glob("stoppress.sqlite3*"):
        path.unlink()
    (home / "database.created").unlink()
    (home / trace).touch()
    assert_refused(serve(home), WITHOUT_DATABASE.format(home=home, state="missing", trace=trace))
    assert not (home / "stoppress.sqlite3").exists()


def test_empty_database_is_refused_in_a_used_home(home):
    (home / "stoppress.sqlite3").write_bytes(b"")
    assert_refused(serve(home), WITHOUT_DATABASE.format(home=home, state="empty", trace="database.created"))


def test_home_with_a_key_alone_counts_as_new(home, tmp_path):
    (tmp_path / "new").mkdir()
    shutil.copy(home / "secret.key", tmp_path / "new")
    assert run_command(tmp_path / "new", "migrate").returncode == 0


def overwrite(path, position, data):
    with path.open("r+b") as file:
        file.seek(position)
        file.write(data)


@pytest.mark.parametrize(
    ("damage", "detail"),
    [
        (lambda path: path.write_bytes(b"not a database, and long enough. " * 200), "file is not a database"),
        (lambda path: os.truncate(path, 40_000), "database disk image is malformed"),
        (lambda path: os.truncate(path, 50), "database disk image is malformed"),
        (lambda path: overwrite(path, 5 * 4096, os.urandom(30 * 4096)), "database disk image is malformed"),
        (lambda path: overwrite(path, 110, b"\xff" * 1000), "database disk image is malformed"),
    ],
    ids=["text", "truncated", "header-only", "pages-in-the-middle", "schema"],
)
def test_damaged_database_is_refused(home, damage, detail):
    damage(home / "stoppress.sqlite3")
    assert_refused(serve(home), DAMAGED.format(home=home, detail=detail))


def test_database_that_is_a_folder_is_refused(home):
    (home / "stoppress.sqlite3").unlink()
    (home / "stoppress.sqlite3").mkdir()
    assert_refused(serve(home), f"the database {home}/stoppress.sqlite3 cannot be opened: unable to open database file")


@pytest.mark.parametrize("name", ["run", "media", "mail"])
def test_file_in_place_of_a_subfolder_is_refused(home, name):
    shutil.rmtree(home / name, ignore_errors=True)
    (home / name).touch()
    assert_refused(
        serve(home),
        f"the subfolder {name} of home must be a folder that can be written, got '{home}/{name}': Not a directory",
    )


def test_home_that_cannot_be_written_is_refused():
    assert_refused(serve("/proc"), "home must be a folder that can be written, got '/proc': No such file or directory")


@pytest.mark.parametrize(
    ("url", "fault"),
    [
        ("postgresql://u:s3cret@h/x?foo=1", "must have options of libpq such as sslmode, got the unknown option 'foo'"),
        (
            "postgresql://u:s3cret@h/x?pool=1",
            "must have options of libpq such as sslmode, got the unknown option 'pool'",
        ),
        ("postgresql://u:s3cret@h/x?sslmode", "must have options such as ?sslmode=require&connect_timeout=5"),
        (
            "postgresql://u:s3cret@h/x?connect_timeout=soon",
            "must have a whole number for the option connect_timeout, got 'soon'",
        ),
        (
            "postgresql://u:s3cret@h",
            "must have the name of a database, such as postgresql://user:password@host/name",
        ),
        (f"postgresql://u:s3cret@h/{'x' * 64}", "must have a database name of at most 63 bytes, got 64"),
        ("sqlite:////srv/x.db?mode=ro", "must have no options for SQLite, got 'mode=ro'"),
        ("sqlite:///", "must be sqlite:/// and a path, such as sqlite:////srv/stoppress.sqlite3"),
        ("sqlite://srv/x.db", "must be sqlite:/// and a path, such as sqlite:////srv/stoppress.sqlite3"),
    ],
)
def test_database_url_with_unknown_parts_is_refused(tmp_path, url, fault):
    assert_refused(serve(tmp_path / "home", DATABASE_URL=url), f"database_url (DATABASE_URL) {fault}")


def test_option_that_libpq_refuses_is_one_line(tmp_path):
    done = serve(tmp_path / "home", DATABASE_URL="postgresql://u:s3cret@127.0.0.1:1/x?sslmode=wrong")
    assert_refused(done, 'the database cannot be opened: connection is bad: invalid sslmode value: "wrong"')


@pytest.mark.parametrize("command", [("migrate",), ("topics", "list")])
def test_locked_database_is_refused_after_20_seconds(home, command):
    with closing(sqlite3.connect(home / "stoppress.sqlite3", isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        done = run_command(home, *command)
    assert_refused(
        done,
        f"the database {home}/stoppress.sqlite3 is locked by another program (database is locked); "
        "stop that program and start again",
        command[0],
    )


@pytest.fixture(scope="module")
def postgresql_url():
    with cluster() as url:
        yield url


def test_new_machine_does_not_create_its_own_key_for_a_used_postgresql_database(postgresql_url, tmp_path):
    first, second, line = (
        tmp_path / "first",
        tmp_path / "second",
        "{home}/secret.key is missing, but the database is in use; ",
    )
    line += "set STOPPRESS_SECRET_KEY to the key of the other machines, or copy their secret.key: "
    line += "with another one, links in mail that was sent stop working"
    assert run_command(first, "migrate", DATABASE_URL=postgresql_url).returncode == 0
    for _ in range(2):  # the second start is refused, too
        assert_refused(serve(second, DATABASE_URL=postgresql_url), line.format(home=second))
        assert not (second / "secret.key").exists()
    key = (first / "secret.key").read_text()
    assert run_command(second, "migrate", DATABASE_URL=postgresql_url, STOPPRESS_SECRET_KEY=key).returncode == 0


def test_used_home_does_not_get_an_empty_postgresql_database(postgresql_url, home):
    url = postgresql_url.replace("/postgres", "/template1")
    assert_refused(
        serve(home, DATABASE_URL=url),
        f"the database is empty, but the home folder {home} is in use (it has database.created); "
        "restore the database from a backup, or begin with a new home folder",
    )
