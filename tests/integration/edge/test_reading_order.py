"""The posts of a live blog from the start: complete without script, and no second page for search engines."""

import re
from collections.abc import Callable

import pytest
from django.test import Client

from stoppress.coverage.actions import pin, publish, withdraw
from stoppress.coverage.models import LiveBlog, Post
from stoppress.coverage.newsroom import newsroom
from stoppress.coverage.post_content import Content
from tests.support.clocks import Clock

LIVE = "/live/storm-maren"
START = f"{LIVE}/from-the-start"

Write = Callable[[str], Post]


@pytest.fixture
def write(blog: LiveBlog, clock: Clock) -> Write:
    """Return a function that publishes a post a minute after the previous one."""

    def publish_one(headline: str) -> Post:
        return publish(blog.slug, Content(headline=headline, body="<p>Rain.</p>"), by="ines", now=clock.tick())

    return publish_one


def page_of(client: Client, path: str) -> str:
    response = client.get(path)
    assert response.status_code == 200, path
    return response.content.decode()


def headlines(page: str) -> list[str]:
    return re.findall(r"<h2 class=\"post__headline\"[^>]*>([^<]+)", page)


def link(page: str, relation: str) -> str:
    found = re.search(rf'rel="{relation}[^"]*" href="([^"]+)"', page)
    return found[1] if found else ""


def test_pages_from_the_start_hold_every_post_once_and_lead_both_ways(client: Client, write: Write) -> None:
    for number in range(1, 46):
        write(f"Post {number}")
    first = page_of(client, START)
    assert headlines(first) == [f"Post {number}" for number in range(1, 21)]
    assert link(first, "prev") == ""
    second_path = link(first, "next")
    second = page_of(client, second_path)
    assert headlines(second) == [f"Post {number}" for number in range(21, 41)]
    assert link(second, "prev") == START
    third = page_of(client, link(second, "next"))
    assert headlines(third) == [f"Post {number}" for number in range(41, 46)]
    assert (link(third, "prev"), link(third, "next")) == (second_path, "")
    write("Post 46")
    assert headlines(page_of(client, second_path)) == headlines(second)
    assert headlines(page_of(client, link(second, "next")))[-1] == "Post 46"


def test_pinned_post_stays_at_its_place_and_a_withdrawn_one_is_a_tombstone(
    client: Client, blog: LiveBlog, write: Write, clock: Clock
) -> None:
    posts = [write(f"Post {number}") for number in range(1, 5)]
    pin(blog.slug, posts[2].pk, on=True, by="ines", now=clock.tick())
    withdraw(blog.slug, posts[1].pk, note="Not so.", by="ines", now=clock.tick())
    page = page_of(client, START)
    assert re.findall(r'data-post="([^"]+)"', page) == [str(post.pk) for post in posts]
    assert headlines(page) == ["Post 1", "Post 3", "Post 4"]
    assert "Not so." in page and "Post 2" not in page


def test_search_engines_keep_the_main_address(client: Client, write: Write) -> None:
    post = write("Post 1")
    canonical = f'<link rel="canonical" href="{newsroom().absolute_url(LIVE)}">'
    for path in (START, f"{LIVE}/after/{post.pk}"):
        page = page_of(client, path)
        assert canonical in page and '<meta name="robots" content="noindex, follow">' in page
        assert "ld+json" not in page.partition("<body")[2]
    assert "noindex" not in page_of(client, LIVE)


def test_each_page_marks_its_order(client: Client, write: Write) -> None:
    post = write("Post 1")
    newest, start = f'href="{LIVE}" aria-current="true"', f'href="{START}" aria-current="true"'
    for path, current, other in (
        *((path, newest, start) for path in (LIVE, f"{LIVE}/before/{post.pk}")),
        *((path, start, newest) for path in (START, f"{LIVE}/after/{post.pk}")),
    ):
        page = page_of(client, path)
        assert current in page and other not in page, path
    assert 'class="switch"' not in page_of(client, "/embed/storm-maren")


def test_unknown_posts_are_not_found(client: Client, blog: LiveBlog) -> None:
    assert client.get(f"{LIVE}/after/6f1c6a34-0c3e-4c55-9f6e-0f6f7d1f8a11").status_code == 404
    assert client.get("/live/nothing/from-the-start").status_code == 404
