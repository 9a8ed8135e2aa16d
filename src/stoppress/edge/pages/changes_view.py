"""`/live/SLUG/changes/CURSOR`: what comes after a cursor, for those whom no stream reaches.

The same address gives everybody the same answer, up to a fixed boundary; a client goes on from the cursor it is given,
at once while there is `more`, else after `wait` seconds. At the head the answer is 100 bytes at most.
"""

import random
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.utils.log import log_response
from django.views.decorators.http import require_http_methods

from stoppress.coverage.errors import BlogNotFoundError
from stoppress.coverage.models import LiveBlog
from stoppress.coverage.public_posts import find_blog
from stoppress.coverage.public_state import Cursor, changes_after
from stoppress.coverage.read_snapshot import read_snapshot
from stoppress.edge.cache import log_positions
from stoppress.edge.cache.compressed_body import CompressedBody
from stoppress.edge.cache.page_cache import PageCache
from stoppress.edge.cache.public_response import CORS_HEADERS, NEWEST_CACHE_CONTROL, JSON_TYPE, public_response, allow_cross_origin, cors_preflight
from stoppress.edge.live import stream_events

RESET_ANSWER = {"reset": True}
CHANGES_PER_ANSWER = 50
"""Answers end where the number of a change is a multiple of this."""

changes_cache: PageCache[CompressedBody] = PageCache(limit=256)


@require_http_methods(["GET", "HEAD", "OPTIONS"])
def changes(request: HttpRequest, slug: str, cursor: str) -> HttpResponse:
    """The changes after `cursor`."""
    if request.method == "OPTIONS":
        return cors_preflight()
    head = log_positions.current(slug)
    if head is None:
        raise Http404
    start = Cursor.parse(cursor)
    if start and start.epoch == head.epoch and start.seq > head.seq:
        head = log_positions.read_one(slug) or head  # another process may have told more than this one has seen
    if start is None or start.epoch != head.epoch or start.seq > head.seq:
        found = CompressedBody(stream_events.encode_json(RESET_ANSWER))
    else:
        since = start
        found = changes_cache.get((slug, head, since.seq), lambda: CompressedBody(stream_events.encode_json(_told(slug, since))))
    return allow_cross_origin(public_response(request, found, head, JSON_TYPE, NEWEST_CACHE_CONTROL))


def _told(slug: str, since: Cursor) -> dict[str, Any]:
    """What the log holds after `since`; it may have gone on after it was asked for its end."""
    with read_snapshot():
        blog = _find(slug)
        end = min(blog.seq, (since.seq // CHANGES_PER_ANSWER + 1) * CHANGES_PER_ANSWER)
        if blog.epoch != since.epoch or end < since.seq:
            return RESET_ANSWER
        found = changes_after(blog, since.seq, end - since.seq)
        told = {"cursor": str(Cursor(blog.epoch, end)), "wait": 0 if end < blog.seq else blog.poll_wait}
        if not found:
            return {**told, "changes": []}
        return {
            **told,
            "more": end < blog.seq,
            "changes": stream_events.change_objects(blog, found),
            "removed": [str(change.post.id) for change in found if change.post and change.post.withdrawn],
        }


def _find(slug: str) -> LiveBlog:
    try:
        return find_blog(slug)
    except BlogNotFoundError as error:
        raise Http404 from error


@require_http_methods(["GET", "HEAD", "OPTIONS"])
def stream_unavailable(request: HttpRequest, slug: str) -> HttpResponse:
    """Answers a stream that could not be taken over: of a blog opened this very second, or asked for in an odd way."""
    if request.method == "OPTIONS":
        return cors_preflight()
    if log_positions.current(slug) is None:
        raise Http404
    wait = str(random.randint(1, 3))
    headers = {"Retry-After": wait, "Cache-Control": "no-store", "X-Accel-Buffering": "no", **CORS_HEADERS}
    response = HttpResponse("Come back in a moment.\n", status=503, content_type="text/plain", headers=headers)
    log_response("no stream: %s", request.path, response=response, request=request, level="info")
    return response
