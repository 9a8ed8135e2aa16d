"""A feed as RSS 2.0 (rssboard.org/rss-specification); bylines are `dc:creator`, since RSS only knows e-mail addresses.

RSS cannot take anything back: the item of a withdrawn post stays, with the same guid, and says that it was withdrawn.
"""

from datetime import UTC, datetime
from email.utils import format_datetime
from xml.etree.ElementTree import Element

from stoppress.syndication.feeds.feed_content import FEED_MEDIA_TYPES, Feed, FeedItem
from stoppress.syndication.feeds.xml_writer import ATOM_NAMESPACE, DUBLIN_CORE_NAMESPACE, add_child, serialise, create_root


def write(feed: Feed) -> bytes:
    """The RSS document."""
    whole = create_root("rss", {"version": "2.0", "xmlns:atom": ATOM_NAMESPACE, "xmlns:dc": DUBLIN_CORE_NAMESPACE})
    channel = add_child(whole, "channel")
    add_child(channel, "title", feed.title)
    add_child(channel, "link", feed.page)
    add_child(channel, "description", feed.description)
    add_child(channel, "language", feed.language)
    add_child(channel, "lastBuildDate", _date(feed.changed_at))
    add_child(channel, "generator", "Stop Press")
    add_child(channel, "atom:link", attributes={"rel": "self", "type": FEED_MEDIA_TYPES["rss"], "href": feed.url("rss")})
    for item in feed.items:
        _item(channel, item)
    return serialise(whole)


def _item(channel: Element, item: FeedItem) -> None:
    element = add_child(channel, "item")
    add_child(element, "title", item.title)
    add_child(element, "link", item.url)
    add_child(element, "guid", item.url, {"isPermaLink": "true"})
    add_child(element, "pubDate", _date(item.published_at))
    add_child(element, "atom:updated", f"{item.changed_at.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}")
    for name in item.authors:
        add_child(element, "dc:creator", name)
    for label in item.labels:
        add_child(element, "category", str(label.label))
    add_child(element, "description", item.html)


def _date(moment: datetime) -> str:
    """As in mail (RFC 822 as amended by RFC 5322), in UTC."""
    return format_datetime(moment.astimezone(UTC))
