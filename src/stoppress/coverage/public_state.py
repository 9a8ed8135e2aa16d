"""State of a reader's page, and the changes that update it: *snapshot at n + changes after n = snapshot now* (law 1).

A page is built from the result of `load_snapshot`. Stream and polling send the result of `changes_after`.
`apply_changes` updates a page, as the pages' script does. Tests check all of them against the law.

A change contains its post as it is *now*, not as it was then. So a reader who catches up never receives withdrawn text.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from types import MappingProxyType
from typing import Any
from uuid import UUID

from stoppress.coverage.choices import BlogState, ChangeKind
from stoppress.coverage.models import Change, LiveBlog
from stoppress.coverage.public_posts import PostView, build_post_views, find_blog, posts_in_order
from stoppress.coverage.read_snapshot import read_snapshot


@dataclass(frozen=True, order=True)
class Cursor:
    """Position of a reader in a log, written `EPOCH-SEQ`."""

    epoch: str
    seq: int

    def __str__(self) -> str:
        return f"{self.epoch}-{self.seq}"

    @classmethod
    def parse(cls, text: str) -> "Cursor | None":
        """Return the cursor that `text` contains, or None if it is not a cursor."""
        epoch, dash, seq = text.rpartition("-")
        if not dash or not epoch.isalnum() or not (seq.isascii() and seq.isdigit()) or len(seq) > 18:
            return None
        return cls(epoch, int(seq))


@dataclass(frozen=True)
class BlogHeader:
    """What a page shows above the posts."""

    headline: str
    standfirst: tuple[str, ...]
    state: BlogState
    state_at: datetime
    zone: str
    changed_at: datetime


@dataclass(frozen=True)
class Snapshot:
    """Everything that a reader sees of one live blog after the change numbered `cursor.seq`."""

    cursor: Cursor
    header: BlogHeader
    posts: Mapping[UUID, PostView] = field(default_factory=lambda: MappingProxyType({}))

    @property
    def order(self) -> list[UUID]:
        """The ids of the posts from top to bottom."""
        return sorted(self.posts, key=lambda post_id: self.posts[post_id].sort_key, reverse=True)

    @property
    def key_events(self) -> list[UUID]:
        """The ids of the key events, newest first."""
        events = [post for post in self.posts.values() if post.key_event]
        return [post.id for post in sorted(events, key=lambda post: post.position, reverse=True)]


@dataclass(frozen=True)
class ChangeView:
    """One change as readers get it: number, kind, and the current state of the header and of the changed post."""

    seq: int
    kind: ChangeKind
    at: datetime
    header: BlogHeader
    post: PostView | None


def load_snapshot(slug: str) -> Snapshot:
    """Return the current state of a live blog, or raise BlogNotFoundError."""
    with read_snapshot():
        blog = find_blog(slug)
        views = build_post_views(blog, posts_in_order(blog))
    posts = MappingProxyType({view.id: view for view in views})
    return Snapshot(Cursor(blog.epoch, blog.seq), blog_header(blog), posts)


def blog_header(blog: LiveBlog) -> BlogHeader:
    """Return what a page shows above the posts of `blog`."""
    state = BlogState(blog.state)
    return BlogHeader(blog.headline, tuple(blog.paragraphs), state, blog.state_at, blog.zone, blog.changed_at)


def changes_after(blog: LiveBlog, seq: int, limit: int | None = None) -> list[ChangeView]:
    """Return the changes numbered above `seq`, in order, at most `limit` of them. Needs at most three queries.

    Changes newer than `blog` was when it was read are left out. Sent with that older header, they would be skipped
    permanently, because the client would not request their numbers again.
    """
    log = Change.objects.filter(blog=blog, seq__gt=seq, seq__lte=blog.seq).select_related("post__revision")
    rows = list(log.order_by("seq")[:limit])
    posts = {row.post.pk: row.post for row in rows if row.post}
    views = {view.id: view for view in build_post_views(blog, posts.values())}
    header = blog_header(blog)
    return [
        ChangeView(row.seq, ChangeKind(row.kind), row.at, header, views[row.post_id] if row.post_id else None)
        for row in rows
    ]


def apply_changes(state: Snapshot, changes: Iterable[ChangeView]) -> Snapshot:
    """Return `state` updated by `changes`. Changes that `state` already contains are skipped."""
    posts: dict[UUID, Any] = dict(state.posts)
    cursor, header = state.cursor, state.header
    for change in changes:
        if change.seq <= cursor.seq:
            continue
        cursor, header = replace(cursor, seq=change.seq), change.header
        if change.post:
            posts[change.post.id] = change.post
    return Snapshot(cursor, header, MappingProxyType(posts))
