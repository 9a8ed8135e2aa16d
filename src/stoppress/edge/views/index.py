"""The list of coverage."""

from django.db.models import Case, Count, Q, Value, When
from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_safe

from stoppress.coverage.models import LiveBlog
from stoppress.coverage.words import State
from stoppress.edge import heads
from stoppress.edge.answers import answer
from stoppress.edge.composing import index_page
from stoppress.edge.renditions import Rendition
from stoppress.edge.views.kept import Page, pages


@require_safe
def index(request: HttpRequest) -> HttpResponse:
    """`/`: what is live first, then by last change."""
    head = heads.together()
    found = pages.get(("", head, request.path), lambda: Page(Rendition(index_page(listed()))))
    return answer(request, found.rendition, head)


def listed() -> list[LiveBlog]:
    """Every live blog with its number of posts."""
    live_first = Case(When(state=State.LIVE, then=Value(0)), default=Value(1))
    standing = Count("posts", filter=Q(posts__withdrawn_at=None))
    return list(LiveBlog.objects.annotate(standing=standing).order_by(live_first, "-changed_at", "slug"))
