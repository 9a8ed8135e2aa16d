"""Decide which posts are on which page. A page begins below a given post, so that new posts never shift old ones.

A pinned post is at the top of the newest page and on no other page of that order; from the start it is at its place.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID

from django.db.models import QuerySet

from stoppress.coverage.errors import PostNotFoundError
from stoppress.coverage.models import LiveBlog, Post
from stoppress.coverage.public_posts import PostView, build_post_views, posts_in_order
from stoppress.edge.cache.post_count import count_posts

POSTS_PER_PAGE = 20
POSTS_PER_EMBED = 10
"""Posts in an embed when it is opened."""
POSTS_PER_FEED = 50
"""Posts in a feed, and in the JSON-LD document."""
POSTS_ABOVE, POSTS_BELOW = 3, 5
"""Posts around the one that a page is about."""
MAX_KEY_EVENTS = 50
"""Key events in the list, newest first. Older ones keep the label in the post itself."""


@dataclass(frozen=True)
class PostSlice:
    """Some posts of a live blog, top to bottom, with the ids that lead to the posts above and below them."""

    posts: tuple[PostView, ...]
    key_events: tuple[PostView, ...]
    count: int
    """Posts of the whole live blog."""
    started_at: datetime | None
    """When the first post of the live blog was published."""
    newer: UUID | None = None
    older: UUID | None = None
    above: tuple[PostView, ...] = ()
    """On the page of one post: those right above it."""


def newest_posts(blog: LiveBlog, size: int = POSTS_PER_PAGE) -> PostSlice:
    """Return the pinned post and the `size` newest others. `older` is the id below which the next page begins."""
    rows = list(_unpinned(blog).order_by("-position")[: size + 1])
    pinned = list(posts_in_order(blog).filter(pinned=True))
    return _build_slice(blog, [*pinned, *rows[:size]], older=_next_page_id(rows, size))


def posts_before(blog: LiveBlog, post_id: UUID) -> PostSlice:
    """Return the posts right below this one.

    `newer` is the id below which the page above begins; None if that is the newest page.

    Raises:
        PostNotFoundError: the live blog has no such post.
    """
    position = _find(blog, post_id).position
    rows = list(_unpinned(blog).filter(position__lt=position).order_by("-position")[: POSTS_PER_PAGE + 1])
    above = _unpinned(blog).filter(position__gte=position).order_by("position")
    newer = above.values_list("pk", flat=True)[POSTS_PER_PAGE : POSTS_PER_PAGE + 1].first()
    return _build_slice(blog, rows[:POSTS_PER_PAGE], newer=newer, older=_next_page_id(rows, POSTS_PER_PAGE))


def posts_from_start(blog: LiveBlog, post_id: UUID | None = None) -> PostSlice:
    """Return posts in the order in which they happened: the first ones, or those right after this one.

    A pinned post is at its own place. `newer` is the id after which the next page begins, `older` the id after which
    the page before begins; None if that is the first page.

    Raises:
        PostNotFoundError: the live blog has no such post.
    """
    ahead, older = posts_in_order(blog).order_by("position"), None
    if post_id is not None:
        position = _find(blog, post_id).position
        behind = posts_in_order(blog).filter(position__lte=position).order_by("-position")
        older = behind.values_list("pk", flat=True)[POSTS_PER_PAGE : POSTS_PER_PAGE + 1].first()
        ahead = ahead.filter(position__gt=position)
    rows = list(ahead[: POSTS_PER_PAGE + 1])
    return _build_slice(blog, rows[:POSTS_PER_PAGE], newer=_next_page_id(rows, POSTS_PER_PAGE), older=older)


def post_with_neighbours(blog: LiveBlog, post_id: UUID) -> PostSlice:
    """Return one post and those right below it, with those right above it in `above`.

    `newer` is the id of the post right above, `older` the id below which further posts begin.

    Raises:
        PostNotFoundError: the live blog has no such post.
    """
    post = _find(blog, post_id)
    others = posts_in_order(blog)
    above = list(others.filter(position__gt=post.position).order_by("position")[:POSTS_ABOVE])
    below = list(others.filter(position__lt=post.position).order_by("-position")[: POSTS_BELOW + 1])
    rows = [*reversed(above), post, *below[:POSTS_BELOW]]
    newer = above[0].pk if above else None
    found = _build_slice(blog, rows, newer=newer, older=_next_page_id(below, POSTS_BELOW))
    return replace(found, above=found.posts[: len(above)], posts=found.posts[len(above) :])


def key_events(blog: LiveBlog) -> list[PostView]:
    """Return the key events of the list, newest first."""
    return build_post_views(blog, _key_event_rows(blog))


def _unpinned(blog: LiveBlog) -> QuerySet[Post]:
    return posts_in_order(blog).filter(pinned=False)


def _find(blog: LiveBlog, post_id: UUID) -> Post:
    try:
        return posts_in_order(blog).get(pk=post_id)
    except Post.DoesNotExist as error:
        raise PostNotFoundError(post_id) from error


def _next_page_id(rows: list[Post], size: int) -> UUID | None:
    """Return the id of the last post that fits, if there is one more after it."""
    return rows[size - 1].pk if len(rows) > size else None


def _key_event_rows(blog: LiveBlog) -> list[Post]:
    return list(posts_in_order(blog).filter(key_event=True).order_by("-position")[:MAX_KEY_EVENTS])


def _build_slice(
    blog: LiveBlog, rows: Iterable[Post], newer: UUID | None = None, older: UUID | None = None
) -> PostSlice:
    """Load posts and key events together. The cost does not grow with the number of posts of the live blog."""
    rows, events, total = list(rows), _key_event_rows(blog), count_posts(blog)
    views = {view.id: view for view in build_post_views(blog, {row.pk: row for row in [*rows, *events]}.values())}
    return PostSlice(
        posts=tuple(views[row.pk] for row in rows),
        key_events=tuple(views[row.pk] for row in events),
        count=total.count,
        started_at=total.started_at,
        newer=newer,
        older=older,
    )
