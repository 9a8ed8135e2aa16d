"""The page cache that all views of live blogs share."""

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
from stoppress.edge.cache.public_response import HTML_TYPE, NEWEST_CACHE_CONTROL, public_response


@dataclass(frozen=True)
class CachedPage:
    """One rendered page."""

    body: CompressedBody
    status: int = 200
    changed_at: datetime | None = None


page_cache: PageCache[CachedPage] = PageCache(limit=256)


def cached_page(
    request: HttpRequest,
    slug: str,
    render: Callable[[LiveBlog], tuple[bytes, int]],
    cache_control: str = NEWEST_CACHE_CONTROL,
    content_type: str = HTML_TYPE,
) -> HttpResponse:
    """Return the page at this address.

    Args:
        request: the request.
        slug: the live blog.
        render: returns body and status code; runs at most once per address and change of the live blog.
        cache_control: Cache-Control of the response.
        content_type: Content-Type of the response.

    Raises:
        Http404: there is no such live blog, or `render` raised a CoverageError.
    """
    position = log_positions.current(slug)
    if position is None:
        raise Http404

    def make() -> CachedPage:
        with read_snapshot():
            blog = find_blog(slug)
            body, status = render(blog)
        return CachedPage(CompressedBody(body), status, blog.changed_at)

    try:
        page = page_cache.get((slug, position, request.path), make)
    except CoverageError as error:
        raise Http404 from error
    return public_response(request, page.body, position, content_type, cache_control, page.status, page.changed_at)
