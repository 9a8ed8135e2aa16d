"""One post as a page of its own, with those around it."""

from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_safe

from stoppress.coverage.models import LiveBlog
from stoppress.edge.cache.public_response import OTHER_CACHE_CONTROL
from stoppress.edge.pages.cached_view import cached_page
from stoppress.edge.render.page_document import render_post_page
from stoppress.edge.render.pagination import post_with_neighbours


@require_safe
def post(request: HttpRequest, slug: str, post_id: UUID) -> HttpResponse:
    """Return `/live/SLUG/posts/ID`.

    The post is at the top, also for a reader without script; the posts above it are folded.
    A withdrawn post shows its tombstone with 410 Gone, so that search engines remove it.
    """

    def render(blog: LiveBlog) -> tuple[bytes, int]:
        post_slice = post_with_neighbours(blog, post_id)
        return render_post_page(blog, post_slice), 410 if post_slice.posts[0].withdrawn else 200

    return cached_page(request, slug, render, OTHER_CACHE_CONTROL)
