"""API operations on posts, with the same actions as the desk."""

from datetime import datetime
from functools import partial
from typing import Annotated, Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from ninja import Query, Router

from stoppress.alerts.actions import halt_for_post
from stoppress.coverage.actions import correct, publish, update, withdraw
from stoppress.coverage.choices import NoteKind
from stoppress.coverage.errors import PostNotFoundError
from stoppress.coverage.models import LiveBlog, Post
from stoppress.coverage.newsroom import newsroom
from stoppress.coverage.post_content import Content
from stoppress.coverage.public_posts import build_post_views, find_blog, revision_content
from stoppress.desk.api.authentication import caller_name, check_scope_on_slug, require_scope_on_blog
from stoppress.desk.api.idempotency import respond_once
from stoppress.desk.api.post_representation import changed_post_json, hide_withdrawn_text, post_json, posts_out
from stoppress.desk.api.post_schemas import (
    ChangedPostOut,
    NewPost,
    PostCorrection,
    PostOut,
    PostPage,
    PostText,
    PostUpdate,
    PostWithdrawal,
    Problem,
)

router = Router(tags=["Posts"])
Limit = Annotated[int, Query(ge=1, le=200)]
PROBLEMS = {401: Problem, 403: Problem, 404: Problem, 409: Problem, 422: Problem, 429: Problem}


@router.get("/{slug}/posts", response={200: PostPage, **PROBLEMS}, summary="List posts, newest first")
def list_posts(request: HttpRequest, slug: str, before: UUID | None = None, limit: Limit = 50) -> PostPage:
    """List posts below the post `before`, so that pages do not shift when posts are published meanwhile."""
    blog = require_scope_on_blog(request, "posts:read", slug)
    posts = Post.objects.filter(blog=blog).order_by("-position").select_related("revision")
    if before:
        posts = posts.filter(position__lt=_find_post(blog, before).position)
    page = list(posts[: limit + 1])
    path = f"/api/v1/live/{slug}/posts?limit={limit}&before={page[limit - 1].pk}" if len(page) > limit else None
    return PostPage(
        posts=posts_out(build_post_views(blog, page[:limit])), next=newsroom().absolute_url(path) if path else None
    )


@router.post("/{slug}/posts", response={201: PostOut, **PROBLEMS}, summary="Publish a post")
def publish_post(request: HttpRequest, slug: str, payload: NewPost) -> HttpResponse:
    """Publish a post at once, at the top. An `Idempotency-Key` header or your own `id` makes retries safe."""
    check_scope_on_slug(request, "posts:write", slug)

    def act(now: datetime) -> dict[str, Any]:
        post = publish(
            slug,
            payload.apply_to(Content()),
            by=caller_name(request),
            now=now,
            post_id=payload.id,
            labels=tuple(payload.labels),
            happened_at=payload.happened_at,
        )
        return post_json(post.blog, post)

    return respond_once(request, 201, act, lambda answer: hide_withdrawn_text(find_blog(slug), answer))


@router.patch("/{slug}/posts/{post_id}", response={200: PostOut, **PROBLEMS}, summary="Update a post")
def change_post(request: HttpRequest, slug: str, post_id: UUID, payload: PostUpdate) -> HttpResponse:
    """Edit a post. Refused with 409 if it was saved since the `revision` that the edit began from."""
    blog = require_scope_on_blog(request, "posts:write", slug)

    def act(now: datetime) -> dict[str, Any]:
        content, by = _changed_content(blog, post_id, payload), caller_name(request)
        post = update(slug, post_id, content, by=by, now=now, based_on=payload.revision, note=payload.note)
        return post_json(blog, post)

    return respond_once(request, 200, act, partial(hide_withdrawn_text, blog))


@router.post("/{slug}/posts/{post_id}/correct", response={200: ChangedPostOut, **PROBLEMS}, summary="Correct a post")
def correct_post(request: HttpRequest, slug: str, post_id: UUID, payload: PostCorrection) -> HttpResponse:
    """Correct a post. The note stays with the post; deliveries about it that are not sent yet are halted."""
    blog = require_scope_on_blog(request, "posts:correct", slug)

    def act(now: datetime) -> dict[str, Any]:
        content, kind = _changed_content(blog, post_id, payload), NoteKind(payload.kind)
        by, based_on = caller_name(request), payload.revision
        post = correct(slug, post_id, content, note=payload.note, by=by, now=now, based_on=based_on, kind=kind)
        return changed_post_json(blog, post, halt_for_post(post_id, now=now))

    return respond_once(request, 200, act, partial(hide_withdrawn_text, blog))


@router.post("/{slug}/posts/{post_id}/withdraw", response={200: ChangedPostOut, **PROBLEMS}, summary="Withdraw a post")
def withdraw_post(request: HttpRequest, slug: str, post_id: UUID, payload: PostWithdrawal) -> HttpResponse:
    """Withdraw a post. The note replaces its text everywhere; deliveries about it that are not sent yet are halted."""
    blog = require_scope_on_blog(request, "posts:withdraw", slug)

    def act(now: datetime) -> dict[str, Any]:
        post = withdraw(slug, post_id, note=payload.note, by=caller_name(request), now=now)
        return changed_post_json(blog, post, halt_for_post(post_id, now=now))

    return respond_once(request, 200, act, partial(hide_withdrawn_text, blog))


def _find_post(blog: LiveBlog, post_id: UUID) -> Post:
    post = Post.objects.filter(blog=blog, pk=post_id).select_related("revision").first()
    if post is None:
        raise PostNotFoundError(post_id)
    return post


def _changed_content(blog: LiveBlog, post_id: UUID, payload: PostText) -> Content:
    post = _find_post(blog, post_id)
    assert post.revision is not None, "a post is created together with its first revision"
    return payload.apply_to(revision_content(post.revision))
