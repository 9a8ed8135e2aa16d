"""After an erasure, no file of the home folder contains the address: database, write-ahead log, kept mail."""

import os
import sqlite3
import urllib.parse
import urllib.request
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from stoppress.service.database.database_url import parse_database_url
from stoppress.signup.actions import erasure_traces
from stoppress.signup.actions.erase_subscriber import erase_subscriber
from stoppress.subscribers.models import Subscriber
from tests.factories.subscribers import confirmed_subscriber
from tests.support.installation import Installation
from tests.support.web_server import wait_until

MANY_READERS = 400
FIND_MANAGE_LINK = """
from stoppress.runtime.clock import utc_now
from stoppress.subscribers.models import Subscriber
from stoppress.subscribers.signed_links import make_manage_token
reader = Subscriber.objects.get(key="reader-117.lind@halden-readers.example")
print(make_manage_token(reader.pk, reader.secret, utc_now()))
"""


@pytest.fixture
def installation(tmp_path: Path) -> Iterator[Installation]:
    installation = Installation(tmp_path / "home")
    yield installation
    if installation._process is not None and installation._process.poll() is None:
        installation.kill()


def post(url: str, **fields: str) -> None:
    with urllib.request.urlopen(url, urllib.parse.urlencode(fields).encode(), timeout=30) as response:
        assert response.status == 200


def files_with(home: Path, text: str) -> list[str]:
    """Return the files that contain `text`, in any case, as UTF-8 or UTF-16."""
    wanted = [text.lower().encode(encoding) for encoding in ("utf-8", "utf-16-le")]
    files = [path for path in home.rglob("*") if path.is_file()]
    return sorted(path.name for path in files if any(each in path.read_bytes().lower() for each in wanted))


def test_no_file_of_the_home_folder_contains_an_erased_address(installation: Installation, tmp_path: Path) -> None:
    """The address is on a page of the database among others, in a kept mail, and in the write-ahead log."""
    home, listed = installation.home, tmp_path / "list.csv"
    names = [f"Reader-{number}.Lind@halden-readers.example" for number in range(MANY_READERS)]
    listed.write_text("email\n" + "\n".join(names))
    installation.run("subscribers", "import", str(listed))
    url = installation.start().url
    for email in ("reader-117.lind@halden-readers.example", "other@halden-readers.example"):
        post(f"{url}/alerts", email=email)
    wait_until(lambda: len(list((home / "mail").glob("*.eml"))) == 2)
    manage = installation.python(FIND_MANAGE_LINK)
    assert any(name.endswith(".eml") for name in files_with(home, "reader-117.lind"))
    assert any("sqlite3" in name for name in files_with(home, "reader-117.lind"))
    post(f"{url}/alerts/manage/{manage}/erase", go="1")
    wait_until(lambda: not files_with(home, "reader-117.lind"))
    assert files_with(home, "reader-118.lind"), "other addresses stay"
    assert len(list((home / "mail").glob("*.eml"))) == 1
    installation.stop()
    assert not files_with(home, "reader-117.lind")


def test_deleted_content_is_overwritten_by_every_connection(tmp_path: Path) -> None:
    options = parse_database_url("", tmp_path)["OPTIONS"]
    with closing(sqlite3.connect(tmp_path / "a.sqlite3")) as connection:
        connection.execute("PRAGMA secure_delete=OFF")
        connection.executescript(options["init_command"])
        assert connection.execute("PRAGMA secure_delete").fetchone() == (1,)


@pytest.fixture
def traces(settings, tmp_path: Path) -> Path:
    settings.HOME, settings.KEPT_MAIL = tmp_path, tmp_path / "mail"
    settings.KEPT_MAIL.mkdir()
    return tmp_path


def keep_mail(folder: Path, name: str, recipient: str) -> Path:
    path = folder / "mail" / name
    path.write_bytes(
        b"Return-Path: <b@courier.test>\r\nDelivered-To: " + recipient.encode() + b"\r\nTo: x\r\n\r\nHi\r\n"
    )
    return path


def test_kept_mail_in_every_spelling_of_the_address_is_deleted(transactional_db: None, client, traces: Path) -> None:
    reader = confirmed_subscriber()
    own = [keep_mail(traces, "1.eml", "mari@example.com"), keep_mail(traces, ".2.eml.ab", "Mari@EXAMPLE.com")]
    other = keep_mail(traces, "3.eml", "mari@example.org")
    erase_subscriber(reader, now=datetime.now(UTC))
    assert not any(path.exists() for path in own) and other.exists()


def test_mail_that_arrives_after_the_erasure_is_deleted_later(transactional_db: None, client, traces: Path) -> None:
    now = datetime.now(UTC)
    erase_subscriber(confirmed_subscriber(), now=now)
    late = keep_mail(traces, "1.eml", "mari@example.com")
    assert erasure_traces.remove_erasure_traces(now + timedelta(minutes=1)) == 1 and not late.exists()
    erasure_traces.remove_erasure_traces(now + timedelta(minutes=59))
    assert len(list((traces / "run" / "erasures").iterdir())) == 1
    erasure_traces.remove_erasure_traces(now + timedelta(minutes=62))
    assert not list((traces / "run" / "erasures").iterdir())


def test_mail_of_an_address_that_signed_up_again_stays(transactional_db: None, client, traces: Path) -> None:
    now = datetime.now(UTC)
    erase_subscriber(confirmed_subscriber(), now=now)
    confirmed_subscriber()
    kept = keep_mail(traces, "1.eml", "mari@example.com")
    erasure_traces.remove_erasure_traces(now + timedelta(minutes=1))
    assert kept.exists() and Subscriber.objects.count() == 2


@pytest.mark.skipif("DATABASE_URL" in os.environ, reason="the write-ahead log is SQLite's")
def test_log_that_a_reader_holds_is_emptied_when_it_ends(
    transactional_db: None, client, traces: Path, settings
) -> None:
    path, now = Path(settings.DATABASES["default"]["NAME"]), datetime.now(UTC)
    reader = confirmed_subscriber()
    other = sqlite3.connect(path)
    other.execute("BEGIN")
    other.execute("SELECT count(*) FROM sqlite_master").fetchone()
    erase_subscriber(reader, now=now)
    erasure_traces.remove_erasure_traces(now + timedelta(hours=2))
    assert len(list((traces / "run" / "erasures").iterdir())) == 1, "not complete while a reader needs the log"
    other.close()
    erasure_traces.remove_erasure_traces(now + timedelta(hours=2))
    assert not list((traces / "run" / "erasures").iterdir())
    assert path.with_name(f"{path.name}-wal").stat().st_size == 0
