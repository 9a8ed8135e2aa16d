"""The newest page of a live blog, and the pages below it."""

from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_safe

from stoppress.coverage.models import LiveBlog
from stoppress.edge.cache.public_response import ELSEWHERE
from stoppress.edge.pages.cached_view import page
from stoppress.edge.render.page_document import newest_page, older_page
from stoppress.edge.render.pagination import before, newest


@require_safe
def live(request: HttpRequest, slug: str) -> HttpResponse:
    """`/live/SLUG`."""

    def render(blog: LiveBlog) -> tuple[bytes, int]:
        return newest_page(blog, newest(blog)), 200

    return page(request, slug, render)


@require_safe
def older(request: HttpRequest, slug: str, post_id: UUID) -> HttpResponse:
    """`/live/SLUG/before/ID`."""

    def render(blog: LiveBlog) -> tuple[bytes, int]:
        return older_page(blog, before(blog, post_id), f"/live/{slug}/before/{post_id}"), 200

    return page(request, slug, render, caching=ELSEWHERE)
