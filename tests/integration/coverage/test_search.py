"""Full-text search over standing posts."""

import pytest

from stoppress.coverage.actions import open_blog, publish, update, withdraw
from stoppress.coverage.models import LiveBlog, Post
from stoppress.coverage.post_content import Content, Source
from stoppress.coverage.search import find_posts

SLUG = "storm-maren"


def headlines(query: str, *blogs: LiveBlog) -> list[str]:
    return [post.revision.headline for post in find_posts(query, [blog.pk for blog in blogs], 50) if post.revision]


def post_of(headline: str, body: str, clock, slug: str = SLUG, **fields) -> Post:
    return publish(slug, Content(headline, f"<p>{body}</p>", **fields), by="ines", now=clock())


@pytest.mark.parametrize(
    "query",
    [
        "ferry",
        "FERRY harbour",
        "harb",
        "café",
        "cafe",
        "Zeleň",
        "зеленский",
        "Ίλιον",
        "okafor",
        "coastguard",
        "a",
        "Café in",
    ],
)
def test_post_is_found_by_words_of_text_headline_byline_and_source(blog: LiveBlog, clock, query: str) -> None:
    body = "Passengers leave the harbour at a Café inside. Zelen. Зеленский. ΊΛΙΟΝ."
    post_of("Ferry", body, clock, bylines=("Ines Okafor",), sources=(Source("Coastguard"),))
    assert headlines(query, blog) == ["Ferry"]


@pytest.mark.parametrize(
    "query", ["", "   ", "!!!", '"', "ferry bridge", "erry", "f", "harbour* OR x", "blog", "'", "\\"]
)
def test_other_words_and_signs_find_nothing_and_break_nothing(blog: LiveBlog, clock, query: str) -> None:
    post_of("Ferry", "In the harbour.", clock)
    assert headlines(query, blog) == []


def test_newest_text_comes_first_and_old_text_is_no_longer_found(blog: LiveBlog, clock) -> None:
    first = post_of("Wall one", "Stone.", clock)
    post_of("Wall two", "Stone.", clock)
    assert headlines("wall", blog) == ["Wall two", "Wall one"]
    update(SLUG, first.pk, Content("Wall three", "<p>Brick.</p>"), by="ines", now=clock(), based_on=1)
    assert headlines("wall", blog) == ["Wall three", "Wall two"]
    assert headlines("stone", blog) == ["Wall two"]


def test_withdrawn_post_is_not_found(blog: LiveBlog, clock) -> None:
    post = post_of("Wall", "Stone.", clock)
    withdraw(SLUG, post.pk, note="Wrong.", by="ines", now=clock())
    assert headlines("stone", blog) == []


def test_search_covers_only_the_given_live_blogs(blog: LiveBlog, clock) -> None:
    other = open_blog(slug="other", headline="Other", zone="UTC", by="ines", now=clock())
    post_of("Here", "Stone.", clock)
    post_of("There", "Stone.", clock, slug="other")
    assert headlines("stone", blog) == ["Here"]
    assert headlines("stone", other) == ["There"]
    assert sorted(headlines("stone", blog, other)) == ["Here", "There"]
    assert headlines("stone") == []


def test_limit_keeps_the_newest(blog: LiveBlog, clock) -> None:
    for number in range(5):
        post_of(f"Number {number}", "Stone.", clock)
    assert [post.revision.headline for post in find_posts("stone", [blog.pk], 2)] == ["Number 4", "Number 3"]
