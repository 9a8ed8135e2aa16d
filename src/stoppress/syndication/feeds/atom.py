"""A feed as Atom (RFC 4287), withdrawn posts as tombstones too (RFC 6721).

A withdrawn post is told twice: as a deleted entry, for programs that let go of what they hold, and as an entry of the
same id that says so, for those that only know entries and would keep the old text.
"""

from datetime import datetime
from xml.etree.ElementTree import Element

from stoppress.runtime.clock import iso
from stoppress.syndication.feeds.feed_content import FEEDS, Feed, Item
from stoppress.syndication.feeds.xml_writer import ATOM, TOMBSTONES, add, document, root


def write(feed: Feed) -> bytes:
    """The Atom document."""
    whole = root("feed", {"xmlns": ATOM, "xmlns:at": TOMBSTONES, "xml:lang": feed.language})
    add(whole, "id", feed.page)
    add(whole, "title", feed.title)
    add(whole, "subtitle", feed.description)
    add(whole, "updated", iso(feed.changed_at))
    add(whole, "link", attributes={"rel": "alternate", "type": "text/html", "href": feed.page})
    add(whole, "link", attributes={"rel": "self", "type": FEEDS["atom"], "href": feed.address("atom")})
    author = add(whole, "author")
    add(author, "name", feed.publisher)
    add(author, "uri", feed.site)
    add(whole, "generator", "Stop Press")
    for item in feed.items:  # before all entries: the grammar of RFC 4287 knows extensions nowhere else
        if item.withdrawn_at:
            _tombstone(whole, item, item.withdrawn_at)
    for item in feed.items:
        _entry(whole, item, feed.language)
    return document(whole)


def _tombstone(whole: Element, item: Item, when: datetime) -> None:
    gone = add(whole, "at:deleted-entry", attributes={"ref": item.id, "when": iso(when)})
    add(gone, "at:comment", item.reason)
    add(gone, "link", attributes={"rel": "alternate", "type": "text/html", "href": item.url})


def _entry(whole: Element, item: Item, language: str) -> None:
    entry = add(whole, "entry", attributes={} if item.language == language else {"xml:lang": item.language})
    add(entry, "id", item.id)
    add(entry, "title", item.title)
    add(entry, "link", attributes={"rel": "alternate", "type": "text/html", "href": item.url})
    add(entry, "published", iso(item.published_at))
    add(entry, "updated", iso(item.changed_at))
    for name in item.authors:
        add(add(entry, "author"), "name", name)
    for label in item.labels:
        add(entry, "category", attributes={"term": label.value, "label": str(label.label)})
    add(entry, "content", item.html, {"type": "html"})
