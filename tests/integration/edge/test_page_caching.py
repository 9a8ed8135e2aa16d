"""What readers' pages cost, and how long anybody may keep them."""

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from stoppress.coverage.actions import publish, withdraw
from stoppress.coverage.models import LiveBlog, Post
from stoppress.coverage.post_content import Content
from stoppress.edge.cache import log_positions
from tests.support.cache_headers import EDITOR_COOKIES, OTHER_CACHE_CONTROL, NEWEST_CACHE_CONTROL
from tests.support.clocks import Clock

LIVE = "/live/storm-maren"


@pytest.fixture
def post(blog: LiveBlog, clock: Clock) -> Post:
    content = Content(headline="Ferry waits", body="<p>Two miles out.</p>", bylines=("Ines Okafor",))
    return publish(blog.slug, content, by="ines", now=clock.tick())


def queries(client: Client, path: str) -> int:
    with CaptureQueriesContext(
        connection,
    ) as found:
        client.get(path)
    return len(found)


def paths(post: Post) -> dict[str, str]:
    return {"/": NEWEST_CACHE_CONTROL, LIVE: NEWEST_CACHE_CONTROL, f"{LIVE}/before/{post.pk}": OTHER_CACHE_CONTROL, f"{LIVE}/posts/{post.pk}": OTHER_CACHE_CONTROL}


def test_everything_may_be_shared_but_not_for_long(client: Client, post: Post) -> None:
    for path, caching in paths(post).items():
        response = client.get(path)
        assert response.status_code == 200, path
        assert response["Cache-Control"] == caching
        assert "cookie" not in response.get("Vary", "").lower()
        assert "Set-Cookie" not in response and not response.cookies


def test_a_cookie_changes_nothing(client: Client, post: Post) -> None:
    for path in paths(post):
        plain = client.get(path)
        marked = client.get(path, headers={"cookie": EDITOR_COOKIES})
        assert marked.content == plain.content
        assert not marked.cookies


def test_who_has_it_already_hears_304_until_something_changes(
    client: Client, blog: LiveBlog, post: Post, clock: Clock
) -> None:
    for path in paths(post):
        etag = client.get(path)["ETag"]
        again = client.get(path, headers={"if-none-match": etag})
        assert (again.status_code, again.content) == (304, b"")
        assert again["ETag"] == etag and again["Cache-Control"]
    publish(blog.slug, Content(body="<p>More.</p>"), by="ines", now=clock.tick())
    for path in paths(post):
        assert client.get(path, headers={"if-none-match": etag}).status_code == 200


def test_who_had_a_post_that_is_withdrawn_hears_that_it_is_gone(
    client: Client, blog: LiveBlog, post: Post, clock: Clock
) -> None:
    path = f"{LIVE}/posts/{post.pk}"
    etag = client.get(path)["ETag"]
    withdraw(blog.slug, post.pk, note="Wrong.", by="ines", now=clock.tick())
    gone = client.get(path, headers={"if-none-match": etag})
    assert gone.status_code == 410
    assert "ETag" not in gone
    assert gone["Cache-Control"] == OTHER_CACHE_CONTROL


def test_a_page_is_rendered_once_per_change(client: Client, blog: LiveBlog, post: Post, clock: Clock) -> None:
    for path in paths(post):
        assert queries(client, path) <= 10, path
        assert queries(client, path) == 1, path  # where the log ends; the follower spares that one too
    publish(blog.slug, Content(body="<p>More.</p>"), by="ines", now=clock.tick())
    assert queries(client, LIVE) > 1
    assert queries(client, LIVE) == 1


def test_while_the_log_is_followed_a_page_costs_no_query(client: Client, post: Post) -> None:
    for path in (LIVE, "/"):
        client.get(path)
    log_positions.store(log_positions.read_all(), log_positions.invalidation_count())
    try:
        assert [queries(client, path) for path in (LIVE, "/")] == [0, 0]
    finally:
        log_positions.invalidate()


def test_the_number_of_posts_does_not_change_the_number_of_queries(
    client: Client, blog: LiveBlog, post: Post, clock: Clock
) -> None:
    client.get(LIVE)
    publish(blog.slug, Content(body="<p>More.</p>"), by="ines", now=clock.tick())
    one = queries(client, LIVE)
    for number in range(30):
        content = Content(headline=f"Post {number}", body="<p>Rain.</p>")
        publish(blog.slug, content, by="ines", now=clock.tick(), labels=("key-event",))
    assert queries(client, LIVE) == one


def test_whatever_follows_the_question_mark_is_the_same_page(client: Client, post: Post) -> None:
    page = client.get(LIVE)
    assert queries(client, f"{LIVE}?utm_source=letter") == 1
    assert client.get(f"{LIVE}?utm_source=letter").content == page.content


def test_head_is_answered_without_a_body(client: Client, post: Post) -> None:
    for path in paths(post):
        response = client.head(path)
        assert (response.status_code, response.content) == (200, b"")
        assert response["ETag"]


def test_posting_to_a_page_is_refused(client: Client, post: Post) -> None:
    assert client.post(LIVE).status_code in (403, 405)
