"""One memory of rendered pages for all views."""

from collections.abc import Callable

from django.http import Http404, HttpRequest, HttpResponse

from stoppress.coverage.errors import CoverageError
from stoppress.coverage.models import LiveBlog
from stoppress.coverage.reading import find_blog
from stoppress.edge import heads
from stoppress.edge.answers import HEAD, answer
from stoppress.edge.pages import PageCache
from stoppress.edge.renditions import Rendition

pages: PageCache[tuple[Rendition, int]] = PageCache(limit=256)


def page(
    request: HttpRequest,
    slug: str,
    render: Callable[[LiveBlog], tuple[bytes, int]],
    caching: str = HEAD,
) -> HttpResponse:
    """The page at this address; `render` (body and status) runs at most once per change of the live blog."""
    head = heads.current(slug)
    if head is None:
        raise Http404

    def make() -> tuple[Rendition, int]:
        body, status = render(find_blog(slug))
        return Rendition(body), status

    try:
        rendition, status = pages.get((slug, head, request.path), make)
    except CoverageError as error:
        raise Http404 from error
    return answer(request, rendition, head, caching=caching, status=status)
