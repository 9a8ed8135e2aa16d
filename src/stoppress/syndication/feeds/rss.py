"""A feed as RSS 2.0 (rssboard.org/rss-specification); bylines are `dc:creator`, since RSS only knows e-mail addresses.

RSS cannot take anything back: the item of a withdrawn post stays, with the same guid, and says that it was withdrawn.
"""

from datetime import UTC, datetime
from email.utils import format_datetime
from xml.etree.ElementTree import Element

from stoppress.syndication.feeds.feed_content import FEEDS, Feed, Item
from stoppress.syndication.feeds.xml_writer import ATOM, DUBLIN_CORE, add, document, root


def write(feed: Feed) -> bytes:
    """The RSS document."""
    whole = root("rss", {"version": "2.0", "xmlns:atom": ATOM, "xmlns:dc": DUBLIN_CORE})
    channel = add(whole, "channel")
    add(channel, "title", feed.title)
    add(channel, "link", feed.page)
    add(channel, "description", feed.description)
    add(channel, "language", feed.language)
    add(channel, "lastBuildDate", _date(feed.changed_at))
    add(channel, "generator", "Stop Press")
    add(channel, "atom:link", attributes={"rel": "self", "type": FEEDS["rss"], "href": feed.address("rss")})
    for item in feed.items:
        _item(channel, item)
    return document(whole)


def _item(channel: Element, item: Item) -> None:
    element = add(channel, "item")
    add(element, "title", item.title)
    add(element, "link", item.url)
    add(element, "guid", item.url, {"isPermaLink": "true"})
    add(element, "pubDate", _date(item.published_at))
    add(element, "atom:updated", f"{item.changed_at.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}")
    for name in item.authors:
        add(element, "dc:creator", name)
    for label in item.labels:
        add(element, "category", str(label.label))
    add(element, "description", item.html)


def _date(moment: datetime) -> str:
    """As in mail (RFC 822 as amended by RFC 5322), in UTC."""
    return format_datetime(moment.astimezone(UTC))
