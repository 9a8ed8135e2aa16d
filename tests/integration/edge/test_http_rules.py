"""What HTTP asks of every server (RFC 9110 and 9112), beyond what readers' browsers ask."""

import json
import os
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.db import OperationalError

from stoppress.coverage import actions
from stoppress.coverage.models import LiveBlog
from stoppress.coverage.post_content import Content
from stoppress.coverage.public_posts import find_blog
from stoppress.edge.cache import log_positions
from stoppress.edge.http.host_check import is_host_allowed
from stoppress.service.monitoring.process_figures import _write, remove_old_files, fold_ended_process, read_all
from tests.support.clocks import Clock
from tests.support.raw_http import RawConnection
from tests.support.web_server import Serving, wait_until

pytestmark = pytest.mark.django_db(transaction=True)
SLUG = "storm-maren"
LIVE = f"/live/{SLUG}"
OLD, LATE = "Sat, 01 Jan 2000 00:00:00 GMT", "Fri, 01 Jan 2100 00:00:00 GMT"


@pytest.fixture
def paths(blog: LiveBlog, serving: Serving, clock: Clock) -> list[str]:
    post = actions.publish(SLUG, Content(headline="Ferry waits", body="<p>Out.</p>"), by="tom", now=clock.tick())
    cursor = f"{find_blog(SLUG).epoch}-1"
    pages = [LIVE, f"{LIVE}/posts/{post.pk}", f"{LIVE}/feed.atom", f"{LIVE}/blog.jsonld", f"/embed/{SLUG}"]
    return [*pages, f"{LIVE}/changes/{cursor}"]


@pytest.fixture
def wire(serving: Serving) -> Iterator[RawConnection]:
    with RawConnection(serving.port) as opened:
        yield opened


def test_who_asks_for_what_is_no_longer_so_is_not_answered(wire: RawConnection, paths: list[str]) -> None:
    for path in paths:
        tag = wire.fetch(path).get("etag")
        told = {tag: 200, f'"x", {tag}': 200, "*": 200, '"x"': 412, f"W/{tag}": 412, "x": 412}
        for if_match, status in told.items():
            assert wire.fetch(path, **{"If-Match": if_match}).status == status, (path, if_match)
        assert wire.fetch(path, **{"If-Match": '"x"', "If-None-Match": tag}).status == 412
        assert wire.fetch(path, **{"If-Match": tag, "If-Unmodified-Since": OLD}).status == 200
        dated = bool(wire.fetch(path).get("last-modified"))
        assert wire.fetch(path, **{"If-Unmodified-Since": OLD}).status == (412 if dated else 200)
        for since in (LATE, "nonsense"):
            assert wire.fetch(path, **{"If-Unmodified-Since": since}).status == 200
    gone = f"{LIVE}/posts/00000000-0000-0000-0000-000000000000"
    assert wire.fetch(gone, **{"If-Match": '"x"'}).status == 404


def test_an_address_with_its_host_is_for_that_host(wire: RawConnection, paths: list[str]) -> None:
    for path in [*paths, "/", "/healthz", "/desk/"]:
        wire.fetch(path)
        plain = wire.fetch(f"http://localhost{path}", Host="evil.example")
        assert (plain.status, plain.body) == (wire.fetch(path).status, wire.fetch(path).body)
    for target in (f"http://evil.example{LIVE}", f"http://evil.example?{LIVE}", f"http://me@localhost{LIVE}"):
        with RawConnection(wire.addresses[1][1]) as one:
            assert one.fetch(target).status == 400, target


def test_a_stream_has_a_date_as_every_answer(wire: RawConnection, paths: list[str]) -> None:
    for method, version in (("HEAD", "1.1"), ("GET", "1.1"), ("GET", "1.0")):
        with RawConnection(wire.addresses[1][1]) as one:
            one.send(one.build_request(f"{LIVE}/stream", method, version))
            lines = list(iter(one._file.readline, b"\r\n"))
            assert lines[0] == b"HTTP/1.1 200 OK\r\n"
            assert sum(line.startswith(b"date: ") and line.endswith(b" GMT\r\n") for line in lines) == 1


@pytest.mark.parametrize("upgrade", ["h2c", "websocket", "nonsense/1"])
def test_who_offers_another_protocol_gets_the_stream_all_the_same(
    wire: RawConnection, paths: list[str], serving: Serving, clock: Clock, upgrade: str
) -> None:
    headers = {"Connection": "Upgrade, HTTP2-Settings", "Upgrade": upgrade, "HTTP2-Settings": "AAMAAABkAAQAAP__"}
    wire.send(wire.build_request(f"{LIVE}/stream", **headers))
    wait_until(lambda: serving.readers == 1)
    actions.publish(SLUG, Content(headline="Second alarm"), by="tom", now=clock.tick())
    assert wire._file.readline() == b"HTTP/1.1 200 OK\r\n"
    assert any(b"Second alarm" in line for line in iter(wire._file.readline, b""))


def test_an_old_request_without_host_gets_the_stream_too(wire: RawConnection, paths: list[str], settings: Any) -> None:
    wire.send(f"GET {LIVE}/stream HTTP/1.0\r\n\r\n".encode())
    assert wire._file.readline() == b"HTTP/1.1 200 OK\r\n"
    settings.ALLOWED_HOSTS = ["localhost"]
    is_host_allowed.cache_clear()
    with RawConnection(wire.addresses[1][1]) as other:
        other.send(f"GET {LIVE}/stream HTTP/1.0\r\n\r\n".encode())
        assert other.read_response().status == 400
    is_host_allowed.cache_clear()


def test_an_answer_without_content_speaks_of_none(wire: RawConnection, paths: list[str]) -> None:
    for path in paths[2:]:
        found = wire.fetch(path, "OPTIONS", **{"Origin": "https://a.example", "Access-Control-Request-Method": "GET"})
        assert found.status == 204 and not (found.get("content-length") or found.get("content-type"))
    assert wire.fetch(paths[0]).status == 200


@pytest.mark.parametrize(
    ("line", "status"),
    [
        (b"QUUX %b HTTP/1.1", 501),
        (b"get %b HTTP/1.1", 501),
        (b"GE:T %b HTTP/1.1", 400),
        (b"\x16\x03\x01 %b HTTP/1.1", 400),
        (b"QUUX", 400),
    ],
)
def test_a_method_that_nobody_knows_is_told_from_nonsense(
    wire: RawConnection, paths: list[str], line: bytes, status: int
) -> None:
    wire.send((line % paths[0].encode() if b"%b" in line else line) + b"\r\nHost: localhost\r\n\r\n")
    assert wire.read_response().status == status and wire.is_closed()


def test_figures_of_a_process_that_was_killed_count_no_more(tmp_path: Path) -> None:
    ended = subprocess.Popen(["true"])
    ended.wait()
    for process in (os.getpid(), ended.pid):
        (tmp_path / f"{process}.figures").write_text("{}")
    for seconds, counted, kept in ((0, 2, 2), (4, 1, 2), (11, 0, 1)):
        for path in tmp_path.glob("*.figures"):
            os.utime(path, (then := time.time() - seconds, then))
        assert len(read_all(tmp_path)) == counted and len(list(tmp_path.glob("*.figures"))) == kept


def test_what_was_counted_by_processes_that_are_gone_stays(tmp_path: Path) -> None:
    counts = {"dropped": 1, "resumed": 2, "resets": 3, "lookups": 4, "deliveries": 5, "seconds": 0.5, "buckets": [1, 2]}
    for process in (11, 12):
        (tmp_path / f"{process}.figures").write_text(json.dumps({"blogs": {"storm": {}}, **counts}))
        fold_ended_process(tmp_path, process)
    fold_ended_process(tmp_path, 13)
    (whole,) = read_all(tmp_path)
    assert whole == {"blogs": {}, "buckets": [2, 4], **{name: 2 * counts[name] for name in counts if name != "buckets"}}  # type: ignore[operator]
    remove_old_files(tmp_path)
    assert read_all(tmp_path) == []


def test_a_process_counts_once_while_it_is_folded_into_the_sums(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    counts = {"dropped": 1, "resumed": 0, "resets": 7, "lookups": 0, "deliveries": 0, "seconds": 0.0, "buckets": [0, 0]}
    path = tmp_path / f"{os.getpid()}.figures"
    path.write_text(json.dumps({"process": "11.5", "blogs": {}, **counts}))
    monkeypatch.setattr(Path, "unlink", lambda self: None)  # the moment before the process's own file is removed
    fold_ended_process(tmp_path, os.getpid())
    assert [one["resets"] for one in read_all(tmp_path)] == [7]
    path.write_text(json.dumps({"process": "11.6", "blogs": {}, **counts}))  # another process with the same number
    assert sorted(one["resets"] for one in read_all(tmp_path)) == [7, 7]
    fold_ended_process(tmp_path, os.getpid())
    assert [one["resets"] for one in read_all(tmp_path)] == [14]


@pytest.mark.parametrize("path", ["/healthz", f"{LIVE}/posts/00000000-0000-0000-0000-000000000000", "/"])
def test_while_the_database_is_away_readers_are_asked_to_come_back(
    wire: RawConnection, paths: list[str], monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture, path: str
) -> None:
    def away(*_: Any, **__: Any) -> Any:
        raise OperationalError("connection refused\nis the server running?")

    monkeypatch.setattr("django.db.models.sql.compiler.SQLCompiler.execute_sql", away)
    log_positions.invalidate()
    found = wire.fetch(path)
    assert (found.status, found.get("cache-control")) == (503, "no-store")
    told = [record for record in caplog.records if record.name == "django.request" and record.exc_info]
    assert not told
    if path != "/healthz":
        assert found.get("retry-after") == "5" and "(the database is away: connection refused)" in caplog.text


def test_figures_are_written_over_where_no_new_file_can_be(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "run" / f"{os.getpid()}.figures"
    _write(path, {"readers": 1, "blogs": {"a": 1}})

    def full(self: Path, *_: Any, **__: Any) -> Any:
        self.touch()
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Path, "write_text", full)
    _write(path, {"readers": 2})
    assert read_all(path.parent) == [{"readers": 2}] and [one.name for one in path.parent.iterdir()] == [path.name]
