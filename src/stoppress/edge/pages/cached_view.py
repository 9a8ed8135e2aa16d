"""One memory of rendered answers for all views."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from django.http import Http404, HttpRequest, HttpResponse

from stoppress.coverage.errors import CoverageError
from stoppress.coverage.models import LiveBlog
from stoppress.coverage.public_posts import find_blog
from stoppress.coverage.read_snapshot import one_view
from stoppress.edge.cache import log_positions
from stoppress.edge.cache.compressed_body import Rendition
from stoppress.edge.cache.page_cache import PageCache
from stoppress.edge.cache.public_response import HEAD, HTML, answer


@dataclass(frozen=True)
class Page:
    """One rendered answer."""

    rendition: Rendition
    status: int = 200
    changed_at: datetime | None = None


pages: PageCache[Page] = PageCache(limit=256)


def page(
    request: HttpRequest,
    slug: str,
    render: Callable[[LiveBlog], tuple[bytes, int]],
    caching: str = HEAD,
    content_type: str = HTML,
) -> HttpResponse:
    """What is at this address; `render` (body and status) runs at most once per change of the live blog."""
    head = log_positions.current(slug)
    if head is None:
        raise Http404

    def make() -> Page:
        with one_view():
            blog = find_blog(slug)
            body, status = render(blog)
        return Page(Rendition(body), status, blog.changed_at)

    try:
        found = pages.get((slug, head, request.path), make)
    except CoverageError as error:
        raise Http404 from error
    return answer(request, found.rendition, head, content_type, caching, found.status, found.changed_at)
