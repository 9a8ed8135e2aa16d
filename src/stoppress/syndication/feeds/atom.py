"""Write a feed as Atom (RFC 4287), with tombstones for withdrawn posts (RFC 6721).

A withdrawn post appears twice: as a deleted entry, for programs that remove their copy, and as an entry with the same
id and a notice, for programs that support only entries and would otherwise keep the old text.
"""

from datetime import datetime
from xml.etree.ElementTree import Element

from stoppress.runtime.clock import iso
from stoppress.syndication.feeds.feed_content import FEED_MEDIA_TYPES, Feed, FeedItem
from stoppress.syndication.feeds.xml_writer import (
    ATOM_NAMESPACE,
    TOMBSTONE_NAMESPACE,
    add_child,
    create_root,
    serialise,
)


def write(feed: Feed) -> bytes:
    """Return the Atom document."""
    root = create_root("feed", {"xmlns": ATOM_NAMESPACE, "xmlns:at": TOMBSTONE_NAMESPACE, "xml:lang": feed.language})
    add_child(root, "id", feed.id)
    add_child(root, "title", feed.title)
    add_child(root, "subtitle", feed.description)
    add_child(root, "updated", iso(feed.changed_at))
    add_child(root, "link", attributes={"rel": "alternate", "type": "text/html", "href": feed.page_url})
    add_child(root, "link", attributes={"rel": "self", "type": FEED_MEDIA_TYPES["atom"], "href": feed.feed_url("atom")})
    author = add_child(root, "author")
    add_child(author, "name", feed.publisher)
    add_child(author, "uri", feed.site_url)
    add_child(root, "generator", "Stop Press")
    for item in feed.items:  # before all entries: RFC 4287 allows extension elements only there
        if item.withdrawn_at:
            _add_tombstone(root, item, item.withdrawn_at)
    for item in feed.items:
        _add_entry(root, item, feed.language)
    return serialise(root)


def _add_tombstone(root: Element, item: FeedItem, when: datetime) -> None:
    tombstone = add_child(root, "at:deleted-entry", attributes={"ref": item.id, "when": iso(when)})
    add_child(tombstone, "at:comment", item.reason)
    add_child(tombstone, "link", attributes={"rel": "alternate", "type": "text/html", "href": item.url})


def _add_entry(root: Element, item: FeedItem, language: str) -> None:
    entry = add_child(root, "entry", attributes={} if item.language == language else {"xml:lang": item.language})
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
