"""Write a feed as RSS 2.0 (rssboard.org/rss-specification).

Bylines are `dc:creator`, because the `author` of RSS is a mail address. RSS cannot delete an item, so the item of a
withdrawn post keeps its guid and contains a notice of the withdrawal.
"""

from datetime import UTC, datetime
from email.utils import format_datetime
from xml.etree.ElementTree import Element

from stoppress.runtime.clock import iso
from stoppress.syndication.feeds.feed_content import FEED_MEDIA_TYPES, Feed, FeedItem
from stoppress.syndication.feeds.xml_writer import (
    ATOM_NAMESPACE,
    DUBLIN_CORE_NAMESPACE,
    add_child,
    create_root,
    serialise,
)


def write(feed: Feed) -> bytes:
    """Return the RSS document."""
    root = create_root("rss", {"version": "2.0", "xmlns:atom": ATOM_NAMESPACE, "xmlns:dc": DUBLIN_CORE_NAMESPACE})
    channel = add_child(root, "channel")
    add_child(channel, "title", feed.title)
    add_child(channel, "link", feed.page_url)
    add_child(channel, "description", feed.description)
    add_child(channel, "language", feed.language)
    add_child(channel, "lastBuildDate", _format_date(feed.changed_at))
    add_child(channel, "generator", "Stop Press")
    add_child(
        channel, "atom:link", attributes={"rel": "self", "type": FEED_MEDIA_TYPES["rss"], "href": feed.feed_url("rss")}
    )
    for item in feed.items:
        _add_item(channel, item)
    return serialise(root)


def _add_item(channel: Element, item: FeedItem) -> None:
    element = add_child(channel, "item")
    add_child(element, "title", item.title)
    add_child(element, "link", item.url)
    add_child(element, "guid", item.id, {"isPermaLink": "false"})
    add_child(element, "pubDate", _format_date(item.published_at))
    add_child(element, "atom:updated", iso(item.changed_at))
    for name in item.authors:
        add_child(element, "dc:creator", name)
    for label in item.labels:
        add_child(element, "category", str(label.label))
    add_child(element, "description", item.html)


def _format_date(moment: datetime) -> str:
    """Return a date as in mail (RFC 822 as amended by RFC 5322), in UTC."""
    return format_datetime(moment.astimezone(UTC))
