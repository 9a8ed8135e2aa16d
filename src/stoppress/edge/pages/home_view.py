"""The list of coverage."""

from django.db.models import Case, Count, Q, Value, When
from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_safe

from stoppress.coverage.choices import BlogState
from stoppress.coverage.models import LiveBlog
from stoppress.edge.cache import log_positions
from stoppress.edge.cache.compressed_body import CompressedBody
from stoppress.edge.cache.public_response import public_response
from stoppress.edge.pages.cached_view import CachedPage, page_cache
from stoppress.edge.render.page_document import render_home_page


@require_safe
def home(request: HttpRequest) -> HttpResponse:
    """`/`: what is live first, then by last change."""
    head = log_positions.combined()
    found = page_cache.get(("", head, request.path), lambda: CachedPage(CompressedBody(render_home_page(listed_blogs()))))
    return public_response(request, found.body, head)


def listed_blogs() -> list[LiveBlog]:
    """Every live blog with its number of posts."""
    live_first = Case(When(state=BlogState.LIVE, then=Value(0)), default=Value(1))
    standing = Count("posts", filter=Q(posts__withdrawn_at=None))
    return list(LiveBlog.objects.annotate(standing=standing).order_by(live_first, "-changed_at", "slug"))
