"""`/live/SLUG/changes/CURSOR`: what comes after a cursor, for those whom no stream reaches.

The same address gives everybody the same answer, up to a fixed boundary; a client goes on from the cursor it is given,
at once while there is `more`, else after `wait` seconds. At the head the answer is 100 bytes at most.
"""

import random

from django.http import Http404, HttpRequest, HttpResponse
from django.views.decorators.http import require_safe

from stoppress.coverage.errors import NoSuchBlog
from stoppress.coverage.reading import find_blog
from stoppress.coverage.state import Cursor, changes_after
from stoppress.edge import heads, wire
from stoppress.edge.answers import answer
from stoppress.edge.pages import PageCache

CHUNK = 50
"""Answers end where the number of a change is a multiple of this."""
WAIT = 5
"""Seconds until the next poll."""

_answers: PageCache[bytes] = PageCache(limit=256)


@require_safe
def changes(request: HttpRequest, slug: str, cursor: str) -> HttpResponse:
    """The changes after `cursor`."""
    head = heads.current(slug)
    if head is None:
        raise Http404
    start = Cursor.parse(cursor)
    if start is None or start.epoch != head.epoch or start.seq > head.seq:
        return answer(request, wire.encode({"reset": True}), head, "application/json")
    key = (slug, head, start.seq)
    return answer(request, _answers.get(key, lambda: _body(slug, start, head)), head, "application/json")


def _body(slug: str, start: Cursor, head: Cursor) -> bytes:
    if start.seq == head.seq:
        return wire.encode({"cursor": str(head), "wait": WAIT, "changes": []})
    end = min(head.seq, (start.seq // CHUNK + 1) * CHUNK)
    try:
        blog = find_blog(slug)
    except NoSuchBlog as error:
        raise Http404 from error
    found = changes_after(blog, start.seq, end - start.seq)
    body = {
        "cursor": str(Cursor(head.epoch, end)),
        "wait": 0 if end < head.seq else WAIT,
        "more": end < head.seq,
        "changes": wire.change_objects(blog, found),
        "removed": [str(change.post.id) for change in found if change.post and change.post.withdrawn],
    }
    return wire.encode(body)


@require_safe
def no_stream(request: HttpRequest, slug: str) -> HttpResponse:
    """Answers a stream that could not be taken over: of a blog opened this very second, or asked for in an odd way."""
    if heads.current(slug) is None:
        raise Http404
    wait = str(random.randint(1, 3))
    return HttpResponse(
        "Come back in a moment.\n", status=503, content_type="text/plain", headers={"Retry-After": wait}
    )
