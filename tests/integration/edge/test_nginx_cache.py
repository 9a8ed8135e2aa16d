"""The nginx configuration that is shipped, in a real nginx before the real web process."""

import socket
import threading
import time
from contextlib import suppress
from pathlib import Path

import pytest

from bench.pages.cache_offload import configuration
from bench.servers.nginx import nginx
from stoppress.coverage import actions
from stoppress.coverage.post_content import Content
from stoppress.coverage.public_posts import find_blog
from tests.support.raw_http import RawConnection
from tests.support.web_server import free_port, wait_until

CONF = Path(__file__).parents[3] / "deploy" / "nginx" / "stoppress.conf"
LONGEST = 11
"""Seconds after which no copy may be shown any more: five, and five more while a new one is fetched."""
pytestmark = pytest.mark.django_db(transaction=True)


class AnswersOnce:
    """An origin that answers the first request for each address, and lets every other wait."""

    HEAD = b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\nConnection: close\r\nCache-Control: max-age=0, s-maxage=1, "

    def __init__(self) -> None:
        self._listening = socket.create_server(("127.0.0.1", 0))
        self.port = self._listening.getsockname()[1]
        self._answered: set[bytes] = set()
        self._kept: list[socket.socket] = []
        threading.Thread(target=self._serve, daemon=True).start()

    def __enter__(self) -> "AnswersOnce":
        return self

    def __exit__(self, *failure: object) -> None:
        for one in (self._listening, *self._kept):
            one.close()

    @property
    def waiting(self) -> int:
        """How many wait for an answer."""
        return len(self._kept)

    def _serve(self) -> None:
        with suppress(OSError):
            while True:
                one, _ = self._listening.accept()
                address = one.recv(65536).split(b" ")[1]
                if address in self._answered:
                    self._kept.append(one)
                    continue
                self._answered.add(address)
                one.sendall(self.HEAD + b"stale-while-revalidate=1, stale-if-error=60\r\n\r\nas it was")
                one.close()


@pytest.fixture
def cache(blog, serving, tmp_path):  # type: ignore[no-untyped-def]
    port = free_port()
    http = configuration(CONF, tmp_path, serving.port, port)
    with nginx(tmp_path / "nginx", http, f"http://127.0.0.1:{port}/healthz"), RawConnection(port) as wire:
        wire.asked = tmp_path / "origin.log"  # type: ignore[attr-defined]  # for this test to count in
        yield wire


def test_a_thousand_polls_are_a_handful_at_the_origin(cache, blog):
    path = f"/live/{blog.slug}/changes/{find_blog(blog.slug).epoch}-1"
    began = time.monotonic()
    answers = [cache.fetch(path, **{"Accept-Encoding": f"gzip, x{turn}"}) for turn in range(1000)]
    assert {answer.status for answer in answers} == {200} and {len(answer.body) for answer in answers} == {
        len(answers[0].body)
    }
    asked = cache.asked.read_text().count("/changes/")
    assert asked <= 2 + 2 * (time.monotonic() - began)


def test_withdrawn_text_leaves_the_cache_within_seconds(cache, blog, clock):
    post = actions.publish(blog.slug, Content(headline="The mayor has drowned"), by="tom", now=clock.tick())
    page = f"/live/{blog.slug}"
    wait_until(lambda: b"mayor" in cache.fetch(page).body)
    actions.withdraw(blog.slug, post.pk, note="Not so.", by="ines", now=clock.tick())
    wait_until(lambda: b"mayor" not in cache.fetch(page).body, 4, 0.2)
    assert cache.fetch(page).get("x-cache") in ("HIT", "UPDATING", "REVALIDATED")


def test_a_page_is_kept_once_per_encoding_and_revalidated(cache, blog):
    page = f"/live/{blog.slug}"
    cache.fetch(page, **{"Accept-Encoding": "br"})
    hit = cache.fetch(page, **{"Accept-Encoding": "gzip;q=0.1, br"})
    assert hit.get("content-encoding") == "br" and hit.get("x-cache") == "HIT"
    assert cache.fetch(page, **{"If-None-Match": cache.fetch(page).get("etag")}).status == 304


@pytest.mark.parametrize(
    ("accept", "encoding"),
    [
        ("br;q=0, gzip", "gzip"),
        ("gzip;q=0", ""),
        ("gzip ; q=0.000, br;q=0.0", ""),
        ("br;q=0.5", "br"),
        ("gzip;q=0.001", "gzip"),
        ("gzip, br;q=0,deflate", "gzip"),
    ],
)
def test_an_encoding_that_is_refused_is_not_sent(cache, blog, accept, encoding):
    for path in (f"/live/{blog.slug}", f"/live/{blog.slug}/feed.atom", f"/embed/{blog.slug}"):
        assert cache.fetch(path, **{"Accept-Encoding": accept}).get("content-encoding") == encoding


def test_a_stream_goes_straight_through(cache, blog, clock):
    cache.send(cache.build_request(f"/live/{blog.slug}/stream"))
    assert cache._file.readline().startswith(b"HTTP/1.1 200")
    actions.publish(blog.slug, Content(headline="Second alarm"), by="tom", now=clock.tick())
    lines = iter(cache._file.readline, b"")
    assert any(b"Second alarm" in line for line in lines)


@pytest.mark.parametrize("kind", ["feed.atom", "feed.rss", "feed.json", "blog.jsonld", ""])
def test_feeds_structured_data_and_embeds_are_kept_and_let_go_of_like_pages(cache, blog, clock, kind):
    post = actions.publish(blog.slug, Content(headline="The mayor has drowned"), by="tom", now=clock.tick())
    path = f"/live/{blog.slug}/{kind}" if kind else f"/embed/{blog.slug}"
    wait_until(lambda: b"mayor" in cache.fetch(path).body)
    hit = cache.fetch(path)
    assert hit.get("x-cache") in ("HIT", "UPDATING") and hit.get("access-control-allow-origin") == "*"
    assert ("frame-ancestors *" in hit.get("content-security-policy")) is (kind == "")
    assert bool(hit.get("x-frame-options")) is bool(kind)
    assert cache.fetch(path, **{"If-None-Match": hit.get("etag")}).status == 304
    actions.withdraw(blog.slug, post.pk, note="Not so.", by="ines", now=clock.tick())
    wait_until(lambda: b"mayor" not in cache.fetch(path).body, 15, 0.2)


def test_withdrawn_text_does_not_come_back_to_the_first_who_asks_after_a_while(cache, blog, clock):
    post = actions.publish(blog.slug, Content(headline="The mayor has drowned"), by="tom", now=clock.tick())
    page = f"/live/{blog.slug}"
    paths = [page, f"{page}/posts/{post.pk}", f"{page}/feed.atom", f"{page}/blog.jsonld", f"/embed/{blog.slug}"]
    for path in paths:
        wait_until(lambda path=path: b"mayor" in cache.fetch(path).body)  # type: ignore[misc]
    actions.withdraw(blog.slug, post.pk, note="Not so.", by="ines", now=clock.tick())
    time.sleep(LONGEST)
    assert [path for path in paths if b"mayor" in cache.fetch(path).body] == []


@pytest.mark.parametrize("spelling", ["/live//{}", "//live/{}", "/x/../live/{}", "/live/{}/", "/live/./{}"])
def test_another_spelling_of_an_address_changes_nothing_at_the_address(cache, blog, spelling):
    page = f"/live/{blog.slug}"
    assert cache.fetch(spelling.format(blog.slug)).status == 404
    assert cache.fetch(page).status == 200
    cache.fetch(spelling.format(blog.slug))
    time.sleep(1.1)
    assert [cache.fetch(path).status for path in (spelling.format(blog.slug), page)] == [404, 200]


def test_while_stop_press_is_slow_older_copies_are_shown(tmp_path):
    """So many wait for it as the configuration says, here one; the others are answered as if it were down."""
    conf = tmp_path / "stoppress.conf"
    conf.write_text(CONF.read_text(encoding="utf-8").replace("max_conns=256", "max_conns=1"), encoding="utf-8")
    with AnswersOnce() as origin:
        port = free_port()
        http = configuration(conf, tmp_path, origin.port, port)
        with nginx(tmp_path / "nginx", http, f"http://127.0.0.1:{port}/static/x"), RawConnection(port) as first:
            assert first.fetch("/live/storm").body == b"as it was"
            time.sleep(3.2)  # nginx counts whole seconds: the copy is old enough by all of them
            first.send(first.build_request("/live/storm"))  # waits for an answer that does not come
            wait_until(lambda: origin.waiting == 1)
            with RawConnection(port) as second:
                found = second.fetch("/live/storm")
            assert (found.status, found.body, found.get("x-cache")) == (200, b"as it was", "STALE")
            assert origin.waiting == 1


def test_a_file_that_pages_load_is_kept_for_a_minute(cache):
    assert cache.fetch("/static/edge/live.js").get("cache-control") == "max-age=60, public"
    assert cache.fetch("/static/edge/live.js").get("x-cache") == "HIT"
