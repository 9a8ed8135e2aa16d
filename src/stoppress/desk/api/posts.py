"""The operations on posts. Each goes through the same actions as the desk."""

from datetime import datetime
from functools import partial
from typing import Annotated, Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from ninja import Query, Router

from stoppress.alerts.actions import halt_for_post
from stoppress.coverage.actions import correct, publish, update, withdraw
from stoppress.coverage.choices import Notice
from stoppress.coverage.errors import BadContent, NoSuchPost
from stoppress.coverage.models import LiveBlog, Picture, Post
from stoppress.coverage.newsroom import newsroom
from stoppress.coverage.post_content import Content
from stoppress.coverage.public_posts import content_of, find_blog, post_views
from stoppress.desk.api.authentication import allowed_there, enter, signature
from stoppress.desk.api.idempotency import once
from stoppress.desk.api.post_representation import as_it_stands, outs, shown, shown_changed
from stoppress.desk.api.post_schemas import (
    Change,
    Changed,
    Correction,
    NewPost,
    Page,
    PostOut,
    Problem,
    Withdrawal,
    Words,
)

router = Router(tags=["Posts"])
Limit = Annotated[int, Query(ge=1, le=200)]
PROBLEMS = {401: Problem, 403: Problem, 404: Problem, 409: Problem, 422: Problem, 429: Problem}


@router.get("/{slug}/posts", response={200: Page, **PROBLEMS}, summary="List posts, newest first")
def list_posts(request: HttpRequest, slug: str, before: UUID | None = None, limit: Limit = 50) -> Page:
    """`before` is the id of a post: the ones below it follow, whatever is published above meanwhile."""
    blog = enter(request, "posts:read", slug)
    posts = Post.objects.filter(blog=blog).order_by("-position").select_related("revision")
    if before:
        posts = posts.filter(position__lt=_post(blog, before).position)
    found = list(posts[: limit + 1])
    path = f"/api/v1/live/{slug}/posts?limit={limit}&before={found[limit - 1].pk}" if len(found) > limit else None
    return Page(posts=outs(post_views(blog, found[:limit])), next=newsroom().absolute(path) if path else None)


@router.post("/{slug}/posts", response={201: PostOut, **PROBLEMS}, summary="Publish a post")
def publish_post(request: HttpRequest, slug: str, given: NewPost) -> HttpResponse:
    """Published at once, at the top. An `Idempotency-Key` header or an `id` of your own makes a retry harmless."""
    allowed_there(request, "posts:write", slug)

    def act(now: datetime) -> dict[str, Any]:
        post = publish(
            slug,
            _known_pictures(given.over(Content())),
            by=signature(request),
            now=now,
            post_id=given.id,
            labels=tuple(given.labels),
            happened_at=given.happened_at,
        )
        return shown(post.blog, post)

    return once(request, 201, act, lambda answer: as_it_stands(find_blog(slug), answer))


@router.patch("/{slug}/posts/{post_id}", response={200: PostOut, **PROBLEMS}, summary="Change a post")
def change_post(request: HttpRequest, slug: str, post_id: UUID, given: Change) -> HttpResponse:
    """Refused with 409 if somebody saved since the `revision` you began from."""
    blog = enter(request, "posts:write", slug)

    def act(now: datetime) -> dict[str, Any]:
        content, by = _changed(blog, post_id, given), signature(request)
        post = update(slug, post_id, content, by=by, now=now, based_on=given.revision, note=given.note)
        return shown(blog, post)

    return once(request, 200, act, partial(as_it_stands, blog))


@router.post("/{slug}/posts/{post_id}/correct", response={200: Changed, **PROBLEMS}, summary="Correct a post")
def correct_post(request: HttpRequest, slug: str, post_id: UUID, given: Correction) -> HttpResponse:
    """The note stands with the post for ever; alerts of it that have not left are halted."""
    blog = enter(request, "posts:correct", slug)

    def act(now: datetime) -> dict[str, Any]:
        content, kind = _changed(blog, post_id, given), Notice(given.kind)
        by, based_on = signature(request), given.revision
        post = correct(slug, post_id, content, note=given.note, by=by, now=now, based_on=based_on, kind=kind)
        return shown_changed(blog, post, halt_for_post(post_id, now=now))

    return once(request, 200, act, partial(as_it_stands, blog))


@router.post("/{slug}/posts/{post_id}/withdraw", response={200: Changed, **PROBLEMS}, summary="Withdraw a post")
def withdraw_post(request: HttpRequest, slug: str, post_id: UUID, given: Withdrawal) -> HttpResponse:
    """Its text disappears everywhere and the note stands in its place; alerts of it that have not left are halted."""
    blog = enter(request, "posts:withdraw", slug)

    def act(now: datetime) -> dict[str, Any]:
        post = withdraw(slug, post_id, note=given.note, by=signature(request), now=now)
        return shown_changed(blog, post, halt_for_post(post_id, now=now))

    return once(request, 200, act, partial(as_it_stands, blog))


def _post(blog: LiveBlog, post_id: UUID) -> Post:
    found = Post.objects.filter(blog=blog, pk=post_id).select_related("revision").first()
    if found is None:
        raise NoSuchPost(post_id)
    return found


def _changed(blog: LiveBlog, post_id: UUID, given: Words) -> Content:
    post = _post(blog, post_id)
    assert post.revision is not None, "a post is created together with its first revision"
    return _known_pictures(given.over(content_of(post.revision)))


def _known_pictures(content: Content) -> Content:
    wanted = {use.id for use in content.pictures}
    if wanted and (unknown := wanted - set(Picture.objects.filter(pk__in=wanted).values_list("pk", flat=True))):
        raise BadContent("pictures", f"No such picture: {', '.join(sorted(unknown))}. Take it in at the desk first.")
    return content
