"""Links that lead nowhere, or in an odd way: cheap however many follow them, and right once coverage is there."""

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
OFTEN = 40
ASKED_FOR = ["/live/nope", "/live/nope/stream", f"/live/{SLUG}/posts/{POST}", "/live/nope/feed.rss", "/embed/nope"]
OPEN = ["changes/abc-1", "stream", "feed.atom", "feed.rss", "feed.json", "blog.jsonld"]


@pytest.fixture
def wire(blog: LiveBlog, serving: Serving) -> Iterator[RawConnection]:
    response_cache.clear()
    with RawConnection(serving.port) as opened:
        yield opened
    response_cache.clear()


@pytest.fixture
def standing_still(wire: RawConnection, monkeypatch: pytest.MonkeyPatch) -> None:
    """The follower looks only when it hears a hint."""
    monkeypatch.setattr("stoppress.edge.follower.log_follower.POLL_INTERVAL_SECONDS", 60.0)
    monkeypatch.setattr("stoppress.edge.cache.log_positions.MAX_AGE_SECONDS", 60.0)
    time.sleep(0.5)  # the look that was waiting


def open_nope(clock: Clock) -> None:
    actions.open_blog(slug="nope", headline="Now", standfirst="", zone="Europe/London", by="ines", now=clock.tick())


@pytest.mark.parametrize("path", ASKED_FOR)
@pytest.mark.parametrize("method", ["GET", "HEAD"])
def test_a_wrong_link_that_many_follow_is_asked_for_once(wire, standing_still, django_answers, path, method):
    first = wire.fetch(path, method)
    for number in range(OFTEN):
        found = wire.fetch(f"{path}?from={number}", method, **{"If-None-Match": "*"})
        assert (found.status, found.body) == (404, first.body)
        assert {key: value for key, value in found.headers if key != "date"} == {
            key: value for key, value in first.headers if key != "date"
        }
    assert len(django_answers) == 1


def test_a_wrong_link_costs_few_answers_also_while_the_follower_looks(wire, django_answers):
    began = time.monotonic()
    for _ in range(400):
        assert wire.fetch("/live/nope").status == 404
    looks = 2 + (time.monotonic() - began) / 0.2
    assert len(django_answers) <= looks


def test_coverage_that_is_opened_at_a_wrong_address_is_there_at_once(wire, standing_still, clock):
    for _ in range(3):
        assert [wire.fetch(path).status for path in ("/live/nope", "/embed/nope", "/live/nope/feed.rss")] == [404] * 3
    open_nope(clock)
    assert [wire.fetch(path).status for path in ("/live/nope", "/embed/nope", "/live/nope/feed.rss")] == [200] * 3


def test_a_post_that_is_published_at_a_wrong_address_is_there_at_once(wire, standing_still, clock):
    for _ in range(3):
        assert wire.fetch(f"/live/{SLUG}/posts/{POST}").status == 404
    actions.publish(SLUG, Content(headline="Here"), by="tom", now=clock.tick(), post_id=POST)
    assert wire.fetch(f"/live/{SLUG}/posts/{POST}").status == 200


def test_a_stream_of_a_live_blog_that_was_just_opened_is_taken_up(wire, serving, clock):
    assert wire.fetch("/live/nope/stream").status == 404
    open_nope(clock)
    wait_until(lambda: wire.fetch("/live/nope/stream", "HEAD").status != 404, 1)

    def taken_up() -> bool:
        with RawConnection(serving.port) as other:
            return other.fetch("/live/nope/stream", "HEAD").status == 200

    wait_until(taken_up, 5)


def test_what_another_process_opens_is_there_within_a_second(wire, clock, monkeypatch):
    monkeypatch.setattr(notifications, "notify", lambda topic: None)
    assert wire.fetch("/live/nope").status == 404
    open_nope(clock)
    wait_until(lambda: wire.fetch("/live/nope").status == 200, 1.5)


@pytest.mark.parametrize("path", [*(f"/live/nope/{rest}" for rest in OPEN), "/embed/nope"])
@pytest.mark.parametrize("headers", [{}, {"Content-Length": "0"}], ids=["plain", "the long way"])
def test_other_sites_scripts_hear_that_nothing_is_there(wire, path, headers):
    for _ in range(2):
        found = wire.fetch(path, Origin="https://other.example", **headers)
        assert (found.status, found.get("access-control-allow-origin")) == (404, "*")
        assert [key for key, _ in found.headers].count("access-control-allow-origin") == 1


@pytest.mark.parametrize("path", ["/live/nope", "/no-such-page", "/desk/nope", "/api/v1/nope", "/live/nope/feed.xml"])
def test_nothing_else_that_is_not_there_is_open_to_other_sites(wire, path):
    found = wire.fetch(path, Origin="https://other.example")
    assert not found.get("access-control-allow-origin")


def test_a_stream_that_cannot_be_taken_over_is_no_fault(wire, caplog):
    with caplog.at_level(logging.INFO):
        wire.send(wire.build_request("/healthz") + wire.build_request(f"/live/{SLUG}/stream"))
        assert [wire.read_response().status for _ in range(2)] == [200, 503]
    told = [record for record in caplog.records if record.name != "uvicorn.access"]
    assert [record.levelname for record in told if "stream" in record.getMessage()] == ["INFO"]


@pytest.mark.parametrize("path", [f"/live/{SLUG}/stream", "/live/storm%2Dmaren/stream", "/live/%73torm-maren/stre%61m"])
@pytest.mark.parametrize("headers", [{}, {"Content-Length": "0"}], ids=["plain", "a length of nothing"])
def test_a_stream_is_taken_over_however_it_is_spelt(wire, path, headers):
    wire.send(wire.build_request(path, **headers))
    lines = list(iter(wire._file.readline, b"\r\n"))
    assert lines[0] == b"HTTP/1.1 200 OK\r\n" and b"content-type: text/event-stream; charset=utf-8\r\n" in lines


def test_a_bad_host_is_one_short_line_in_the_log(wire, caplog):
    from stoppress.service.log_format import LineFormatter

    with caplog.at_level(logging.INFO):
        assert wire.fetch("/healthz", Host="evil\u0085\u00e9.example" + "a" * 5000).status == 400
    (record,) = [record for record in caplog.records if record.name.startswith("django.security")]
    text = LineFormatter().format(record)
    assert record.levelno == logging.WARNING and "Traceback" not in text and len(text) < 250
    assert text.isprintable() and "evil" in text
