"""A live blog inside another site's page."""

from csp.decorators import csp_replace
from django.http import HttpRequest, HttpResponse
from django.views.decorators.clickjacking import xframe_options_exempt
from django.views.decorators.http import require_http_methods

from stoppress.coverage.models import LiveBlog
from stoppress.edge.cache.public_response import for_anybody, preflight
from stoppress.edge.pages.cached_view import page
from stoppress.edge.render.page_document import embedded_page
from stoppress.edge.render.pagination import EMBEDDED, newest


@require_http_methods(["GET", "HEAD", "OPTIONS"])
@xframe_options_exempt
@csp_replace({"frame-ancestors": ["*"]})  # type: ignore[arg-type]  # it takes views with arguments too
def embed(request: HttpRequest, slug: str) -> HttpResponse:
    """`/embed/SLUG`: the one page that any site may put in a frame."""
    if request.method == "OPTIONS":
        return preflight()

    def render(blog: LiveBlog) -> tuple[bytes, int]:
        return embedded_page(blog, newest(blog, EMBEDDED)), 200

    return for_anybody(page(request, slug, render))
