"""Readers' state, and how changes move it: *snapshot at n plus changes after n is the snapshot now* (law 1).

`snapshot` is what a page loads with; `changes_after` is what stream and polling carry; `apply` is what a page does with
them. The pages' script does the same as `apply`; the tests hold all of them to the law.

A change tells the state of its post *now*, not then: whoever catches up never sees text that has been withdrawn since.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from types import MappingProxyType
from typing import Any
from uuid import UUID

from stoppress.coverage.choices import ChangeKind, BlogState
from stoppress.coverage.models import Change, LiveBlog
from stoppress.coverage.public_posts import PostView, find_blog, posts_in_order, build_post_views
from stoppress.coverage.read_snapshot import read_snapshot


@dataclass(frozen=True, order=True)
class Cursor:
    """Where a reader stands: `EPOCH-SEQ`."""

    epoch: str
    seq: int

    def __str__(self) -> str:
        return f"{self.epoch}-{self.seq}"

    @classmethod
    def parse(cls, text: str) -> "Cursor | None":
        """The cursor that `text` spells, or None if it spells none."""
        epoch, dash, seq = text.rpartition("-")
        if not dash or not epoch.isalnum() or not (seq.isascii() and seq.isdigit()) or len(seq) > 18:
            return None
        return cls(epoch, int(seq))


@dataclass(frozen=True)
class BlogHeader:
    """What stands above the posts."""

    headline: str
    standfirst: tuple[str, ...]
    state: BlogState
    state_at: datetime
    zone: str
    changed_at: datetime


@dataclass(frozen=True)
class Snapshot:
    """Everything a reader sees of one live blog after the change numbered `cursor.seq`."""

    cursor: Cursor
    header: BlogHeader
    posts: Mapping[UUID, PostView] = field(default_factory=lambda: MappingProxyType({}))

    @property
    def order(self) -> list[UUID]:
        """The posts' ids, top to bottom."""
        return sorted(self.posts, key=lambda key: self.posts[key].sort_key, reverse=True)

    @property
    def key_events(self) -> list[UUID]:
        """The key events' ids, newest first."""
        events = [post for post in self.posts.values() if post.key_event]
        return [post.id for post in sorted(events, key=lambda post: post.position, reverse=True)]


@dataclass(frozen=True)
class ChangeView:
    """One change as readers get it: its number, its kind, and what it touched as that stands now."""

    seq: int
    kind: ChangeKind
    at: datetime
    header: BlogHeader
    post: PostView | None


def load_snapshot(slug: str) -> Snapshot:
    """The state now."""
    with read_snapshot():
        blog = find_blog(slug)
        views = build_post_views(blog, posts_in_order(blog))
    return Snapshot(Cursor(blog.epoch, blog.seq), blog_header(blog), MappingProxyType({view.id: view for view in views}))


def blog_header(blog: LiveBlog) -> BlogHeader:
    """What stands above the posts of `blog`."""
    state = BlogState(blog.state)
    return BlogHeader(blog.headline, tuple(blog.paragraphs), state, blog.state_at, blog.zone, blog.changed_at)


def changes_after(blog: LiveBlog, seq: int, limit: int | None = None) -> list[ChangeView]:
    """The changes numbered above `seq`, in order, at most `limit` of them; three queries at most.

    None is newer than `blog` was when it was read: told with that head, such a change would be passed over for good.
    """
    log = Change.objects.filter(blog=blog, seq__gt=seq, seq__lte=blog.seq).select_related("post__revision")
    rows = list(log.order_by("seq")[:limit])
    posts = {row.post.pk: row.post for row in rows if row.post}
    views = {view.id: view for view in build_post_views(blog, posts.values())}
    return [_view(row, blog_header(blog), views) for row in rows]


def _view(row: Change, head: BlogHeader, views: Mapping[UUID, PostView]) -> ChangeView:
    return ChangeView(row.seq, ChangeKind(row.kind), row.at, head, views[row.post_id] if row.post_id else None)


def apply_changes(state: Snapshot, changes: Iterable[ChangeView]) -> Snapshot:
    """`state` after `changes`. What was applied before is passed over: applying twice is applying once."""
    posts: dict[UUID, Any] = dict(state.posts)
    cursor, head = state.cursor, state.header
    for change in changes:
        if change.seq <= cursor.seq:
            continue
        cursor, head = replace(cursor, seq=change.seq), change.header
        if change.post:
            posts[change.post.id] = change.post
    return Snapshot(cursor, head, MappingProxyType(posts))
