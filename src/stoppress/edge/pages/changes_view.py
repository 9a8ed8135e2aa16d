"""`/live/SLUG/changes/CURSOR`: the changes after a cursor, for readers that no stream reaches.

One address gives every client the same answer, up to a fixed boundary. The client continues from the cursor in the
answer: at once while there is `more`, else after `wait` seconds. An answer without changes has at most 100 bytes.
"""

import random
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.utils.log import log_response
from django.views.decorators.http import require_http_methods

from stoppress.coverage.errors import BlogNotFoundError
from stoppress.coverage.public_posts import find_blog
from stoppress.coverage.public_state import Cursor, changes_after
from stoppress.coverage.read_snapshot import read_snapshot
from stoppress.edge.cache import log_positions
from stoppress.edge.cache.compressed_body import CompressedBody
from stoppress.edge.cache.page_cache import PageCache
from stoppress.edge.cache.public_response import (
    CORS_HEADERS,
    JSON_TYPE,
    allow_cross_origin,
    cors_preflight,
    public_response,
)
from stoppress.edge.live import stream_events

RESET_ANSWER = {"reset": True}
CHANGES_PER_ANSWER = 50
"""An answer ends at a change whose number is a multiple of this, so that all clients share the same answers."""

changes_cache: PageCache[CompressedBody] = PageCache(limit=256)


@require_http_methods(["GET", "HEAD", "OPTIONS"])
def changes(request: HttpRequest, slug: str, cursor: str) -> HttpResponse:
    """Return the changes after `cursor`, or a reset if this log never contained it."""
    if request.method == "OPTIONS":
        return cors_preflight()
    position = log_positions.current(slug)
    if position is None:
        raise Http404
    start = Cursor.parse(cursor)
    if start and start.epoch == position.epoch and start.seq > position.seq:
        position = log_positions.read_one(slug) or position  # another process may have sent more than this one has read
    if start is None or start.epoch != position.epoch or start.seq > position.seq:
        body = CompressedBody(stream_events.encode_json(RESET_ANSWER))
    else:
        after = start
        body = changes_cache.get(
            (slug, position, after.seq), lambda: CompressedBody(stream_events.encode_json(_load_changes(slug, after)))
        )
    return allow_cross_origin(public_response(request, body, position, JSON_TYPE))


def _load_changes(slug: str, after: Cursor) -> dict[str, Any]:
    """Return the answer for clients at `after`. The log may have grown since its position was read."""
    with read_snapshot():
        try:
            blog = find_blog(slug)
        except BlogNotFoundError as error:
            raise Http404 from error
        end = min(blog.seq, (after.seq // CHANGES_PER_ANSWER + 1) * CHANGES_PER_ANSWER)
        if blog.epoch != after.epoch or end < after.seq:
            return RESET_ANSWER
        new = changes_after(blog, after.seq, end - after.seq)
        answer = {"cursor": str(Cursor(blog.epoch, end)), "wait": 0 if end < blog.seq else blog.poll_wait}
        if not new:
            return {**answer, "changes": []}
        return {
            **answer,
            "more": end < blog.seq,
            "changes": stream_events.change_objects(blog, new),
            "removed": [str(change.post.id) for change in new if change.post and change.post.withdrawn],
        }


@require_http_methods(["GET", "HEAD", "OPTIONS"])
def stream_unavailable(request: HttpRequest, slug: str) -> HttpResponse:
    """Return 503 with Retry-After for a stream that could not be taken over.

    This happens for a live blog opened since the last poll of the logs, and for requests that are no plain GET.
    """
    if request.method == "OPTIONS":
        return cors_preflight()
    if log_positions.current(slug) is None:
        raise Http404
    retry_after = str(random.randint(1, 3))
    headers = {"Retry-After": retry_after, "Cache-Control": "no-store", "X-Accel-Buffering": "no", **CORS_HEADERS}
    text = "The stream is not available yet. Try again in a moment.\n"
    response = HttpResponse(text, status=503, content_type="text/plain", headers=headers)
    log_response("stream unavailable: %s", request.path, response=response, request=request, level="info")
    return response
