"""The list of coverage."""

from collections.abc import Collection
from hashlib import sha256

from django.db.models import Case, Count, Q, Value, When
from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_safe

from stoppress.coverage.models import LiveBlog
from stoppress.coverage.state import Cursor
from stoppress.coverage.words import State
from stoppress.edge import heads
from stoppress.edge.answers import answer
from stoppress.edge.composing import index_page
from stoppress.edge.views.kept import pages


@require_safe
def index(request: HttpRequest) -> HttpResponse:
    """`/`: what is live first, then by last change."""
    head = together(heads.every().items())
    body, _ = pages.get((request.path, head), lambda: (index_page(listed()), 200))
    return answer(request, body, head)


def together(cursors: Collection[tuple[str, Cursor]]) -> Cursor:
    """The ends of all logs as one."""
    text = " ".join(f"{slug}={cursor}" for slug, cursor in sorted(cursors))
    return Cursor(sha256(text.encode()).hexdigest()[:16], sum(cursor.seq for _, cursor in cursors))


def listed() -> list[LiveBlog]:
    """Every live blog with its number of posts."""
    live_first = Case(When(state=State.LIVE, then=Value(0)), default=Value(1))
    standing = Count("posts", filter=Q(posts__withdrawn_at=None))
    return list(LiveBlog.objects.annotate(standing=standing).order_by(live_first, "-changed_at", "slug"))
