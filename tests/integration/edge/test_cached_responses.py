"""The hot path over a real socket: the same answers as Django's, header by header, in order, and only where it may."""

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
def nothing_remembered() -> Iterator[None]:
    response_cache.clear()
    CachedResponseProtocol.recognised_requests.clear()
    yield
    response_cache.clear()


@pytest.fixture
def posts(blog: LiveBlog, clock: Clock) -> list[Post]:
    body = "<p>" + "The sea is over the wall at Port Halden. " * 8 + "</p>"
    made = [
        actions.publish(SLUG, Content(headline=f"Line {n}", body=body), by="tom", now=clock.tick()) for n in range(4)
    ]
    actions.withdraw(SLUG, made[0].pk, note="Not so.", by="tom", now=clock.tick())
    return made


@pytest.fixture
def wire(posts: list[Post], serving: Serving) -> Iterator[RawConnection]:
    with RawConnection(serving.port) as opened:
        yield opened


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
        *(f"{LIVE}/feed.{form}" for form in ("atom", "rss", "json")),
        f"{LIVE}/blog.jsonld",
        f"/embed/{SLUG}",
    ]


def by_django(serving: Serving, *arguments: Any, **headers: str) -> Any:
    """The same request with nothing in memory, and without the hot path: HTTP/1.0 never takes it."""
    response_cache.clear()
    with RawConnection(serving.port) as wire:
        return wire.fetch(*arguments, version="1.0", **headers)


def without_passing(headers: list[tuple[str, str]]) -> list[tuple[str, str]]:
    return [(name, value) for name, value in headers if name not in ("date", "connection")]


@pytest.mark.parametrize("encoding", ["", "gzip", "br", "zstd", "gzip, deflate, br, zstd", "br;q=0, *"])
@pytest.mark.parametrize("method", ["GET", "HEAD"])
def test_hot_answers_are_djangos_header_by_header(wire, serving, posts, encoding, method, django_answers):
    wanted = {"Accept-Encoding": encoding} if encoding else {}
    for path in addresses(posts):
        expected = by_django(serving, path, method, **wanted)
        wire.fetch(path, method, **wanted)
        before = len(django_answers)
        hot = wire.fetch(path, method, **wanted)
        recognised = wire.fetch(path, method, **wanted)
        assert len(django_answers) == before, f"{path} was not answered from memory"
        for found in (hot, recognised):
            assert found.status == expected.status, path
            assert found.body == expected.body
            assert without_passing(found.headers) == without_passing(expected.headers)


def test_who_has_it_hears_304_from_memory_as_from_django(wire, serving, posts):
    for path in addresses(posts):
        etag = wire.fetch(path).get("etag")
        if not etag:
            continue
        for tags in (etag, f"W/{etag}", f'"other", {etag}', "*"):
            expected = by_django(serving, path, **{"If-None-Match": tags})
            wire.fetch(path)
            found = wire.fetch(path, **{"If-None-Match": tags})
            assert (found.status, found.body, expected.status) == (304, b"", 304)
            assert without_passing(found.headers) == without_passing(expected.headers)
        assert wire.fetch(path, **{"If-None-Match": '"other"'}).status == 200


def test_who_asks_by_date_alone_hears_304_once_the_second_of_the_change_is_over(wire, serving, posts):
    an_hour_ago = timezone.now() - timedelta(hours=1)
    actions.publish(SLUG, Content(headline="Newest"), by="tom", now=an_hour_ago)
    wait_until(lambda: b"Newest" in wire.fetch(LIVE).body)
    dated = 0
    for path in addresses(posts):
        modified = wire.fetch(path).get("last-modified")
        if not modified:
            continue
        expected = by_django(serving, path, **{"If-Modified-Since": modified})
        wire.fetch(path)
        found = wire.fetch(path, **{"If-Modified-Since": modified})
        assert (found.status, found.body, expected.status) == (304, b"", 304)
        assert without_passing(found.headers) == without_passing(expected.headers)
        assert wire.fetch(path, **{"If-Modified-Since": "Thu, 01 Jan 1970 00:00:00 GMT"}).status == 200
        assert wire.fetch(path, **{"If-Modified-Since": "yesterday"}).status == 200
        assert wire.fetch(path, **{"If-Modified-Since": modified, "If-None-Match": '"other"'}).status == 200
        dated += 1
    assert dated == 8  # all but the list, the changes, and what is gone


def test_answers_say_how_they_may_be_kept(wire, posts):
    for _ in range(2):
        page = wire.fetch(LIVE, **{"Accept-Encoding": "gzip"})
        assert page.get("cache-control") == "max-age=0, s-maxage=1, stale-while-revalidate=5, stale-if-error=60"
        assert (page.get("vary"), page.get("content-encoding")) == ("Accept-Encoding", "gzip")
        assert page.get("x-content-type-options") == "nosniff" and "default-src" in page.get("content-security-policy")
        assert not page.get("set-cookie")
        changes = wire.fetch(addresses(posts)[5])
        assert changes.get("access-control-allow-origin") == "*"
        assert not changes.get("access-control-allow-credentials")


def test_another_sites_page_may_listen_to_the_stream(wire):
    wire.send(wire.build_request(f"{LIVE}/stream", Origin="https://other.example"))
    head = [wire._file.readline().decode().strip().lower() for _ in range(9)]
    assert "access-control-allow-origin: *" in head and "x-accel-buffering: no" in head


def test_each_encoding_has_an_etag_of_its_own(wire):
    found = {wire.fetch(LIVE, **{"Accept-Encoding": name}).get("etag") for name in ("", "gzip", "br", "zstd")}
    assert len(found) == 4


def test_a_change_is_on_the_page_at_once(wire, clock):
    for number in range(5):
        wire.fetch(LIVE)
        actions.publish(SLUG, Content(headline=f"Newest {number}"), by="tom", now=clock.tick())
        assert f"Newest {number}".encode() in wire.fetch(LIVE).body


def test_when_nobody_follows_the_log_nothing_is_answered_from_memory(wire, posts):
    wire.fetch(LIVE)
    log_positions.invalidate()
    assert response_cache.find(next(iter(response_cache._responses))) is None


def test_pipelined_requests_are_answered_in_order(wire, posts):
    paths = [LIVE, "/healthz", LIVE, "/no-such-page", "/", LIVE, "/healthz"]
    wire.fetch(LIVE)
    wire.send(b"".join(wire.build_request(path) for path in paths))
    assert [wire.read_response().status for _ in paths] == [200, 200, 200, 404, 200, 200, 200]


def test_a_hot_answer_never_overtakes_a_slow_one(wire):
    wire.fetch(LIVE)
    wire.send(wire.build_request("/healthz"))
    time.sleep(0)
    wire.send(wire.build_request(LIVE))
    assert b"status" in wire.read_response().body
    assert b"<!doctype html>" in wire.read_response().body


@pytest.mark.parametrize(
    "behind",
    [
        b"GET /live/storm-maren HTTP/1.1\r\nHost: localhost\r\n\r\n",
        b"GET /" + b"a" * 9000 + b" HTTP/1.1\r\n\r\n",
        b"NONSENSE\r\n\r\n",
    ],
    ids=["a page at hand", "too long", "broken"],
)
def test_nothing_behind_a_request_for_a_stream_is_answered_before_it_or_at_all(wire, behind):
    wire.fetch(LIVE)
    wire.send(wire.build_request(f"{LIVE}/stream") + behind)
    lines = []
    while (line := wire._file.readline()) not in (b"", b"event: hello\n"):
        lines.append(line)
    assert lines[0] == b"HTTP/1.1 200 OK\r\n" and b"content-type: text/event-stream; charset=utf-8\r\n" in lines
    assert sum(line.startswith(b"HTTP/") for line in lines) == 1


def test_the_head_of_a_stream_can_be_asked_for_alone(wire, serving):
    wire.send(wire.build_request(f"{LIVE}/stream", "HEAD"))
    found = wire.read_response("HEAD")
    assert (found.status, found.get("content-type")) == (200, "text/event-stream; charset=utf-8")
    assert wire.is_closed() and serving.readers == 0
    wait_until(lambda: not serving.server.server_state.connections)


def test_a_broken_request_is_refused_after_the_answer_before_it(wire):
    wire.send(wire.build_request("/healthz") + b"NONSENSE\r\n\r\n")
    assert wire.read_response().status == 200
    assert wire.read_response().status == 400
    assert wire.is_closed()


@pytest.mark.parametrize("host", ["evil.example", "", "a b", "localhost, evil.example"])
def test_a_foreign_host_is_refused_though_the_page_is_at_hand(wire, host):
    wire.fetch(LIVE)
    assert wire.fetch(LIVE, Host=host).status == 400


def test_two_hosts_are_refused(wire):
    wire.fetch(LIVE)
    wire.send(b"GET " + LIVE.encode() + b" HTTP/1.1\r\nHost: localhost\r\nHost: evil.example\r\n\r\n")
    assert wire.read_response().status == 400


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "PATCH"])
def test_wrong_methods_hear_which_are_right(wire, posts, method):
    for path in addresses(posts):
        wire.fetch(path)
        found = wire.fetch(path, method, **{"Content-Length": "0"})
        assert found.status == 405 and {"GET", "HEAD"} <= set(found.get("allow").split(", "))


def test_other_sites_may_ask_whether_they_may_ask(wire, posts):
    for path in [addresses(posts)[5], *addresses(posts)[-5:]]:
        found = wire.fetch(path, "OPTIONS", Origin="https://other.example")
        assert found.status == 204 and found.get("access-control-allow-origin") == "*"
        assert "If-None-Match" in found.get("access-control-allow-headers")
        assert wire.fetch(path).get("access-control-allow-origin") == "*"


NOWHERE = [
    *("/live/no-such", "/live/no-such/changes/abc-1", f"{LIVE}/before/123", "/live/", "/embed/no-such", "/embed/"),
    *("/live/no-such/feed.atom", f"{LIVE}/feed.xml", f"{LIVE}/feed.atom/", "/live/no-such/blog.jsonld", f"{LIVE}/feed"),
]


@pytest.mark.parametrize("path", NOWHERE)
def test_what_is_not_there_is_not_found(wire, path):
    for _ in range(2):
        found = wire.fetch(path)
        assert found.status == 404
        assert found.get("cache-control") == "max-age=0, s-maxage=5, stale-if-error=60"
    assert not [answer for answer in response_cache.texts() if answer.status == 404]


@pytest.mark.parametrize("cursor", ["x", "-", "-1", "abc-", "abc-99999999999999999999", "%00", "abc-1-2", "a" * 900])
def test_a_cursor_that_is_none_is_reset(wire, cursor):
    assert wire.fetch(f"{LIVE}/changes/{cursor}").body == b'{"reset":true}'


def test_a_cursor_that_this_process_has_not_reached_is_looked_up_before_it_is_reset(wire, monkeypatch, clock):
    """As where another process has told the reader of a change, and the hint is lost."""
    monkeypatch.setattr(notifications, "notify", lambda topic: None)
    monkeypatch.setattr("stoppress.edge.follower.log_follower.POLL_INTERVAL_SECONDS", 60.0)
    monkeypatch.setattr("stoppress.edge.cache.log_positions.MAX_AGE_SECONDS", 60.0)
    time.sleep(0.5)  # the look that was waiting
    known = log_positions.last_known()[SLUG]
    actions.publish(SLUG, Content(headline="Newest"), by="tom", now=clock.tick())
    assert log_positions.last_known()[SLUG] == known
    newest = find_blog(SLUG)
    ahead = f"{LIVE}/changes/{newest.epoch}-"
    assert (
        wire.fetch(f"{ahead}{newest.seq}").body
        == f'{{"cursor":"{newest.epoch}-{newest.seq}","wait":5,"changes":[]}}'.encode()
    )
    assert wire.fetch(f"{ahead}{newest.seq + 1}").body == b'{"reset":true}'


def test_what_follows_the_question_mark_makes_no_second_page(wire):
    first = wire.fetch(LIVE)
    kept = len(response_cache)
    assert wire.fetch(f"{LIVE}?utm_source=letter").body == first.body
    assert len(response_cache) == kept


def test_too_long_an_address_or_head_is_refused(wire, serving):
    for request, status in [
        (b"GET /" + b"a" * 9000 + b" HTTP/1.1\r\nHost: localhost\r\n\r\n", 414),
        (wire.build_request(LIVE, **{"X-Long": "a" * 40_000}), 431),
        (wire.build_request(LIVE, **{f"X-{n}": "1" for n in range(120)}), 431),
        (b"GET / HTTP/1.1\r\nX: " + b"a" * 42_000, 431),
    ]:
        with RawConnection(serving.port) as other:
            other.send(request)
            found = other.read_response()
            assert (found.status, found.get("connection")) == (status, "close")
            assert other.is_closed()


def test_a_head_that_does_not_come_to_its_end_is_given_up(posts, serving, monkeypatch):
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


def test_an_idle_connection_is_closed_after_hot_and_cold_answers(posts, serving, monkeypatch):
    monkeypatch.setattr("stoppress.edge.protocol.request_limits.IDLE_TIMEOUT_SECONDS", 0.5)
    for paths in ([LIVE, LIVE], ["/healthz"], ["/healthz", LIVE, LIVE]):
        with RawConnection(serving.port) as wire:
            for path in paths:
                assert wire.fetch(path).status == 200
            assert wire.is_closed()


def test_a_reader_who_takes_nothing_does_not_fill_the_memory(posts, serving, monkeypatch):
    monkeypatch.setattr("stoppress.edge.protocol.request_limits.WRITE_TIMEOUT_SECONDS", 1.0)
    with RawConnection(serving.port) as wire:
        wire.fetch(LIVE)
        greedy = socket.create_connection(("127.0.0.1", serving.port))
        greedy.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        greedy.setblocking(False)
        try:
            for _ in range(3000):
                greedy.send(wire.build_request(LIVE))
        except BlockingIOError:
            pass
        wait_until(lambda: len(serving.server.server_state.connections) == 1, 15)
        assert wire.fetch(LIVE).status == 200
        greedy.close()


@pytest.fixture
def access_lines(serving, monkeypatch, caplog) -> Callable[[], list[str]]:
    """What the server has logged of requests since: addresses, without who asked."""
    monkeypatch.setattr(logging.getLogger("uvicorn.access"), "propagate", True)
    monkeypatch.setattr(serving.server.config, "access_log", True)
    caplog.set_level(logging.INFO, "uvicorn.access")

    def lines() -> list[str]:
        return [line.partition(" - ")[2] for record in caplog.records for line in record.getMessage().splitlines()]

    return lines


def test_the_access_log_is_the_same_line(wire, serving, access_lines):
    for version in ("1.0", "1.1", "1.1", "1.1"):
        with RawConnection(serving.port) as other:
            other.fetch(f"{LIVE}?a=b@c.example", version=version)
    wait_until(lambda: len(access_lines()) == 4)
    assert len({line.replace("HTTP/1.0", "HTTP/1.1") for line in access_lines()}) == 1, access_lines()


def test_streams_are_in_the_access_log_however_they_are_asked_for(wire, serving, access_lines):
    for path in ("/live/storm-maren/stream?after=0-1", "/live/storm%2Dmaren/stream"):
        with RawConnection(serving.port) as other:
            other.send(f"GET {path} HTTP/1.1\r\nHost: localhost\r\n\r\n".encode())
            wait_until(lambda: serving.readers == 1)
        wait_until(lambda: serving.readers == 0)
    wait_until(lambda: len(access_lines()) == 2)
    assert set(access_lines()) == {'"GET /live/storm-maren/stream HTTP/1.1" 200'}
