"""A live blog for machines: feeds, and structured data that stands by itself."""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_http_methods

from stoppress.coverage.models import LiveBlog
from stoppress.edge.cache.public_response import ELSEWHERE, for_anybody, preflight
from stoppress.edge.pages.cached_view import page
from stoppress.edge.render.page_document import feed_document, structured_document
from stoppress.edge.render.pagination import FEED, newest
from stoppress.syndication.feeds import atom, json_feed, rss
from stoppress.syndication.feeds.feed_content import FEEDS, Feed

WRITERS: dict[str, Callable[[Feed], bytes]] = {"atom": atom.write, "rss": rss.write, "json": json_feed.write}


@require_http_methods(["GET", "HEAD", "OPTIONS"])
def feed(request: HttpRequest, slug: str, form: str) -> HttpResponse:
    """`/live/SLUG/feed.atom`, `feed.rss`, `feed.json`."""

    def render(blog: LiveBlog) -> tuple[bytes, int]:
        return feed_document(blog, newest(blog, FEED), WRITERS[form]), 200

    return _shared(request, slug, render, f"{FEEDS[form]}; charset=utf-8")


@require_http_methods(["GET", "HEAD", "OPTIONS"])
def structured(request: HttpRequest, slug: str) -> HttpResponse:
    """`/live/SLUG/blog.jsonld`."""

    def render(blog: LiveBlog) -> tuple[bytes, int]:
        return structured_document(blog, newest(blog, FEED)), 200

    return _shared(request, slug, render, "application/ld+json")


def _shared(
    request: HttpRequest, slug: str, render: Callable[[LiveBlog], tuple[bytes, int]], content_type: str
) -> HttpResponse:
    if request.method == "OPTIONS":
        return preflight()
    return for_anybody(page(request, slug, render, ELSEWHERE, content_type))
