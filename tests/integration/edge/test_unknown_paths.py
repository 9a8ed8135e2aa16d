"""Wrong links: cheap when many readers follow them, and correct once their target exists."""

import logging
import time
import uuid
from collections.abc import Iterator

import pytest

from stoppress.coverage import actions
from stoppress.coverage.models import LiveBlog
from stoppress.coverage.post_content import Content
from stoppress.edge.cache.response_cache import response_cache
from stoppress.runtime import notifications
from tests.support.clocks import Clock
from tests.support.raw_http import RawConnection
from tests.support.web_server import Serving, wait_until

pytestmark = pytest.mark.django_db(transaction=True)
SLUG = "storm-maren"
POST = uuid.UUID("0192f0c1-2222-4333-8444-555566667777")
REPEATS = 40
WRONG_LINKS = ["/live/nope", "/live/nope/stream", f"/live/{SLUG}/posts/{POST}", "/live/nope/feed.rss", "/embed/nope"]
CROSS_ORIGIN = ["changes/abc-1", "stream", "feed.atom", "feed.rss", "feed.json", "blog.jsonld"]


@pytest.fixture
def client(blog: LiveBlog, serving: Serving) -> Iterator[RawConnection]:
    response_cache.clear()
    with RawConnection(serving.port) as connection:
        yield connection
    response_cache.clear()


@pytest.fixture
def without_polling(client: RawConnection, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the follower poll after notifications only."""
    monkeypatch.setattr("stoppress.edge.follower.log_follower.POLL_INTERVAL_SECONDS", 60.0)
    monkeypatch.setattr("stoppress.edge.cache.log_positions.MAX_AGE_SECONDS", 60.0)
    time.sleep(0.5)  # the poll that was pending


def open_nope(clock: Clock) -> None:
    actions.open_blog(slug="nope", headline="Now", standfirst="", zone="Europe/London", by="ines", now=clock.tick())


@pytest.mark.parametrize("path", WRONG_LINKS)
@pytest.mark.parametrize("method", ["GET", "HEAD"])
def test_wrong_link_is_rendered_once_when_many_follow_it(client, without_polling, django_answers, path, method):
    first = client.fetch(path, method)
    for number in range(REPEATS):
        response = client.fetch(f"{path}?from={number}", method, **{"If-None-Match": "*"})
        assert (response.status, response.body) == (404, first.body)
        assert {key: value for key, value in response.headers if key != "date"} == {
            key: value for key, value in first.headers if key != "date"
        }
    assert len(django_answers) == 1


def test_wrong_link_is_rendered_rarely_while_the_follower_polls(client, django_answers):
    started = time.monotonic()
    for _ in range(400):
        assert client.fetch("/live/nope").status == 404
    polls = 2 + (time.monotonic() - started) / 0.2
    assert len(django_answers) <= polls


def test_live_blog_is_served_at_once_after_a_404_at_its_address(client, without_polling, clock):
    for _ in range(3):
        assert [client.fetch(path).status for path in ("/live/nope", "/embed/nope", "/live/nope/feed.rss")] == [404] * 3
    open_nope(clock)
    assert [client.fetch(path).status for path in ("/live/nope", "/embed/nope", "/live/nope/feed.rss")] == [200] * 3


def test_post_is_served_at_once_after_a_404_at_its_address(client, without_polling, clock):
    for _ in range(3):
        assert client.fetch(f"/live/{SLUG}/posts/{POST}").status == 404
    actions.publish(SLUG, Content(headline="Here"), by="tom", now=clock.tick(), post_id=POST)
    assert client.fetch(f"/live/{SLUG}/posts/{POST}").status == 200


def test_stream_is_served_for_a_live_blog_that_was_just_opened(client, serving, clock):
    assert client.fetch("/live/nope/stream").status == 404
    open_nope(clock)
    wait_until(lambda: client.fetch("/live/nope/stream", "HEAD").status != 404, 1)

    def is_served() -> bool:
        with RawConnection(serving.port) as other:
            return other.fetch("/live/nope/stream", "HEAD").status == 200

    wait_until(is_served, 5)


def test_live_blog_of_another_process_is_served_within_a_second(client, clock, monkeypatch):
    monkeypatch.setattr(notifications, "notify", lambda event: None)
    assert client.fetch("/live/nope").status == 404
    open_nope(clock)
    wait_until(lambda: client.fetch("/live/nope").status == 200, 1.5)


@pytest.mark.parametrize("path", [*(f"/live/nope/{rest}" for rest in CROSS_ORIGIN), "/embed/nope"])
@pytest.mark.parametrize("headers", [{}, {"Content-Length": "0"}], ids=["plain", "past the cache"])
def test_404_of_cross_origin_addresses_allows_other_origins(client, path, headers):
    for _ in range(2):
        response = client.fetch(path, Origin="https://other.example", **headers)
        assert (response.status, response.get("access-control-allow-origin")) == (404, "*")
        assert [key for key, _ in response.headers].count("access-control-allow-origin") == 1


@pytest.mark.parametrize("path", ["/live/nope", "/no-such-page", "/desk/nope", "/api/v1/nope", "/live/nope/feed.xml"])
def test_404_of_other_addresses_allows_no_other_origin(client, path):
    response = client.fetch(path, Origin="https://other.example")
    assert not response.get("access-control-allow-origin")


def test_stream_gets_503_without_an_error_in_the_log_when_it_cannot_be_taken_over(client, caplog):
    with caplog.at_level(logging.INFO):
        client.send(client.build_request("/healthz") + client.build_request(f"/live/{SLUG}/stream"))
        assert [client.read_response().status for _ in range(2)] == [200, 503]
    records = [record for record in caplog.records if record.name != "uvicorn.access"]
    assert [record.levelname for record in records if "stream" in record.getMessage()] == ["INFO"]


@pytest.mark.parametrize("path", [f"/live/{SLUG}/stream", "/live/storm%2Dmaren/stream", "/live/%73torm-maren/stre%61m"])
@pytest.mark.parametrize("headers", [{}, {"Content-Length": "0"}], ids=["plain", "length 0"])
def test_stream_is_taken_over_when_its_address_is_percent_encoded(client, path, headers):
    client.send(client.build_request(path, **headers))
    lines = list(iter(client._file.readline, b"\r\n"))
    assert lines[0] == b"HTTP/1.1 200 OK\r\n" and b"content-type: text/event-stream; charset=utf-8\r\n" in lines


def test_disallowed_host_is_one_short_line_in_the_log(client, caplog):
    from stoppress.service.log_format import LineFormatter

    with caplog.at_level(logging.INFO):
        assert client.fetch("/healthz", Host="evil\u0085\u00e9.example" + "a" * 5000).status == 400
    (record,) = [record for record in caplog.records if record.name.startswith("django.security")]
    text = LineFormatter().format(record)
    assert record.levelno == logging.WARNING and "Traceback" not in text and len(text) < 250
    assert text.isprintable() and "evil" in text
