"""Which posts stand on which page. Pages are anchored on posts, so that new ones never push old ones along.

A pinned post stands on top of the newest page and nowhere else.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db.models import QuerySet

from stoppress.coverage.errors import PostNotFoundError
from stoppress.coverage.models import LiveBlog, Post
from stoppress.coverage.public_posts import PostView, posts_in_order, build_post_views
from stoppress.edge.cache.post_count import count_posts

POSTS_PER_PAGE = 20
"""Posts on a page."""
POSTS_PER_EMBED = 10
"""Posts in an embed when it is opened."""
POSTS_PER_FEED = 50
"""Posts in a feed and in the structured data that stands by itself."""
MAX_KEY_EVENTS = 50
"""Key events that are listed, the newest of them; older ones keep their label in their place."""


@dataclass(frozen=True)
class PostSlice:
    """Some posts of a live blog, top to bottom, and what lies to either side of them."""

    posts: tuple[PostView, ...]
    key_events: tuple[PostView, ...]
    count: int
    started_at: datetime | None
    newer: UUID | None = None
    older: UUID | None = None


def newest_posts(blog: LiveBlog, size: int = POSTS_PER_PAGE) -> PostSlice:
    """The pinned post and the `size` newest ones; `older` anchors the next page."""
    rows = list(_unpinned(blog).order_by("-position")[: size + 1])
    pinned = list(posts_in_order(blog).filter(pinned=True))
    return _excerpt(blog, [*pinned, *rows[:size]], older=_last_of(rows, size))


def posts_before(blog: LiveBlog, post_id: UUID) -> PostSlice:
    """The posts that stand right below this one; `newer` anchors the page above, None if that is the newest page.

    Raises NoSuchPost.
    """
    anchor = _find(blog, post_id).position
    rows = list(_unpinned(blog).filter(position__lt=anchor).order_by("-position")[: POSTS_PER_PAGE + 1])
    above = _unpinned(blog).filter(position__gte=anchor).order_by("position")
    newer = above.values_list("pk", flat=True)[POSTS_PER_PAGE : POSTS_PER_PAGE + 1].first()
    return _excerpt(blog, rows[:POSTS_PER_PAGE], newer=newer, older=_last_of(rows, POSTS_PER_PAGE))


def post_with_neighbours(blog: LiveBlog, post_id: UUID) -> PostSlice:
    """One post, with the ids of the posts right above and right below it. Raises PostNotFoundError."""
    post = _find(blog, post_id)
    ids = Post.objects.filter(blog=blog).values_list("pk", flat=True)
    newer = ids.filter(position__gt=post.position).order_by("position").first()
    older = ids.filter(position__lt=post.position).order_by("-position").first()
    return _excerpt(blog, [post], newer=newer, older=older)


def _unpinned(blog: LiveBlog) -> QuerySet[Post]:
    return posts_in_order(blog).filter(pinned=False)


def _find(blog: LiveBlog, post_id: UUID) -> Post:
    try:
        return posts_in_order(blog).get(pk=post_id)
    except Post.DoesNotExist as error:
        raise PostNotFoundError(post_id) from error


def _last_of(rows: list[Post], size: int) -> UUID | None:
    """The anchor of the page below, if one more post was found than fits."""
    return rows[size - 1].pk if len(rows) > size else None


def key_events(blog: LiveBlog) -> list[PostView]:
    """The key events that are listed, newest first."""
    return build_post_views(blog, _key_event_rows(blog))


def _key_event_rows(blog: LiveBlog) -> list[Post]:
    return list(posts_in_order(blog).filter(key_event=True).order_by("-position")[:MAX_KEY_EVENTS])


def _excerpt(blog: LiveBlog, rows: Iterable[Post], newer: UUID | None = None, older: UUID | None = None) -> PostSlice:
    """Make posts and key events ready in one go. What it costs does not grow with the number of posts."""
    rows, events, facts = list(rows), _key_event_rows(blog), count_posts(blog)
    views = {view.id: view for view in build_post_views(blog, {row.pk: row for row in [*rows, *events]}.values())}
    return PostSlice(
        posts=tuple(views[row.pk] for row in rows),
        key_events=tuple(views[row.pk] for row in events),
        count=facts.count,
        started_at=facts.started_at,
        newer=newer,
        older=older,
    )
