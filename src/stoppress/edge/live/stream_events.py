"""What goes over the wire: one change as a JSON object, and the framing of `text/event-stream` (WHATWG HTML §9.2).

Everybody gets the same bytes: nothing here knows who reads.
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
    """Compact JSON."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode()


def hello(cursor: Cursor, retry: int) -> bytes:
    """The first frame: where the stream stands, and how many milliseconds to wait before coming back."""
    return b'retry: %d\nid: %b\nevent: hello\ndata: {"cursor":"%b"}\n\n' % (retry, where := str(cursor).encode(), where)


def reset(cursor: Cursor) -> bytes:
    """Load the page again. Who does not, and reconnects, comes with `cursor`: it is not told the same again."""
    return event_frame("reset", {}, cursor)


def bye(wait: float) -> bytes:
    """The last frame: come back in `wait` seconds. `retry` tells every EventSource, whatever it makes of the event."""
    return event_frame("bye", {"wait": round(wait, 1)}, retry=round(wait * 1000))


def event_frame(event: str, data: object, cursor: Cursor | None = None, retry: int | None = None) -> bytes:
    """One event. JSON never holds a line break, so one data line is enough."""
    head = f"retry: {retry}\n" if retry is not None else ""
    head += f"id: {cursor}\n" if cursor else ""
    return head.encode() + b"event: " + event.encode() + b"\ndata: " + encode_json(data) + b"\n\n"


def change_frames(blog: LiveBlog, changes: Iterable[ChangeView]) -> list[tuple[int, bytes]]:
    """Each change's number with its frame."""
    return [
        (change["seq"], event_frame("change", change, Cursor(blog.epoch, change["seq"])))
        for change in change_objects(blog, changes)
    ]


def change_objects(blog: LiveBlog, changes: Iterable[ChangeView]) -> list[dict[str, Any]]:
    """The changes as readers' pages get them. Two queries at most, and one render per post."""
    changes = list(changes)
    if not changes:
        return []
    with in_language(page_language(blog.language)):
        return _objects(blog, changes)


def _objects(blog: LiveBlog, changes: Sequence[ChangeView]) -> list[dict[str, Any]]:
    head = _head(blog, changes)
    events = key_events_html(blog.slug, key_events(blog)) if any(map(_moves_key_events, changes)) else ""
    pages: dict[object, str] = {}
    return [_object(blog, change, head, events, pages) for change in changes]


def _object(
    blog: LiveBlog, change: ChangeView, head: dict[str, Any], events: str, pages: dict[object, str]
) -> dict[str, Any]:
    found: dict[str, Any] = {
        "seq": change.seq,
        "cursor": str(Cursor(blog.epoch, change.seq)),
        "kind": str(change.kind),
        "at": iso(change.at),
        "post": None,
        "blog": head,
    }
    if change.post is None:
        return found
    post = change.post
    if post.id not in pages:
        pages[post.id] = cached_post_html(post)
    found |= {
        "post": str(post.id),
        "place": post.position,
        "pinned": post.pinned,
        "withdrawn": post.withdrawn,
        "title": post.title,
        "html": pages[post.id],
    }
    if _moves_key_events(change):
        found["key_events_html"] = events
    return found


def _moves_key_events(change: ChangeView) -> bool:
    return change.post is not None and (change.kind != ChangeKind.PUBLISHED or change.post.key_event)


def _head(blog: LiveBlog, changes: Sequence[ChangeView]) -> dict[str, Any]:
    change = changes[-1]
    return {
        "headline": change.header.headline,
        "state": str(change.header.state),
        "posts": count_posts(blog, changes).count,
        "changed_at": iso(change.header.changed_at),
        "state_html": state_html(change.header),
        "standfirst_html": standfirst_html(change.header),
    }
