"""What HTTP requires of every server (RFC 9110 and 9112), beyond what readers' browsers need."""

from collections.abc import Iterator
from typing import Any

import pytest
from django.db import OperationalError

from stoppress.coverage import actions
from stoppress.coverage.models import LiveBlog
from stoppress.coverage.post_content import Content
from stoppress.coverage.public_posts import find_blog
from stoppress.edge.cache import log_positions
from stoppress.edge.http.host_check import is_host_allowed
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
        assert response.get("retry-after") == "5" and "the database does not answer: " in caplog.text
