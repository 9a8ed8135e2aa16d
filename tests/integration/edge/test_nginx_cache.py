"""The nginx configuration in deploy/, in a real nginx before the real web process."""

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
MAX_STALE_SECONDS = 11
"""No copy may be older: it is fresh for five seconds, and may be used for five more while a new one is fetched."""
pytestmark = pytest.mark.django_db(transaction=True)


class SilentOrigin:
    """An origin that answers only the first request for each address."""

    HEAD = b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\nConnection: close\r\nCache-Control: max-age=0, s-maxage=1, "

    def __init__(self) -> None:
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = self._listener.getsockname()[1]
        self._answered_paths: set[bytes] = set()
        self._waiting: list[socket.socket] = []
        threading.Thread(target=self._serve, daemon=True).start()

    def __enter__(self) -> "SilentOrigin":
        return self

    def __exit__(self, *failure: object) -> None:
        for connection in (self._listener, *self._waiting):
            connection.close()

    @property
    def waiting(self) -> int:
        """Requests that wait for a response."""
        return len(self._waiting)

    def _serve(self) -> None:
        with suppress(OSError):
            while True:
                connection, _ = self._listener.accept()
                path = connection.recv(65536).split(b" ")[1]
                if path in self._answered_paths:
                    self._waiting.append(connection)
                    continue
                self._answered_paths.add(path)
                connection.sendall(self.HEAD + b"stale-while-revalidate=1, stale-if-error=60\r\n\r\nas it was")
                connection.close()


@pytest.fixture
def cache(blog, serving, tmp_path):  # type: ignore[no-untyped-def]
    port = free_port()
    http = configuration(CONF, tmp_path, serving.port, port)
    with nginx(tmp_path / "nginx", http, f"http://127.0.0.1:{port}/healthz"), RawConnection(port) as client:
        client.origin_log = tmp_path / "origin.log"  # type: ignore[attr-defined]  # read by the tests
        yield client


def test_nginx_collapses_a_thousand_polls_into_a_few(cache, blog):
    path = f"/live/{blog.slug}/changes/{find_blog(blog.slug).epoch}-1"
    began = time.monotonic()
    answers = [cache.fetch(path, **{"Accept-Encoding": f"gzip, x{turn}"}) for turn in range(1000)]
    assert {answer.status for answer in answers} == {200} and {len(answer.body) for answer in answers} == {
        len(answers[0].body)
    }
    requests = cache.origin_log.read_text().count("/changes/")
    assert requests <= 2 + 2 * (time.monotonic() - began)


def test_nginx_drops_withdrawn_text_within_seconds(cache, blog, clock):
    post = actions.publish(blog.slug, Content(headline="The mayor has drowned"), by="tom", now=clock.tick())
    page = f"/live/{blog.slug}"
    wait_until(lambda: b"mayor" in cache.fetch(page).body)
    actions.withdraw(blog.slug, post.pk, note="Not so.", by="ines", now=clock.tick())
    wait_until(lambda: b"mayor" not in cache.fetch(page).body, 4, 0.2)
    assert cache.fetch(page).get("x-cache") in ("HIT", "UPDATING", "REVALIDATED")


def test_nginx_keeps_a_page_per_encoding_and_revalidates_it(cache, blog):
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
def test_nginx_sends_no_refused_encoding(cache, blog, accept, encoding):
    for path in (f"/live/{blog.slug}", f"/live/{blog.slug}/feed.atom", f"/embed/{blog.slug}"):
        assert cache.fetch(path, **{"Accept-Encoding": accept}).get("content-encoding") == encoding


def test_nginx_passes_streams_through(cache, blog, clock):
    cache.send(cache.build_request(f"/live/{blog.slug}/stream"))
    assert cache._file.readline().startswith(b"HTTP/1.1 200")
    actions.publish(blog.slug, Content(headline="Second alarm"), by="tom", now=clock.tick())
    lines = iter(cache._file.readline, b"")
    assert any(b"Second alarm" in line for line in lines)


@pytest.mark.parametrize("kind", ["feed.atom", "feed.rss", "feed.json", "blog.jsonld", ""])
def test_nginx_keeps_and_drops_feeds_and_embeds_like_pages(cache, blog, clock, kind):
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


def test_nginx_sends_no_withdrawn_text_when_a_stale_copy_is_requested(cache, blog, clock):
    post = actions.publish(blog.slug, Content(headline="The mayor has drowned"), by="tom", now=clock.tick())
    page = f"/live/{blog.slug}"
    paths = [page, f"{page}/posts/{post.pk}", f"{page}/feed.atom", f"{page}/blog.jsonld", f"/embed/{blog.slug}"]
    for path in paths:
        wait_until(lambda path=path: b"mayor" in cache.fetch(path).body)  # type: ignore[misc]
    actions.withdraw(blog.slug, post.pk, note="Not so.", by="ines", now=clock.tick())
    time.sleep(MAX_STALE_SECONDS)
    assert [path for path in paths if b"mayor" in cache.fetch(path).body] == []


@pytest.mark.parametrize("spelling", ["/live//{}", "//live/{}", "/x/../live/{}", "/live/{}/", "/live/./{}"])
def test_nginx_keeps_other_spellings_of_an_address_apart(cache, blog, spelling):
    page = f"/live/{blog.slug}"
    assert cache.fetch(spelling.format(blog.slug)).status == 404
    assert cache.fetch(page).status == 200
    cache.fetch(spelling.format(blog.slug))
    time.sleep(1.1)
    assert [cache.fetch(path).status for path in (spelling.format(blog.slug), page)] == [404, 200]


def test_nginx_sends_stale_copies_when_the_origin_is_slow(tmp_path):
    """At most `max_conns` requests wait for the origin, here one; the others get a stale copy, as if it were down."""
    conf = tmp_path / "stoppress.conf"
    conf.write_text(CONF.read_text(encoding="utf-8").replace("max_conns=256", "max_conns=1"), encoding="utf-8")
    with SilentOrigin() as origin:
        port = free_port()
        http = configuration(conf, tmp_path, origin.port, port)
        with nginx(tmp_path / "nginx", http, f"http://127.0.0.1:{port}/static/x"), RawConnection(port) as first:
            assert first.fetch("/live/storm").body == b"as it was"
            time.sleep(3.2)  # nginx counts whole seconds: now the copy is stale by each of its limits
            first.send(first.build_request("/live/storm"))  # waits for a response that never arrives
            wait_until(lambda: origin.waiting == 1)
            with RawConnection(port) as second:
                response = second.fetch("/live/storm")
            assert (response.status, response.body, response.get("x-cache")) == (200, b"as it was", "STALE")
            assert origin.waiting == 1


def test_nginx_keeps_static_files_for_a_minute(cache):
    assert cache.fetch("/static/edge/live.js").get("cache-control") == "max-age=60, public"
    assert cache.fetch("/static/edge/live.js").get("x-cache") == "HIT"
