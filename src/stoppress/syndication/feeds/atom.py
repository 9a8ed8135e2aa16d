"""A feed as Atom (RFC 4287), withdrawn posts as tombstones too (RFC 6721).

A withdrawn post is told twice: as a deleted entry, for programs that let go of what they hold, and as an entry of the
same id that says so, for those that only know entries and would keep the old text.
"""

from datetime import datetime
from xml.etree.ElementTree import Element

from stoppress.runtime.clock import iso
from stoppress.syndication.feeds.feed_content import FEED_MEDIA_TYPES, Feed, FeedItem
from stoppress.syndication.feeds.xml_writer import ATOM_NAMESPACE, TOMBSTONE_NAMESPACE, add_child, serialise, create_root


def write(feed: Feed) -> bytes:
    """The Atom document."""
    whole = create_root("feed", {"xmlns": ATOM_NAMESPACE, "xmlns:at": TOMBSTONE_NAMESPACE, "xml:lang": feed.language})
    add_child(whole, "id", feed.page)
    add_child(whole, "title", feed.title)
    add_child(whole, "subtitle", feed.description)
    add_child(whole, "updated", iso(feed.changed_at))
    add_child(whole, "link", attributes={"rel": "alternate", "type": "text/html", "href": feed.page})
    add_child(whole, "link", attributes={"rel": "self", "type": FEED_MEDIA_TYPES["atom"], "href": feed.url("atom")})
    author = add_child(whole, "author")
    add_child(author, "name", feed.publisher)
    add_child(author, "uri", feed.site)
    add_child(whole, "generator", "Stop Press")
    for item in feed.items:  # before all entries: the grammar of RFC 4287 knows extensions nowhere else
        if item.withdrawn_at:
            _tombstone(whole, item, item.withdrawn_at)
    for item in feed.items:
        _entry(whole, item, feed.language)
    return serialise(whole)


def _tombstone(whole: Element, item: FeedItem, when: datetime) -> None:
    gone = add_child(whole, "at:deleted-entry", attributes={"ref": item.id, "when": iso(when)})
    add_child(gone, "at:comment", item.reason)
    add_child(gone, "link", attributes={"rel": "alternate", "type": "text/html", "href": item.url})


def _entry(whole: Element, item: FeedItem, language: str) -> None:
    entry = add_child(whole, "entry", attributes={} if item.language == language else {"xml:lang": item.language})
    add_child(entry, "id", item.id)
    add_child(entry, "title", item.title)
    add_child(entry, "link", attributes={"rel": "alternate", "type": "text/html", "href": item.url})
    add_child(entry, "published", iso(item.published_at))
    add_child(entry, "updated", iso(item.changed_at))
    for name in item.authors:
        add_child(add_child(entry, "author"), "name", name)
    for label in item.labels:
        add_child(entry, "category", attributes={"term": label.value, "label": str(label.label)})
    add_child(entry, "content", item.html, {"type": "html"})
