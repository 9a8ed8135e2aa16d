"""A live blog for machines: feeds, and a JSON-LD document."""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_http_methods

from stoppress.coverage.models import LiveBlog
from stoppress.edge.cache.public_response import OTHER_CACHE_CONTROL, allow_cross_origin, cors_preflight
from stoppress.edge.pages.cached_view import cached_page
from stoppress.edge.render.page_document import render_feed, render_structured_data
from stoppress.edge.render.pagination import POSTS_PER_FEED, newest_posts
from stoppress.syndication.feeds import atom, json_feed, rss
from stoppress.syndication.feeds.feed_content import FEED_MEDIA_TYPES, Feed

FEED_WRITERS: dict[str, Callable[[Feed], bytes]] = {"atom": atom.write, "rss": rss.write, "json": json_feed.write}


@require_http_methods(["GET", "HEAD", "OPTIONS"])
def feed(request: HttpRequest, slug: str, feed_format: str) -> HttpResponse:
    """Return `/live/SLUG/feed.atom`, `feed.rss` or `feed.json`."""

    def render(blog: LiveBlog) -> tuple[bytes, int]:
        return render_feed(blog, newest_posts(blog, POSTS_PER_FEED), FEED_WRITERS[feed_format]), 200

    return _cross_origin_page(request, slug, render, f"{FEED_MEDIA_TYPES[feed_format]}; charset=utf-8")


@require_http_methods(["GET", "HEAD", "OPTIONS"])
def structured_data(request: HttpRequest, slug: str) -> HttpResponse:
    """Return `/live/SLUG/blog.jsonld`."""

    def render(blog: LiveBlog) -> tuple[bytes, int]:
        return render_structured_data(blog, newest_posts(blog, POSTS_PER_FEED)), 200

    return _cross_origin_page(request, slug, render, "application/ld+json")


def _cross_origin_page(
    request: HttpRequest, slug: str, render: Callable[[LiveBlog], tuple[bytes, int]], content_type: str
) -> HttpResponse:
    if request.method == "OPTIONS":
        return cors_preflight()
    return allow_cross_origin(cached_page(request, slug, render, OTHER_CACHE_CONTROL, content_type))
