"""What HTTP requires of every server (RFC 9110 and 9112), beyond what readers' browsers need."""

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
from stoppress.service.monitoring.process_figures import _write, fold_ended_process, read_all, remove_old_files
from tests.support.clocks import Clock
from tests.support.raw_http import RawConnection
from tests.support.web_server import Serving, wait_until

pytestmark = pytest.mark.django_db(transaction=True)
SLUG = "storm-maren"
LIVE = f"/live/{SLUG}"
PAST, FUTURE = "Sat, 01 Jan 2000 00:00:00 GMT", "Fri, 01 Jan 2100 00:00:00 GMT"


@pytest.fixture
def paths(blog: LiveBlog, serving: Serving, clock: Clock) -> list[str]:
    post = actions.publish(SLUG, Content(headline="Ferry waits", body="<p>Out.</p>"), by="tom", now=clock.tick())
    cursor = f"{find_blog(SLUG).epoch}-1"
    pages = [LIVE, f"{LIVE}/posts/{post.pk}", f"{LIVE}/feed.atom", f"{LIVE}/blog.jsonld", f"/embed/{SLUG}"]
    wait_until(lambda: SLUG in log_positions.last_known())  # until then, a stream gets 503
    return [*pages, f"{LIVE}/changes/{cursor}"]


@pytest.fixture
def client(serving: Serving) -> Iterator[RawConnection]:
    with RawConnection(serving.port) as connection:
        yield connection


def test_request_gets_412_when_its_precondition_fails(client: RawConnection, paths: list[str]) -> None:
    for path in paths:
        tag = client.fetch(path).get("etag")
        expected = {tag: 200, f'"x", {tag}': 200, "*": 200, '"x"': 412, f"W/{tag}": 412, "x": 412}
        for if_match, status in expected.items():
            assert client.fetch(path, **{"If-Match": if_match}).status == status, (path, if_match)
        assert client.fetch(path, **{"If-Match": '"x"', "If-None-Match": tag}).status == 412
        assert client.fetch(path, **{"If-Match": tag, "If-Unmodified-Since": PAST}).status == 200
        dated = bool(client.fetch(path).get("last-modified"))
        assert client.fetch(path, **{"If-Unmodified-Since": PAST}).status == (412 if dated else 200)
        for since in (FUTURE, "nonsense"):
            assert client.fetch(path, **{"If-Unmodified-Since": since}).status == 200
    gone = f"{LIVE}/posts/00000000-0000-0000-0000-000000000000"
    assert client.fetch(gone, **{"If-Match": '"x"'}).status == 404


def test_absolute_url_overrides_the_host_header(client: RawConnection, paths: list[str]) -> None:
    for path in [*paths, "/", "/healthz", "/desk/"]:
        client.fetch(path)
        plain = client.fetch(f"http://localhost{path}", Host="evil.example")
        assert (plain.status, plain.body) == (client.fetch(path).status, client.fetch(path).body)
    for target in (f"http://evil.example{LIVE}", f"http://evil.example?{LIVE}", f"http://me@localhost{LIVE}"):
        with RawConnection(client.addresses[1][1]) as other:
            assert other.fetch(target).status == 400, target


def test_stream_response_has_a_date(client: RawConnection, paths: list[str]) -> None:
    for method, version in (("HEAD", "1.1"), ("GET", "1.1"), ("GET", "1.0")):
        with RawConnection(client.addresses[1][1]) as other:
            other.send(other.build_request(f"{LIVE}/stream", method, version))
            lines = list(iter(other._file.readline, b"\r\n"))
            assert lines[0] == b"HTTP/1.1 200 OK\r\n"
            assert sum(line.startswith(b"date: ") and line.endswith(b" GMT\r\n") for line in lines) == 1


@pytest.mark.parametrize("upgrade", ["h2c", "websocket", "nonsense/1"])
def test_stream_is_served_when_the_client_offers_an_upgrade(
    client: RawConnection, paths: list[str], serving: Serving, clock: Clock, upgrade: str
) -> None:
    headers = {"Connection": "Upgrade, HTTP2-Settings", "Upgrade": upgrade, "HTTP2-Settings": "AAMAAABkAAQAAP__"}
    client.send(client.build_request(f"{LIVE}/stream", **headers))
    wait_until(lambda: serving.readers == 1)
    actions.publish(SLUG, Content(headline="Second alarm"), by="tom", now=clock.tick())
    assert client._file.readline() == b"HTTP/1.1 200 OK\r\n"
    assert any(b"Second alarm" in line for line in iter(client._file.readline, b""))


def test_stream_is_served_to_http_1_0_without_host(client: RawConnection, paths: list[str], settings: Any) -> None:
    client.send(f"GET {LIVE}/stream HTTP/1.0\r\n\r\n".encode())
    assert client._file.readline() == b"HTTP/1.1 200 OK\r\n"
    settings.ALLOWED_HOSTS = ["localhost"]
    is_host_allowed.cache_clear()
    with RawConnection(client.addresses[1][1]) as other:
        other.send(f"GET {LIVE}/stream HTTP/1.0\r\n\r\n".encode())
        assert other.read_response().status == 400
    is_host_allowed.cache_clear()


def test_response_204_has_no_content_headers(client: RawConnection, paths: list[str]) -> None:
    for path in paths[2:]:
        response = client.fetch(
            path, "OPTIONS", **{"Origin": "https://a.example", "Access-Control-Request-Method": "GET"}
        )
        assert response.status == 204 and not (response.get("content-length") or response.get("content-type"))
    assert client.fetch(paths[0]).status == 200


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
def test_unknown_method_gets_501_and_a_malformed_line_400(
    client: RawConnection, paths: list[str], line: bytes, status: int
) -> None:
    client.send((line % paths[0].encode() if b"%b" in line else line) + b"\r\nHost: localhost\r\n\r\n")
    assert client.read_response().status == status and client.is_closed()


def test_figures_ignore_killed_processes(tmp_path: Path) -> None:
    ended = subprocess.Popen(["true"])
    ended.wait()
    for process in (os.getpid(), ended.pid):
        (tmp_path / f"{process}.figures").write_text("{}")
    for seconds, counted, kept in ((0, 2, 2), (4, 1, 2), (11, 0, 1)):
        for path in tmp_path.glob("*.figures"):
            os.utime(path, (then := time.time() - seconds, then))
        assert len(read_all(tmp_path)) == counted and len(list(tmp_path.glob("*.figures"))) == kept


def test_figures_keep_counters_of_ended_processes(tmp_path: Path) -> None:
    counts = {"dropped": 1, "resumed": 2, "resets": 3, "lookups": 4, "deliveries": 5, "seconds": 0.5, "buckets": [1, 2]}
    for process in (11, 12):
        (tmp_path / f"{process}.figures").write_text(json.dumps({"blogs": {"storm": {}}, **counts}))
        fold_ended_process(tmp_path, process)
    fold_ended_process(tmp_path, 13)
    (whole,) = read_all(tmp_path)
    assert whole == {"blogs": {}, "buckets": [2, 4], **{name: 2 * counts[name] for name in counts if name != "buckets"}}  # type: ignore[operator]
    remove_old_files(tmp_path)
    assert read_all(tmp_path) == []


def test_figures_count_a_process_once_while_it_is_folded_in(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    counts = {"dropped": 1, "resumed": 0, "resets": 7, "lookups": 0, "deliveries": 0, "seconds": 0.0, "buckets": [0, 0]}
    path = tmp_path / f"{os.getpid()}.figures"
    path.write_text(json.dumps({"process": "11.5", "blogs": {}, **counts}))
    monkeypatch.setattr(Path, "unlink", lambda self: None)  # as before the removal of the process's own file
    fold_ended_process(tmp_path, os.getpid())
    assert [one["resets"] for one in read_all(tmp_path)] == [7]
    path.write_text(json.dumps({"process": "11.6", "blogs": {}, **counts}))  # another process with the same number
    assert sorted(one["resets"] for one in read_all(tmp_path)) == [7, 7]
    fold_ended_process(tmp_path, os.getpid())
    assert [one["resets"] for one in read_all(tmp_path)] == [14]


@pytest.mark.parametrize("path", ["/healthz", f"{LIVE}/posts/00000000-0000-0000-0000-000000000000", "/"])
def test_readers_get_503_with_retry_after_when_the_database_is_unreachable(
    client: RawConnection,
    paths: list[str],
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
    path: str,
) -> None:
    def refuse_connection(*_: Any, **__: Any) -> Any:
        raise OperationalError("connection refused\nis the server running?")

    monkeypatch.setattr("django.db.models.sql.compiler.SQLCompiler.execute_sql", refuse_connection)
    log_positions.invalidate()
    response = client.fetch(path)
    assert (response.status, response.get("cache-control")) == (503, "no-store")
    errors = [record for record in caplog.records if record.name == "django.request" and record.exc_info]
    assert not errors
    if path != "/healthz":
        assert response.get("retry-after") == "5" and "(database does not answer: connection refused)" in caplog.text


def test_figures_are_overwritten_when_no_new_file_can_be_created(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "run" / f"{os.getpid()}.figures"
    _write(path, {"readers": 1, "blogs": {"a": 1}})

    def full(self: Path, *_: Any, **__: Any) -> Any:
        self.touch()
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Path, "write_text", full)
    _write(path, {"readers": 2})
    assert read_all(path.parent) == [{"readers": 2}] and [one.name for one in path.parent.iterdir()] == [path.name]
