"""A live blog inside another site's page."""

from csp.decorators import csp_replace
from django.http import HttpRequest, HttpResponse
from django.views.decorators.clickjacking import xframe_options_exempt
from django.views.decorators.http import require_http_methods

from stoppress.coverage.models import LiveBlog
from stoppress.edge.cache.public_response import allow_cross_origin, cors_preflight
from stoppress.edge.pages.cached_view import cached_page
from stoppress.edge.render.page_document import render_embed_page
from stoppress.edge.render.pagination import POSTS_PER_EMBED, newest_posts


@require_http_methods(["GET", "HEAD", "OPTIONS"])
@xframe_options_exempt
@csp_replace({"frame-ancestors": ["*"]})  # type: ignore[arg-type]  # it takes views with arguments too
def embed(request: HttpRequest, slug: str) -> HttpResponse:
    """Return `/embed/SLUG`: the only page that any site may put in a frame."""
    if request.method == "OPTIONS":
        return cors_preflight()

    def render(blog: LiveBlog) -> tuple[bytes, int]:
        return render_embed_page(blog, newest_posts(blog, POSTS_PER_EMBED)), 200

    return allow_cross_origin(cached_page(request, slug, render))
