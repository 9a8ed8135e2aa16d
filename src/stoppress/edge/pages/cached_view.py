"""One memory of rendered answers for all views."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from django.http import Http404, HttpRequest, HttpResponse

from stoppress.coverage.errors import CoverageError
from stoppress.coverage.models import LiveBlog
from stoppress.coverage.public_posts import find_blog
from stoppress.coverage.read_snapshot import read_snapshot
from stoppress.edge.cache import log_positions
from stoppress.edge.cache.compressed_body import CompressedBody
from stoppress.edge.cache.page_cache import PageCache
from stoppress.edge.cache.public_response import NEWEST_CACHE_CONTROL, HTML_TYPE, public_response


@dataclass(frozen=True)
class CachedPage:
    """One rendered answer."""

    body: CompressedBody
    status: int = 200
    changed_at: datetime | None = None


page_cache: PageCache[CachedPage] = PageCache(limit=256)


def cached_page(
    request: HttpRequest,
    slug: str,
    render: Callable[[LiveBlog], tuple[bytes, int]],
    caching: str = NEWEST_CACHE_CONTROL,
    content_type: str = HTML_TYPE,
) -> HttpResponse:
    """What is at this address; `render` (body and status) runs at most once per change of the live blog."""
    head = log_positions.current(slug)
    if head is None:
        raise Http404

    def make() -> CachedPage:
        with read_snapshot():
            blog = find_blog(slug)
            body, status = render(blog)
        return CachedPage(CompressedBody(body), status, blog.changed_at)

    try:
        found = page_cache.get((slug, head, request.path), make)
    except CoverageError as error:
        raise Http404 from error
    return public_response(request, found.body, head, content_type, caching, found.status, found.changed_at)
