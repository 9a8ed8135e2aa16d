"""The list of live blogs."""

from django.db.models import Case, Count, Q, Value, When
from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_safe

from stoppress.coverage.choices import BlogState
from stoppress.coverage.models import LiveBlog
from stoppress.edge.cache import log_positions
from stoppress.edge.cache.compressed_body import CompressedBody
from stoppress.edge.cache.public_response import public_response
from stoppress.edge.cache.response_cache import HOME_SLUG
from stoppress.edge.pages.cached_view import CachedPage, page_cache
from stoppress.edge.render.page_document import render_home_page


@require_safe
def home(request: HttpRequest) -> HttpResponse:
    """Return `/`."""
    position = log_positions.combined()
    page = page_cache.get(
        (HOME_SLUG, position, request.path), lambda: CachedPage(CompressedBody(render_home_page(listed_blogs())))
    )
    return public_response(request, page.body, position)


def listed_blogs() -> list[LiveBlog]:
    """Return all live blogs with their number of posts: those that are live first, then by last change."""
    live_first = Case(When(state=BlogState.LIVE, then=Value(0)), default=Value(1))
    post_count = Count("posts", filter=Q(posts__withdrawn_at=None))
    return list(LiveBlog.objects.annotate(post_count=post_count).order_by(live_first, "-changed_at", "slug"))
