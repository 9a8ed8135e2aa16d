"""The list of coverage."""

from django.db.models import Case, Count, Q, Value, When
from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_safe

from stoppress.coverage.choices import State
from stoppress.coverage.models import LiveBlog
from stoppress.edge.cache import log_positions
from stoppress.edge.cache.compressed_body import Rendition
from stoppress.edge.cache.public_response import answer
from stoppress.edge.pages.cached_view import Page, pages
from stoppress.edge.render.page_document import index_page


@require_safe
def index(request: HttpRequest) -> HttpResponse:
    """`/`: what is live first, then by last change."""
    head = log_positions.together()
    found = pages.get(("", head, request.path), lambda: Page(Rendition(index_page(listed()))))
    return answer(request, found.rendition, head)


def listed() -> list[LiveBlog]:
    """Every live blog with its number of posts."""
    live_first = Case(When(state=State.LIVE, then=Value(0)), default=Value(1))
    standing = Count("posts", filter=Q(posts__withdrawn_at=None))
    return list(LiveBlog.objects.annotate(standing=standing).order_by(live_first, "-changed_at", "slug"))
