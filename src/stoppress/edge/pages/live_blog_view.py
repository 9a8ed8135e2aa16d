"""The newest page of a live blog, the pages with its older posts, and the same posts from the start."""

from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_safe

from stoppress.coverage.models import LiveBlog
from stoppress.edge.cache.public_response import NEWEST_CACHE_CONTROL, OTHER_CACHE_CONTROL
from stoppress.edge.pages.cached_view import cached_page
from stoppress.edge.render.page_document import (
    render_lite_page,
    render_newest_page,
    render_older_page,
    render_page_from_start,
)
from stoppress.edge.render.pagination import newest_posts, posts_before, posts_from_start


@require_safe
def live_blog(request: HttpRequest, slug: str) -> HttpResponse:
    """Return `/live/SLUG`."""

    def render(blog: LiveBlog) -> tuple[bytes, int]:
        return render_newest_page(blog, newest_posts(blog)), 200

    return cached_page(request, slug, render)


@require_safe
def older_posts(request: HttpRequest, slug: str, post_id: UUID) -> HttpResponse:
    """Return `/live/SLUG/before/ID`."""

    def render(blog: LiveBlog) -> tuple[bytes, int]:
        return render_older_page(blog, posts_before(blog, post_id), f"/live/{slug}/before/{post_id}"), 200

    return cached_page(request, slug, render, OTHER_CACHE_CONTROL)


@require_safe
def posts_in_order_of_time(request: HttpRequest, slug: str, post_id: UUID | None = None) -> HttpResponse:
    """Return `/live/SLUG/from-the-start`, or `/live/SLUG/after/ID`."""

    def render(blog: LiveBlog) -> tuple[bytes, int]:
        return render_page_from_start(blog, posts_from_start(blog, post_id), first=post_id is None), 200

    return cached_page(request, slug, render, OTHER_CACHE_CONTROL if post_id else NEWEST_CACHE_CONTROL)


@require_safe
def lite(request: HttpRequest, slug: str) -> HttpResponse:
    """Return `/live/SLUG/lite`."""

    def render(blog: LiveBlog) -> tuple[bytes, int]:
        return render_lite_page(blog, newest_posts(blog)), 200

    return cached_page(request, slug, render)
