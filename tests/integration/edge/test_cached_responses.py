"""Cached responses over a real socket: equal to Django's, header by header, in order, and only where allowed."""

import logging
import socket
import time
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from stoppress.coverage import actions
from stoppress.coverage.models import LiveBlog, Post
from stoppress.coverage.post_content import Content
from stoppress.coverage.public_posts import find_blog
from stoppress.edge.cache import log_positions
from stoppress.edge.cache.response_cache import response_cache
from stoppress.edge.protocol.cached_response_protocol import CachedResponseProtocol
from stoppress.runtime import notifications
from tests.support.clocks import Clock
from tests.support.raw_http import RawConnection
from tests.support.web_server import Serving, wait_until

pytestmark = pytest.mark.django_db(transaction=True)
SLUG = "storm-maren"
LIVE = f"/live/{SLUG}"


@pytest.fixture(autouse=True)
def empty_cache() -> Iterator[None]:
    response_cache.clear()
    CachedResponseProtocol.recognised_requests.clear()
    yield
    response_cache.clear()


@pytest.fixture
def posts(blog: LiveBlog, clock: Clock) -> list[Post]:
    body = "<p>" + "The sea is over the wall at Port Halden. " * 8 + "</p>"
    published = [
        actions.publish(SLUG, Content(headline=f"Line {n}", body=body), by="tom", now=clock.tick()) for n in range(4)
    ]
    actions.withdraw(SLUG, published[0].pk, note="Not so.", by="tom", now=clock.tick())
    return published


@pytest.fixture
def client(posts: list[Post], serving: Serving) -> Iterator[RawConnection]:
    with RawConnection(serving.port) as connection:
        yield connection


def addresses(posts: list[Post]) -> list[str]:
    cursor = f"{find_blog(SLUG).epoch}-"
    return [
        "/",
        LIVE,
        f"{LIVE}/before/{posts[3].pk}",
        f"{LIVE}/posts/{posts[2].pk}",
        f"{LIVE}/posts/{posts[0].pk}",
        f"{LIVE}/changes/{cursor}1",
        f"{LIVE}/changes/{cursor}6",
        f"{LIVE}/changes/deadbeef-4",
        *(f"{LIVE}/feed.{name}" for name in ("atom", "rss", "json")),
        f"{LIVE}/blog.jsonld",
        f"/embed/{SLUG}",
        f"{LIVE}/from-the-start",
        f"{LIVE}/lite",
        f"{LIVE}/after/{posts[0].pk}",
    ]


def fetch_from_django(serving: Serving, *arguments: Any, **headers: str) -> Any:
    """Return the response with an empty cache, and past the cache: HTTP/1.0 is never answered from it."""
    response_cache.clear()
    with RawConnection(serving.port) as client:
        return client.fetch(*arguments, version="1.0", **headers)


def stable_headers(headers: list[tuple[str, str]]) -> list[tuple[str, str]]:
    return [(name, value) for name, value in headers if name not in ("date", "connection")]


@pytest.mark.parametrize("encoding", ["", "gzip", "br", "zstd", "gzip, deflate, br, zstd", "br;q=0, *"])
@pytest.mark.parametrize("method", ["GET", "HEAD"])
def test_cached_response_equals_djangos_header_by_header(client, serving, posts, encoding, method, django_answers):
    headers = {"Accept-Encoding": encoding} if encoding else {}
    for path in addresses(posts):
        expected = fetch_from_django(serving, path, method, **headers)
        client.fetch(path, method, **headers)
        before = len(django_answers)
        cached = client.fetch(path, method, **headers)
        recognised = client.fetch(path, method, **headers)
        assert len(django_answers) == before, f"{path} was not answered from the cache"
        for response in (cached, recognised):
            assert response.status == expected.status, path
            assert response.body == expected.body
            assert stable_headers(response.headers) == stable_headers(expected.headers)


def test_cached_response_is_304_when_the_etag_matches(client, serving, posts):
    for path in addresses(posts):
        etag = client.fetch(path).get("etag")
        if not etag:
            continue
        for tags in (etag, f"W/{etag}", f'"other", {etag}', "*"):
            expected = fetch_from_django(serving, path, **{"If-None-Match": tags})
            client.fetch(path)
            response = client.fetch(path, **{"If-None-Match": tags})
            assert (response.status, response.body, expected.status) == (304, b"", 304)
            assert stable_headers(response.headers) == stable_headers(expected.headers)
        assert client.fetch(path, **{"If-None-Match": '"other"'}).status == 200


def test_cached_response_is_304_when_the_date_matches_after_its_second(client, serving, posts):
    an_hour_ago = timezone.now() - timedelta(hours=1)
    actions.publish(SLUG, Content(headline="Newest"), by="tom", now=an_hour_ago)
    wait_until(lambda: b"Newest" in client.fetch(LIVE).body)
    dated = 0
    for path in addresses(posts):
        modified = client.fetch(path).get("last-modified")
        if not modified:
            continue
        expected = fetch_from_django(serving, path, **{"If-Modified-Since": modified})
        client.fetch(path)
        response = client.fetch(path, **{"If-Modified-Since": modified})
        assert (response.status, response.body, expected.status) == (304, b"", 304)
        assert stable_headers(response.headers) == stable_headers(expected.headers)
        assert client.fetch(path, **{"If-Modified-Since": "Thu, 01 Jan 1970 00:00:00 GMT"}).status == 200
        assert client.fetch(path, **{"If-Modified-Since": "yesterday"}).status == 200
        assert client.fetch(path, **{"If-Modified-Since": modified, "If-None-Match": '"other"'}).status == 200
        dated += 1
    assert dated == 11  # all but the list, the changes, and what is gone


def test_responses_have_cache_headers(client, posts):
    for _ in range(2):
        page = client.fetch(LIVE, **{"Accept-Encoding": "gzip"})
        assert page.get("cache-control") == "max-age=0, s-maxage=1, stale-while-revalidate=5, stale-if-error=60"
        assert (page.get("vary"), page.get("content-encoding")) == ("Accept-Encoding", "gzip")
        assert page.get("x-content-type-options") == "nosniff" and "default-src" in page.get("content-security-policy")
        assert not page.get("set-cookie")
        changes = client.fetch(addresses(posts)[5])
        assert changes.get("access-control-allow-origin") == "*"
        assert not changes.get("access-control-allow-credentials")


def test_stream_allows_other_origins(client):
    client.send(client.build_request(f"{LIVE}/stream", Origin="https://other.example"))
    head = [client._file.readline().decode().strip().lower() for _ in range(9)]
    assert "access-control-allow-origin: *" in head and "x-accel-buffering: no" in head


def test_etag_differs_per_encoding(client):
    etags = {client.fetch(LIVE, **{"Accept-Encoding": name}).get("etag") for name in ("", "gzip", "br", "zstd")}
    assert len(etags) == 4


def test_cached_page_shows_a_change_at_once(client, clock):
    for number in range(5):
        client.fetch(LIVE)
        actions.publish(SLUG, Content(headline=f"Newest {number}"), by="tom", now=clock.tick())
        assert f"Newest {number}".encode() in client.fetch(LIVE).body


def test_cache_returns_nothing_when_no_follower_runs(client, posts):
    client.fetch(LIVE)
    log_positions.invalidate()
    assert response_cache.find(next(iter(response_cache._responses))) is None


def test_pipelined_requests_are_answered_in_order(client, posts):
    paths = [LIVE, "/healthz", LIVE, "/no-such-page", "/", LIVE, "/healthz"]
    client.fetch(LIVE)
    client.send(b"".join(client.build_request(path) for path in paths))
    assert [client.read_response().status for _ in paths] == [200, 200, 200, 404, 200, 200, 200]


def test_cached_response_never_overtakes_a_slow_one(client):
    client.fetch(LIVE)
    client.send(client.build_request("/healthz"))
    time.sleep(0)
    client.send(client.build_request(LIVE))
    assert b"status" in client.read_response().body
    assert b"<!doctype html>" in client.read_response().body


@pytest.mark.parametrize(
    "trailing",
    [
        b"GET /live/storm-maren HTTP/1.1\r\nHost: localhost\r\n\r\n",
        b"GET /" + b"a" * 9000 + b" HTTP/1.1\r\n\r\n",
        b"NONSENSE\r\n\r\n",
    ],
    ids=["a cached page", "too long", "malformed"],
)
def test_bytes_after_a_stream_request_are_never_answered(client, trailing):
    client.fetch(LIVE)
    client.send(client.build_request(f"{LIVE}/stream") + trailing)
    lines = []
    while (line := client._file.readline()) not in (b"", b"event: hello\n"):
        lines.append(line)
    assert lines[0] == b"HTTP/1.1 200 OK\r\n" and b"content-type: text/event-stream; charset=utf-8\r\n" in lines
    assert sum(line.startswith(b"HTTP/") for line in lines) == 1


def test_stream_answers_head_with_its_head_and_closes(client, serving):
    client.send(client.build_request(f"{LIVE}/stream", "HEAD"))
    response = client.read_response("HEAD")
    assert (response.status, response.get("content-type")) == (200, "text/event-stream; charset=utf-8")
    assert client.is_closed() and serving.readers == 0
    wait_until(lambda: not serving.server.server_state.connections)


def test_malformed_request_is_refused_after_the_response_before_it(client):
    client.send(client.build_request("/healthz") + b"NONSENSE\r\n\r\n")
    assert client.read_response().status == 200
    assert client.read_response().status == 400
    assert client.is_closed()


@pytest.mark.parametrize("host", ["evil.example", "", "a b", "localhost, evil.example"])
def test_cached_page_is_refused_when_the_host_is_not_allowed(client, host):
    client.fetch(LIVE)
    assert client.fetch(LIVE, Host=host).status == 400


def test_cached_page_is_refused_when_two_hosts_are_named(client):
    client.fetch(LIVE)
    client.send(b"GET " + LIVE.encode() + b" HTTP/1.1\r\nHost: localhost\r\nHost: evil.example\r\n\r\n")
    assert client.read_response().status == 400


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "PATCH"])
def test_wrong_method_gets_405_with_allow(client, posts, method):
    for path in addresses(posts):
        client.fetch(path)
        response = client.fetch(path, method, **{"Content-Length": "0"})
        assert response.status == 405 and {"GET", "HEAD"} <= set(response.get("allow").split(", "))


def test_cors_preflight_is_answered(client, posts):
    for path in [addresses(posts)[5], *addresses(posts)[8:13]]:
        response = client.fetch(path, "OPTIONS", Origin="https://other.example")
        assert response.status == 204 and response.get("access-control-allow-origin") == "*"
        assert "If-None-Match" in response.get("access-control-allow-headers")
        assert client.fetch(path).get("access-control-allow-origin") == "*"


UNKNOWN_ADDRESSES = [
    *("/live/no-such", "/live/no-such/changes/abc-1", f"{LIVE}/before/123", "/live/", "/embed/no-such", "/embed/"),
    *("/live/no-such/feed.atom", f"{LIVE}/feed.xml", f"{LIVE}/feed.atom/", "/live/no-such/blog.jsonld", f"{LIVE}/feed"),
]


@pytest.mark.parametrize("path", UNKNOWN_ADDRESSES)
def test_unknown_addresses_are_404_and_not_cached(client, path):
    for _ in range(2):
        response = client.fetch(path)
        assert response.status == 404
        assert response.get("cache-control") == "max-age=0, s-maxage=5, stale-if-error=60"
    assert not [response for response in response_cache.responses() if response.status == 404]


@pytest.mark.parametrize("cursor", ["x", "-", "-1", "abc-", "abc-99999999999999999999", "%00", "abc-1-2", "a" * 900])
def test_changes_reset_when_the_cursor_is_malformed(client, cursor):
    assert client.fetch(f"{LIVE}/changes/{cursor}").body == b'{"reset":true}'


def test_changes_query_the_log_before_resetting_a_cursor_ahead_of_this_process(client, monkeypatch, clock):
    """Another process may have sent a change to the reader while the notification to this one was lost."""
    monkeypatch.setattr(notifications, "notify", lambda event: None)
    monkeypatch.setattr("stoppress.edge.follower.log_follower.POLL_INTERVAL_SECONDS", 60.0)
    monkeypatch.setattr("stoppress.edge.cache.log_positions.MAX_AGE_SECONDS", 60.0)
    time.sleep(0.5)  # the poll that was pending
    known = log_positions.last_known()[SLUG]
    actions.publish(SLUG, Content(headline="Newest"), by="tom", now=clock.tick())
    assert log_positions.last_known()[SLUG] == known
    newest = find_blog(SLUG)
    ahead = f"{LIVE}/changes/{newest.epoch}-"
    assert (
        client.fetch(f"{ahead}{newest.seq}").body
        == f'{{"cursor":"{newest.epoch}-{newest.seq}","wait":5,"changes":[]}}'.encode()
    )
    assert client.fetch(f"{ahead}{newest.seq + 1}").body == b'{"reset":true}'


def test_query_string_makes_no_second_cache_entry(client):
    first = client.fetch(LIVE)
    entries = len(response_cache)
    assert client.fetch(f"{LIVE}?utm_source=letter").body == first.body
    assert len(response_cache) == entries


def test_request_is_refused_when_url_or_head_is_too_long(client, serving):
    for request, status in [
        (b"GET /" + b"a" * 9000 + b" HTTP/1.1\r\nHost: localhost\r\n\r\n", 414),
        (client.build_request(LIVE, **{"X-Long": "a" * 40_000}), 431),
        (client.build_request(LIVE, **{f"X-{n}": "1" for n in range(120)}), 431),
        (b"GET / HTTP/1.1\r\nX: " + b"a" * 42_000, 431),
    ]:
        with RawConnection(serving.port) as other:
            other.send(request)
            response = other.read_response()
            assert (response.status, response.get("connection")) == (status, "close")
            assert other.is_closed()


def test_request_gets_408_when_its_head_does_not_end(posts, serving, monkeypatch):
    monkeypatch.setattr("stoppress.edge.protocol.request_limits.HEAD_TIMEOUT_SECONDS", 0.5)
    silent = socket.create_connection(("127.0.0.1", serving.port))
    with RawConnection(serving.port) as slow:
        slow.send(b"GET /live/storm-maren HTTP/1.1\r\nHost: loc")
        assert slow.read_response().status == 408
        assert slow.is_closed()
    silent.settimeout(5)
    assert silent.recv(1) == b""
    silent.close()
    wait_until(lambda: not serving.server.server_state.connections)


def test_idle_connection_is_closed_after_cached_and_other_responses(posts, serving, monkeypatch):
    monkeypatch.setattr("stoppress.edge.protocol.request_limits.IDLE_TIMEOUT_SECONDS", 0.5)
    for paths in ([LIVE, LIVE], ["/healthz"], ["/healthz", LIVE, LIVE]):
        with RawConnection(serving.port) as client:
            for path in paths:
                assert client.fetch(path).status == 200
            assert client.is_closed()


def test_client_that_reads_nothing_does_not_fill_memory(posts, serving, monkeypatch):
    monkeypatch.setattr("stoppress.edge.protocol.request_limits.WRITE_TIMEOUT_SECONDS", 1.0)
    with RawConnection(serving.port) as client:
        client.fetch(LIVE)
        greedy = socket.create_connection(("127.0.0.1", serving.port))
        greedy.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        greedy.setblocking(False)
        try:
            for _ in range(3000):
                greedy.send(client.build_request(LIVE))
        except BlockingIOError:
            pass
        wait_until(lambda: len(serving.server.server_state.connections) == 1, 15)
        assert client.fetch(LIVE).status == 200
        greedy.close()


@pytest.fixture
def access_lines(serving, monkeypatch, caplog) -> Callable[[], list[str]]:
    """Return the access log's lines from now on, without the client's address."""
    monkeypatch.setattr(logging.getLogger("uvicorn.access"), "propagate", True)
    monkeypatch.setattr(serving.server.config, "access_log", True)
    caplog.set_level(logging.INFO, "uvicorn.access")

    def lines() -> list[str]:
        return [line.partition(" - ")[2] for record in caplog.records for line in record.getMessage().splitlines()]

    return lines


def test_access_log_line_of_a_cached_response_equals_uvicorns(client, serving, access_lines):
    for version in ("1.0", "1.1", "1.1", "1.1"):
        with RawConnection(serving.port) as other:
            other.fetch(f"{LIVE}?a=b@c.example", version=version)
    wait_until(lambda: len(access_lines()) == 4)
    assert len({line.replace("HTTP/1.0", "HTTP/1.1") for line in access_lines()}) == 1, access_lines()


def test_access_log_has_streams_of_both_paths(client, serving, access_lines):
    for path in ("/live/storm-maren/stream?after=0-1", "/live/storm%2Dmaren/stream"):
        with RawConnection(serving.port) as other:
            other.send(f"GET {path} HTTP/1.1\r\nHost: localhost\r\n\r\n".encode())
            wait_until(lambda: serving.readers == 1)
        wait_until(lambda: serving.readers == 0)
    wait_until(lambda: len(access_lines()) == 2)
    assert set(access_lines()) == {'"GET /live/storm-maren/stream HTTP/1.1" 200'}
