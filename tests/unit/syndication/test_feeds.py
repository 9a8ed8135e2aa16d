"""Feeds conform to RFC 4287, RFC 6721, RSS 2.0 and JSON Feed 1.1, and no text becomes markup."""

import json
import re
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Any
from xml.etree import ElementTree

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stoppress.coverage.choices import NoteKind, PostLabel
from stoppress.coverage.newsroom import Newsroom
from stoppress.coverage.post_content import Content, Source
from stoppress.coverage.public_posts import NoteView, PictureView, PostView
from stoppress.syndication.embed_code import embed_code
from stoppress.syndication.feeds import atom, json_feed, rss
from stoppress.syndication.feeds.feed_content import absolute_links, build_feed
from stoppress.syndication.feeds.xml_writer import (
    ATOM_NAMESPACE,
    DUBLIN_CORE_NAMESPACE,
    TOMBSTONE_NAMESPACE,
    strip_invalid_characters,
)
from stoppress.syndication.json_ld import blog_posting_document, live_blog_posting_document
from tests.factories.coverage import BLOG_VIEW, NEWSROOM, START, make_post_view

PAGE = "https://courier.test/live/storm-maren"
NAMES = {"a": ATOM_NAMESPACE, "at": TOMBSTONE_NAMESPACE, "dc": DUBLIN_CORE_NAMESPACE}


def make_withdrawn_post(number: int = 2) -> PostView:
    at = START + timedelta(hours=1)
    note = NoteView(NoteKind.WITHDRAWAL, "It did not happen.", at)
    return make_post_view(number, content=Content(), withdrawn_at=at, updated_at=at, notes=(note,))


def make_corrected_post(kind: NoteKind = NoteKind.CORRECTION) -> PostView:
    note = NoteView(kind, "We said 412; there are 212.", START + timedelta(hours=2))
    return make_post_view(3, notes=(note,), labels=(PostLabel.BREAKING, PostLabel.KEY_EVENT, PostLabel.PINNED))


def as_atom(*posts: PostView) -> ElementTree.Element:
    return ElementTree.fromstring(atom.write(build_feed(BLOG_VIEW, posts, NEWSROOM)))


def as_rss(*posts: PostView) -> ElementTree.Element:
    channel = ElementTree.fromstring(rss.write(build_feed(BLOG_VIEW, posts, NEWSROOM))).find("channel")
    assert channel is not None
    return channel


def as_json(*posts: PostView) -> dict[str, Any]:
    return dict(json.loads(json_feed.write(build_feed(BLOG_VIEW, posts, NEWSROOM))))


def text(element: ElementTree.Element, path: str) -> str:
    return element.findtext(path, default="", namespaces=NAMES)


def test_atom_feed_has_the_elements_required_by_rfc_4287():
    feed = as_atom(make_post_view())
    assert feed.tag == f"{{{ATOM_NAMESPACE}}}feed"
    assert text(feed, "a:id") == "urn:uuid:b543e627-f0c4-5a13-8003-515b233e4870"
    assert text(feed, "a:title") == "Storm Maren | The Halden Courier"
    assert datetime.fromisoformat(text(feed, "a:updated")) == START + timedelta(hours=2)
    links = {link.get("rel"): link for link in feed.findall("a:link", NAMES)}
    assert links["self"].get("href") == f"{PAGE}/feed.atom" and links["self"].get("type") == "application/atom+xml"
    assert links["alternate"].get("href") == PAGE
    assert text(feed, "a:author/a:name") == "The Halden Courier"


def test_atom_entry_has_the_elements_required_by_rfc_4287():
    post = make_post_view(
        content=Content(headline="Ferry waits", body="<p>Out.</p>", bylines=("Ines Okafor", "Tom Bryce"))
    )
    entry = as_atom(post).find("a:entry", NAMES)
    assert entry is not None
    assert text(entry, "a:id") == f"urn:uuid:{post.id}"
    assert text(entry, "a:title") == "Ferry waits"
    assert [link.get("href") for link in entry.findall("a:link", NAMES)] == [f"{PAGE}/posts/{post.id}"]
    assert datetime.fromisoformat(text(entry, "a:updated")) == post.published_at
    assert datetime.fromisoformat(text(entry, "a:published")) == post.published_at
    assert [author.text for author in entry.findall("a:author/a:name", NAMES)] == ["Ines Okafor", "Tom Bryce"]
    content = entry.find("a:content", NAMES)
    assert content is not None and content.get("type") == "html" and content.text == "<p>Out.</p>"


def test_rss_has_the_elements_required_by_its_specification():
    post = make_post_view()
    channel = as_rss(post)
    assert [text(channel, name) for name in ("link", "description", "language")] == [
        PAGE,
        "The lower town is empty.",
        "en",
    ]
    assert channel.find("a:link", NAMES).attrib == {  # type: ignore[union-attr]
        "rel": "self",
        "type": "application/rss+xml",
        "href": f"{PAGE}/feed.rss",
    }
    item = channel.find("item")
    assert item is not None
    guid = item.find("guid")
    assert guid is not None and guid.text == f"urn:uuid:{post.id}" and guid.get("isPermaLink") == "false"
    assert text(item, "link") == f"{PAGE}/posts/{post.id}" and text(item, "title") == "Post 1"
    assert parsedate_to_datetime(text(item, "pubDate")) == post.published_at
    assert text(item, "pubDate").endswith(" +0000")
    assert text(item, "dc:creator") == "Ines Okafor"
    assert text(item, "description") == "<p>One &amp; all.</p>"


def test_json_feed_has_the_members_required_by_its_specification():
    post = make_post_view()
    feed = as_json(post)
    assert feed["version"] == "https://jsonfeed.org/version/1.1"
    assert (feed["home_page_url"], feed["feed_url"]) == (PAGE, f"{PAGE}/feed.json")
    item = feed["items"][0]
    assert (item["id"], item["url"]) == (f"urn:uuid:{post.id}", f"{PAGE}/posts/{post.id}")
    assert item["authors"] == [{"name": "Ines Okafor"}]
    assert datetime.fromisoformat(item["date_published"]) == post.published_at
    assert item["content_html"] == "<p>One &amp; all.</p>"


def test_feeds_keep_the_order_and_ids_of_posts():
    posts = [make_post_view(3), make_withdrawn_post(2), make_post_view(1)]
    ids = [post.id.urn for post in posts]
    assert [text(entry, "a:id") for entry in as_atom(*posts).findall("a:entry", NAMES)] == ids
    assert [text(item, "guid") for item in as_rss(*posts).findall("item")] == ids
    assert [item["id"] for item in as_json(*posts)["items"]] == ids


def test_feeds_keep_a_tombstone_without_text_when_a_post_is_withdrawn():
    post = make_withdrawn_post()
    feed = as_atom(post)
    tombstone = feed.find("at:deleted-entry", NAMES)
    assert tombstone is not None and tombstone.get("ref") == post.id.urn
    assert datetime.fromisoformat(tombstone.get("when", "")) == post.withdrawn_at
    assert text(tombstone, "at:comment") == "It did not happen."
    entry = feed.find("a:entry", NAMES)
    assert entry is not None and datetime.fromisoformat(text(entry, "a:updated")) == post.withdrawn_at
    item, json_item = as_rss(post).find("item"), as_json(post)["items"][0]
    assert item is not None
    representations = [
        (text(entry, "a:title"), text(entry, "a:content")),
        (text(item, "title"), text(item, "description")),
        (json_item["title"], json_item["content_html"]),
    ]
    for title, html in representations:
        assert title == "Withdrawn post"
        assert html.startswith("<p>This post was withdrawn at 15:56 GMT on 8 March 2026.</p>")
        assert "It did not happen." in html
    assert json_item["_stop_press"]["reason"] == "It did not happen."


def test_atom_writes_tombstones_before_entries_as_rfc_4287_requires():
    names = [
        child.tag.partition("}")[2]
        for child in as_atom(make_post_view(1), make_withdrawn_post(2), make_post_view(3), make_withdrawn_post(4))
    ]
    assert names[names.index("deleted-entry") :] == ["deleted-entry"] * 2 + ["entry"] * 4


def test_feed_item_contains_the_headline_when_the_post_has_no_text():
    post = make_post_view(1, content=Content(headline="Ferry <waits>"))
    expected = "<p>Ferry &lt;waits&gt;</p>"
    assert text(as_atom(post), "a:entry/a:content") == expected
    assert text(as_rss(post), "item/description") == expected
    assert as_json(post)["items"][0]["content_html"] == expected


@pytest.mark.parametrize(("kind", "word"), [(NoteKind.CORRECTION, "Corrected"), (NoteKind.CLARIFICATION, "Clarified")])
def test_feed_item_begins_with_the_note_when_the_post_was_corrected(kind, word):
    post = make_corrected_post(kind)
    entry = as_atom(post).find("a:entry", NAMES)
    assert entry is not None and text(entry, "a:title") == f"{word}: Post 3"
    assert datetime.fromisoformat(text(entry, "a:updated")) == START + timedelta(hours=2)
    html = as_json(post)["items"][0]["content_html"]
    assert html.index(f"{kind.label}, 16:56 GMT") < html.index("We said 412") < html.index("One &amp; all.")


def test_feeds_write_labels_except_pinned_as_categories():
    entry, item = as_atom(make_corrected_post()).find("a:entry", NAMES), as_rss(make_corrected_post()).find("item")
    assert entry is not None and item is not None
    assert [category.get("term") for category in entry.findall("a:category", NAMES)] == ["breaking", "key-event"]
    assert [category.text for category in item.findall("category")] == ["Breaking", "Key event"]
    assert as_json(make_corrected_post())["items"][0]["tags"] == ["Breaking", "Key event"]


def test_feed_item_has_absolute_urls_and_sources():
    picture = PictureView("abc", "A wave", "High water", "Ines Okafor", 800, 600, (400, 800))
    body = '<p><a href="/live/storm-maren" rel="noopener">Here</a>, <a href="mailto:a@b.test">mail</a></p>'
    content = Content(headline="Wave", body=body, sources=(Source("Harbour office", "Halden Radio"),))
    item = as_json(make_post_view(content=content, pictures=(picture,)))["items"][0]
    assert item["image"] == "https://courier.test/media/abc-800.webp"
    assert '<img src="https://courier.test/media/abc-800.webp"' in item["content_html"]
    assert '<a href="https://courier.test/live/storm-maren"' in item["content_html"]
    assert '<a href="mailto:a@b.test">' in item["content_html"]
    assert "Source: Harbour office, via Halden Radio" in item["content_html"]


def test_absolute_links_keeps_a_link_when_it_is_invalid():
    assert absolute_links('<a href="http://[">x</a>', PAGE) == '<a href="http://[">x</a>'
    assert (
        absolute_links('<a href="/a?b=1&amp;c=2">x</a>', PAGE) == '<a href="https://courier.test/a?b=1&amp;c=2">x</a>'
    )


@given(st.text(), st.sampled_from([as_atom, as_rss]))
def test_xml_feeds_escape_text_and_drop_forbidden_characters(words: str, read: Callable[..., ElementTree.Element]):
    post = make_post_view(content=Content(headline=f"x{words}", body="<p>y</p>", bylines=(f"n{words}",)))
    root = read(post)
    texts = [element.text or "" for element in root.iter()]
    plain = strip_invalid_characters(words).replace("\r\n", "\n").replace("\r", "\n")  # XML 1.0 §2.11
    assert f"x{plain}" in texts and f"n{plain}" in texts
    assert {element.tag for element in root.iter()} == {element.tag for element in read(make_post_view()).iter()}


@pytest.mark.parametrize(
    "attack", ["</title><script>", "]]>", "&lt;", "<!ENTITY", '"><x a="', "\x00\x0b\x1b", "\ud800\uffff"]
)
def test_xml_feeds_keep_attacks_as_text(attack):
    post = make_post_view(content=Content(headline=f"a{attack}b", body="<p>y</p>"))
    for root, path in ((as_atom(post), "a:entry/a:title"), (as_rss(post), "item/title")):
        assert text(root, path) == f"a{strip_invalid_characters(attack)}b"


def test_embed_code_escapes_the_headline():
    code = embed_code("storm-maren", 'Mayor: "stay" <home>', NEWSROOM)
    assert code.startswith(
        '<iframe src="https://courier.test/embed/storm-maren" title="Live: Mayor: &quot;stay&quot; &lt;home&gt;"'
    )
    assert 'loading="lazy"' in code and code.endswith("></iframe>")


def test_no_identity_changes_when_the_address_does() -> None:
    posts = [make_post_view(1), make_post_view(2)]
    moved = replace(NEWSROOM, public_url="http://elsewhere.example:8080")

    def identities(newsroom: Newsroom) -> list[str]:
        feed = build_feed(BLOG_VIEW, posts, newsroom)
        root, channel = ElementTree.fromstring(atom.write(feed)), ElementTree.fromstring(rss.write(feed))
        document = live_blog_posting_document(BLOG_VIEW, posts, newsroom)
        of_post = blog_posting_document(posts[0], BLOG_VIEW, newsroom)
        return [
            *(element.text or "" for element in root.iter("{http://www.w3.org/2005/Atom}id")),
            *(element.text or "" for element in channel.iter("guid")),
            *(item["id"] for item in json.loads(json_feed.write(feed))["items"]),
            document["@id"],
            *(update["@id"] for update in document["liveBlogUpdate"]),
            of_post["@id"],
            of_post["isPartOf"]["@id"],
        ]

    here = identities(NEWSROOM)
    assert len(here) == 3 + 2 + 2 + 3 + 2 and here == identities(moved)
    assert all(re.fullmatch(r"urn:uuid:[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", identity) for identity in here)
    assert here[0] == "urn:uuid:b543e627-f0c4-5a13-8003-515b233e4870"  # feed programs have stored it
