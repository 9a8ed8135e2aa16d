"""The running page as the desk shows it: each post as readers see it, with what may be done to it."""

from dataclasses import dataclass

from stoppress.coverage.models import LiveBlog
from stoppress.coverage.public_posts import PostView, posts_in_order, post_views
from stoppress.coverage.public_state import Cursor
from stoppress.desk.screens.post_html import safe_post_html

PAGE_SIZE = 30
MAX_SHOWN_POSTS = 2_000


@dataclass(frozen=True)
class TimelineRow:
    """One post, and its HTML by the template that readers get."""

    post: PostView
    html: str


@dataclass(frozen=True)
class Timeline:
    """The newest posts of a live blog, and where its log stood before they were read."""

    cursor: Cursor
    rows: list[TimelineRow]
    shown: int
    older_count: int

    @property
    def next_shown(self) -> int:
        """How many to show when somebody asks for more."""
        return self.shown + PAGE_SIZE


def load_timeline(blog: LiveBlog, asked: str = "") -> Timeline:
    """The newest posts, as many as `asked` for. The cursor is read first: what comes between is only read twice."""
    shown = min(max(int(asked), PAGE_SIZE), MAX_SHOWN_POSTS) if asked.isascii() and asked.isdigit() and len(asked) < 6 else PAGE_SIZE
    posts = posts_in_order(blog)
    rows = [TimelineRow(view, safe_post_html(view)) for view in post_views(blog, posts[:shown])]
    return Timeline(Cursor(blog.epoch, blog.seq), rows, shown, max(posts.count() - shown, 0))
