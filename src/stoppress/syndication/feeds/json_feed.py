"""Write a feed as JSON Feed 1.1 (jsonfeed.org/version/1.1).

The item of a withdrawn post has the extension `_stop_press`: `{"withdrawn_at": …, "reason": …}`.
"""

import json
from typing import Any

from stoppress.runtime.clock import iso_with_offset
from stoppress.syndication.feeds.feed_content import Feed, FeedItem


def write(feed: Feed) -> bytes:
    """Return the JSON document."""
    document = {
        "version": "https://jsonfeed.org/version/1.1",
        "title": feed.title,
        "home_page_url": feed.page_url,
        "feed_url": feed.feed_url("json"),
        "description": feed.description,
        "language": feed.language,
        "authors": [{"name": feed.publisher, "url": feed.site_url}],
        "items": [_build_entry(item) for item in feed.items],
    }
    return json.dumps(document, ensure_ascii=False, separators=(",", ":")).encode()


def _build_entry(item: FeedItem) -> dict[str, Any]:
    entry: dict[str, Any] = {
        "id": item.id,
        "url": item.url,
        "title": item.title,
        "content_html": item.html,
        "date_published": iso_with_offset(item.published_at),
        "date_modified": iso_with_offset(item.changed_at),
        "language": item.language,
    }
    if item.authors:
        entry["authors"] = [{"name": name} for name in item.authors]
    if item.labels:
        entry["tags"] = [str(label.label) for label in item.labels]
    if item.image:
        entry["image"] = item.image
    if item.withdrawn_at:
        entry["_stop_press"] = {"withdrawn_at": iso_with_offset(item.withdrawn_at), "reason": item.reason}
    return entry
