"""API operations on live blogs: list them, and open one with the same action as the desk."""

from datetime import datetime
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from ninja import Router

from stoppress.coverage.actions import open_blog
from stoppress.coverage.choices import BlogState
from stoppress.coverage.models import LiveBlog
from stoppress.desk.api.authentication import caller_name, is_readable, require_scope, token_with_scope
from stoppress.desk.api.idempotency import respond_once
from stoppress.desk.api.live_blog_schemas import LiveBlogList, LiveBlogOut, NewLiveBlog, live_blog_out
from stoppress.desk.api.post_schemas import Problem
from stoppress.desk.problem_details import ApiError

router = Router(tags=["Live blogs"])
PROBLEMS = {401: Problem, 403: Problem, 409: Problem, 422: Problem, 429: Problem}


@router.get("", response={200: LiveBlogList, **PROBLEMS}, summary="List live blogs")
def list_live_blogs(request: HttpRequest) -> LiveBlogList:
    """List the live blogs that the token may read, the last opened first."""
    token = token_with_scope(request, "posts:read")
    blogs = [blog for blog in LiveBlog.objects.order_by("-opened_at", "-pk") if is_readable(token, blog.pk)]
    return LiveBlogList(live_blogs=[live_blog_out(blog) for blog in blogs])


@router.post("", response={201: LiveBlogOut, **PROBLEMS}, summary="Open a live blog")
def open_live_blog(request: HttpRequest, payload: NewLiveBlog) -> HttpResponse:
    """Open a live blog. Its page exists at once. An `Idempotency-Key` header makes retries safe."""
    if require_scope(request, "live-blogs:open").blog_id is not None:
        raise ApiError(403, "other-blog", "The token is for one live blog", "It cannot open another one.")

    def act(now: datetime) -> dict[str, Any]:
        blog = open_blog(
            slug=payload.slug,
            headline=payload.headline,
            standfirst=payload.standfirst,
            zone=payload.zone or settings.DEFAULT_ZONE,
            language=payload.language,
            state=BlogState(payload.state),
            by=caller_name(request),
            now=now,
        )
        return live_blog_out(blog).model_dump(mode="json")

    return respond_once(request, 201, act, lambda answer: answer)
