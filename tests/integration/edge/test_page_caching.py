"""Readers' pages: number of queries, and how long caches may keep them."""

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from stoppress.coverage.actions import publish, withdraw
from stoppress.coverage.models import LiveBlog, Post
from stoppress.coverage.post_content import Content
from stoppress.edge.cache import log_positions
from tests.support.cache_headers import EDITOR_COOKIES, NEWEST_CACHE_CONTROL, OTHER_CACHE_CONTROL
from tests.support.clocks import Clock

LIVE = "/live/storm-maren"


@pytest.fixture
def post(blog: LiveBlog, clock: Clock) -> Post:
    content = Content(headline="Ferry waits", body="<p>Two miles out.</p>", bylines=("Ines Okafor",))
    return publish(blog.slug, content, by="ines", now=clock.tick())


def queries(client: Client, path: str) -> int:
    with CaptureQueriesContext(connection) as captured:
        client.get(path)
    return len(captured)


def paths(post: Post) -> dict[str, str]:
    newest = dict.fromkeys(("/", LIVE, f"{LIVE}/from-the-start", f"{LIVE}/lite"), NEWEST_CACHE_CONTROL)
    others = (f"{LIVE}/{page}/{post.pk}" for page in ("before", "after", "posts"))
    return newest | dict.fromkeys(others, OTHER_CACHE_CONTROL)


def test_pages_may_be_shared_for_seconds(client: Client, post: Post) -> None:
    for path, caching in paths(post).items():
        response = client.get(path)
        assert response.status_code == 200, path
        assert response["Cache-Control"] == caching
        assert "cookie" not in response.get("Vary", "").lower()
        assert "Set-Cookie" not in response and not response.cookies


def test_pages_are_the_same_with_and_without_cookies(client: Client, post: Post) -> None:
    for path in paths(post):
        plain = client.get(path)
        marked = client.get(path, headers={"cookie": EDITOR_COOKIES})
        assert marked.content == plain.content
        assert not marked.cookies


def test_page_is_304_until_something_changes(client: Client, blog: LiveBlog, post: Post, clock: Clock) -> None:
    for path in paths(post):
        etag = client.get(path)["ETag"]
        again = client.get(path, headers={"if-none-match": etag})
        assert (again.status_code, again.content) == (304, b"")
        assert again["ETag"] == etag and again["Cache-Control"]
    publish(blog.slug, Content(body="<p>More.</p>"), by="ines", now=clock.tick())
    for path in paths(post):
        assert client.get(path, headers={"if-none-match": etag}).status_code == 200


def test_page_of_a_post_is_410_when_it_is_withdrawn(client: Client, blog: LiveBlog, post: Post, clock: Clock) -> None:
    path = f"{LIVE}/posts/{post.pk}"
    etag = client.get(path)["ETag"]
    withdraw(blog.slug, post.pk, note="Wrong.", by="ines", now=clock.tick())
    gone = client.get(path, headers={"if-none-match": etag})
    assert gone.status_code == 410
    assert "ETag" not in gone
    assert gone["Cache-Control"] == OTHER_CACHE_CONTROL


def test_page_is_rendered_once_per_change(client: Client, blog: LiveBlog, post: Post, clock: Clock) -> None:
    for path in paths(post):
        assert queries(client, path) <= 10, path
        assert queries(client, path) == 1, path  # for the position of the log; with a follower, there is none
    publish(blog.slug, Content(body="<p>More.</p>"), by="ines", now=clock.tick())
    assert queries(client, LIVE) > 1
    assert queries(client, LIVE) == 1


def test_page_needs_no_query_while_the_log_is_followed(client: Client, post: Post) -> None:
    for path in (LIVE, "/"):
        client.get(path)
    log_positions.store(log_positions.read_all(), log_positions.invalidation_count())
    try:
        assert [queries(client, path) for path in (LIVE, "/")] == [0, 0]
    finally:
        log_positions.invalidate()


def test_page_needs_as_many_queries_for_any_number_of_posts(
    client: Client, blog: LiveBlog, post: Post, clock: Clock
) -> None:
    client.get(LIVE)
    publish(blog.slug, Content(body="<p>More.</p>"), by="ines", now=clock.tick())
    one = queries(client, LIVE)
    for number in range(30):
        content = Content(headline=f"Post {number}", body="<p>Rain.</p>")
        publish(blog.slug, content, by="ines", now=clock.tick(), labels=("key-event",))
    assert queries(client, LIVE) == one


def test_page_is_the_same_for_any_query_string(client: Client, post: Post) -> None:
    page = client.get(LIVE)
    assert queries(client, f"{LIVE}?utm_source=letter") == 1
    assert client.get(f"{LIVE}?utm_source=letter").content == page.content


def test_head_gets_no_body(client: Client, post: Post) -> None:
    for path in paths(post):
        response = client.head(path)
        assert (response.status_code, response.content) == (200, b"")
        assert response["ETag"]


def test_post_to_a_page_is_refused(client: Client, post: Post) -> None:
    assert client.post(LIVE).status_code in (403, 405)
