"""The frames of a stream: a change as a JSON object, in the format `text/event-stream` (WHATWG HTML §9.2).

All readers get the same bytes: nothing here depends on the reader.
"""

import json
from collections.abc import Iterable, Sequence
from typing import Any

from stoppress.coverage.choices import ChangeKind
from stoppress.coverage.localisation.languages import in_language, page_language
from stoppress.coverage.models import LiveBlog
from stoppress.coverage.public_state import ChangeView, Cursor
from stoppress.edge.cache.post_count import count_posts
from stoppress.edge.render.page_parts import key_events_html, standfirst_html, state_html
from stoppress.edge.render.pagination import key_events
from stoppress.edge.render.post_cache import cached_post_html
from stoppress.runtime.clock import iso

HEARTBEAT = b"event: beat\ndata: 0\n\n"


def encode_json(value: object) -> bytes:
    """Return compact JSON in UTF-8."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode()


def hello(cursor: Cursor, retry: int) -> bytes:
    """Return the first frame: the position of the stream, and the milliseconds to wait before a reconnect."""
    return b'retry: %d\nid: %b\nevent: hello\ndata: {"cursor":"%b"}\n\n' % (retry, where := str(cursor).encode(), where)


def reset(cursor: Cursor) -> bytes:
    """Return the frame after which the client loads its page again.

    A client that reconnects instead sends `cursor`, and is not reset a second time.
    """
    return event_frame("reset", {}, cursor)


def bye(wait: float) -> bytes:
    """Return the last frame: the client reconnects in `wait` seconds.

    The field `retry` has the same effect on an EventSource whose script does not handle the event.
    """
    return event_frame("bye", {"wait": round(wait, 1)}, retry=round(wait * 1000))


def event_frame(event: str, data: object, cursor: Cursor | None = None, retry: int | None = None) -> bytes:
    """Return one event. JSON contains no line break, so one data line is enough."""
    head = f"retry: {retry}\n" if retry is not None else ""
    head += f"id: {cursor}\n" if cursor else ""
    return head.encode() + b"event: " + event.encode() + b"\ndata: " + encode_json(data) + b"\n\n"


def change_frames(blog: LiveBlog, changes: Iterable[ChangeView]) -> list[tuple[int, bytes]]:
    """Return the number of each change with its frame."""
    return [
        (change["seq"], event_frame("change", change, Cursor(blog.epoch, change["seq"])))
        for change in change_objects(blog, changes)
    ]


def change_objects(blog: LiveBlog, changes: Iterable[ChangeView]) -> list[dict[str, Any]]:
    """Return the changes as readers' pages get them.

    It costs two queries at most, and one rendering per post.
    """
    changes = list(changes)
    if not changes:
        return []
    with in_language(page_language(blog.language)):
        return _build_objects(blog, changes)


def _build_objects(blog: LiveBlog, changes: Sequence[ChangeView]) -> list[dict[str, Any]]:
    header = _header(blog, changes)
    events = key_events_html(blog.slug, key_events(blog)) if any(map(_affects_key_events, changes)) else ""
    html_by_post: dict[object, str] = {}
    return [_build_object(blog, change, header, events, html_by_post) for change in changes]


def _build_object(
    blog: LiveBlog, change: ChangeView, header: dict[str, Any], events: str, html_by_post: dict[object, str]
) -> dict[str, Any]:
    result: dict[str, Any] = {
        "seq": change.seq,
        "cursor": str(Cursor(blog.epoch, change.seq)),
        "kind": str(change.kind),
        "at": iso(change.at),
        "post": None,
        "blog": header,
    }
    if change.post is None:
        return result
    post = change.post
    if post.id not in html_by_post:
        html_by_post[post.id] = cached_post_html(post)
    result |= {
        "post": str(post.id),
        "place": post.position,
        "pinned": post.pinned,
        "withdrawn": post.withdrawn,
        "title": post.title,
        "html": html_by_post[post.id],
    }
    if _affects_key_events(change):
        result["key_events_html"] = events
    return result


def _affects_key_events(change: ChangeView) -> bool:
    return change.post is not None and (change.kind != ChangeKind.PUBLISHED or change.post.key_event)


def _header(blog: LiveBlog, changes: Sequence[ChangeView]) -> dict[str, Any]:
    change = changes[-1]
    return {
        "headline": change.header.headline,
        "state": str(change.header.state),
        "posts": count_posts(blog, changes).count,
        "changed_at": iso(change.header.changed_at),
        "state_html": state_html(change.header),
        "standfirst_html": standfirst_html(change.header),
    }
