"""Feeds, structured data and embeds: content, headers, number of queries, and access from other sites."""

import json
import re
from xml.etree import ElementTree

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from stoppress.coverage.actions import correct, pin, publish, withdraw
from stoppress.coverage.post_content import Content
from stoppress.edge.pages.cached_view import page_cache
from stoppress.edge.render.pagination import POSTS_PER_EMBED, POSTS_PER_FEED
from stoppress.edge.render.post_cache import post_cache
from stoppress.syndication.feeds.feed_content import FEED_MEDIA_TYPES
from tests.support.cache_headers import EDITOR_COOKIES, NEWEST_CACHE_CONTROL, OTHER_CACHE_CONTROL

pytestmark = pytest.mark.django_db
SLUG = "storm-maren"
LIVE, EMBED = f"/live/{SLUG}", f"/embed/{SLUG}"
MEDIA_TYPES = {f"{LIVE}/feed.{name}": media_type for name, media_type in FEED_MEDIA_TYPES.items()} | {
    f"{LIVE}/blog.jsonld": "application/ld+json"
}
ADDRESSES = [*MEDIA_TYPES, EMBED]
ATOM = {"a": "http://www.w3.org/2005/Atom"}


@pytest.fixture
def posts(blog, clock):  # type: ignore[no-untyped-def]
    published = [
        publish(SLUG, Content(headline=f"Entry {n}", body="<p>Rain.</p>"), by="ines", now=clock.tick())
        for n in range(POSTS_PER_FEED + 5)
    ]
    pin(SLUG, published[0].pk, on=True, by="ines", now=clock.tick())
    corrected = Content(headline=f"Entry {POSTS_PER_FEED + 3}", body="<p>212.</p>")
    correct(SLUG, published[-2].pk, corrected, note="We said 412.", by="ines", now=clock.tick(), based_on=1)
    withdraw(SLUG, published[-1].pk, note="Not so.", by="ines", now=clock.tick())
    return published


def titles(client: Client, path: str) -> list[str]:
    """Return the titles of the items at `path`, in order."""
    body = client.get(path).content
    if path.endswith("atom"):
        entries = ElementTree.fromstring(body).findall("a:entry", ATOM)
        return [entry.findtext("a:title", "", ATOM) for entry in entries]
    if path.endswith("rss"):
        return [item.findtext("title", "") for item in ElementTree.fromstring(body).iter("item")]
    if path.endswith("json"):
        return [item["title"] for item in json.loads(body)["items"]]
    if path.endswith("jsonld"):
        return [item["headline"] for item in json.loads(body)["liveBlogUpdate"]]
    return re.findall(r'<article [^>]*aria-label="([^"]*)"', body.decode())


def test_feeds_hold_the_newest_posts_in_page_order(client, posts):
    for path in ADDRESSES:
        size = POSTS_PER_EMBED if path == EMBED else POSTS_PER_FEED
        shown = [title.removeprefix("Corrected: ") for title in titles(client, path)]
        expected = ["Entry 0", "Withdrawn post", *(f"Entry {n}" for n in range(POSTS_PER_FEED + 3, 0, -1))]
        assert shown == expected[: size + 1], path


def test_feeds_have_media_types_and_cache_headers(client, posts):
    for path, kind in MEDIA_TYPES.items():
        response = client.get(path)
        assert response["Content-Type"].split(";")[0] == kind
        assert response["Cache-Control"] == OTHER_CACHE_CONTROL
    assert client.get(EMBED)["Content-Type"] == "text/html; charset=utf-8"
    assert client.get(EMBED)["Cache-Control"] == NEWEST_CACHE_CONTROL


def test_feeds_ignore_cookies_and_set_none(client, posts):
    for path in ADDRESSES:
        plain, marked = client.get(path), client.get(path, headers={"cookie": EDITOR_COOKIES})
        assert marked.content == plain.content and not marked.cookies and not plain.cookies
        assert "cookie" not in plain["Vary"].lower()


def test_feeds_allow_other_origins(client, posts):
    for path in ADDRESSES:
        assert client.get(path)["Access-Control-Allow-Origin"] == "*"
        assert client.options(path).status_code == 204
        assert client.post(path).status_code == 405


def test_only_the_embed_may_be_framed_by_other_sites(client, posts):
    embedded, page = client.get(EMBED), client.get(LIVE)
    assert "X-Frame-Options" not in embedded and page["X-Frame-Options"] == "DENY"
    theirs = embedded["Content-Security-Policy"].split("; ")
    assert set(theirs) ^ set(page["Content-Security-Policy"].split("; ")) == {
        "frame-ancestors *",
        "frame-ancestors 'none'",
    }


def test_embed_shows_posts_like_the_page(client, posts):
    article = re.compile(rf'<article [^>]*id="post-{posts[-1].pk}".*?</article>', re.DOTALL)
    shown = [article.search(client.get(path).content.decode()) for path in (LIVE, EMBED)]
    assert shown[0] and shown[1] and shown[0][0] == shown[1][0]


def test_links_of_an_embed_open_a_new_tab(client, posts):
    page = client.get(EMBED).content.decode()
    assert page.index('<base target="_blank">') < page.index("<link")
    assert "target=" not in page.replace('<base target="_blank">', "") and 'href="#' not in page
    assert [link for link in re.findall(r"<a [^>]*>", page) if "noopener" not in link] == []
    assert '<link rel="canonical" href="http://news.test/live/storm-maren">' in page


def test_pages_link_to_their_feeds(client, posts):
    for path in (LIVE, f"{LIVE}/posts/{posts[3].pk}", f"{LIVE}/before/{posts[30].pk}"):
        page = client.get(path).content.decode()
        links = dict(re.findall(r'<link rel="alternate" type="([^"]+)"[^>]* href="([^"]+)">', page))
        assert links == {kind: path for path, kind in MEDIA_TYPES.items()}


def test_structured_data_equals_that_of_the_page(client, posts):
    page = client.get(LIVE).content.decode()
    inside = json.loads(page.split('<script type="application/ld+json">')[1].split("</script>")[0])
    alone = json.loads(client.get(f"{LIVE}/blog.jsonld").content)
    number = len(inside["liveBlogUpdate"])
    assert alone["liveBlogUpdate"][:number] == inside["liveBlogUpdate"]
    assert {**alone, "liveBlogUpdate": 0, "author": 0} == {**inside, "liveBlogUpdate": 0, "author": 0}
    gone, right = alone["liveBlogUpdate"][1:3]
    assert gone["creativeWorkStatus"] == "Withdrawn" and "articleBody" not in gone
    assert right["correction"][0] == {**right["correction"][0], "@type": "CorrectionComment", "text": "We said 412."}


def test_feeds_are_rendered_once_per_change_and_on_request_only(client, blog, posts, clock):
    for path in ADDRESSES:
        client.get(path)
    publish(SLUG, Content(headline="News"), by="ines", now=clock.tick())
    client.get(LIVE)
    fresh = {key[2] for key in page_cache._entries if key[1].seq == blog.__class__.objects.get(pk=blog.pk).seq}  # type: ignore[index]
    assert fresh == {LIVE}
    for path in ADDRESSES:
        assert queries(client, path) > 1
        assert queries(client, path) == 1, path  # for the position of the log


def test_feeds_need_as_many_queries_for_any_number_of_posts(client, blog, clock):
    def cost() -> list[int]:
        publish(SLUG, Content(headline="One more"), by="ines", now=clock.tick())
        client.get(LIVE)  # counts the posts for the first time
        return [queries(client, path) for path in ADDRESSES]

    few = cost()
    for number in range(2 * POSTS_PER_FEED):
        publish(SLUG, Content(headline=f"Entry {number}"), by="ines", now=clock.tick())
    assert cost() == few


def test_embed_reuses_posts_that_the_page_rendered(client, posts, monkeypatch):
    client.get(LIVE)
    monkeypatch.setattr("stoppress.edge.render.post_cache.render_post", lambda post: pytest.fail("rendered again"))
    assert len(post_cache) and client.get(EMBED).status_code == 200


def queries(client: Client, path: str) -> int:
    with CaptureQueriesContext(connection) as captured:
        client.get(path)
    return len(captured)
