"""A feed as JSON Feed 1.1 (jsonfeed.org/version/1.1).

`_stop_press` on an item is our own: `{"withdrawn_at": …, "reason": …}` of a post that was withdrawn.
"""

import json
from typing import Any

from stoppress.runtime.clock import iso_with_offset
from stoppress.syndication.feeds.feed_content import Feed, FeedItem


def write(feed: Feed) -> bytes:
    """The JSON document."""
    found = {
        "version": "https://jsonfeed.org/version/1.1",
        "title": feed.title,
        "home_page_url": feed.page,
        "feed_url": feed.url("json"),
        "description": feed.description,
        "language": feed.language,
        "authors": [{"name": feed.publisher, "url": feed.site}],
        "items": [_item(item) for item in feed.items],
    }
    return json.dumps(found, ensure_ascii=False, separators=(",", ":")).encode()


def _item(item: FeedItem) -> dict[str, Any]:
    found: dict[str, Any] = {
        "id": item.url,
        "url": item.url,
        "title": item.title,
        "content_html": item.html,
        "date_published": iso_with_offset(item.published_at),
        "date_modified": iso_with_offset(item.changed_at),
        "language": item.language,
    }
    if item.authors:
        found["authors"] = [{"name": name} for name in item.authors]
    if item.labels:
        found["tags"] = [str(label.label) for label in item.labels]
    if item.image:
        found["image"] = item.image
    if item.withdrawn_at:
        found["_stop_press"] = {"withdrawn_at": iso_with_offset(item.withdrawn_at), "reason": item.reason}
    return found
