"""The timeline of a live blog at the desk: each post as readers see it, for the actions below it."""

from dataclasses import dataclass

from stoppress.coverage.models import LiveBlog
from stoppress.coverage.public_posts import PostView, build_post_views, posts_in_order
from stoppress.coverage.public_state import Cursor
from stoppress.desk.screens.post_html import safe_post_html

PAGE_SIZE = 30
MAX_SHOWN_POSTS = 2_000


@dataclass(frozen=True)
class TimelineRow:
    """One post and its HTML, from the same template as for readers."""

    post: PostView
    html: str


@dataclass(frozen=True)
class Timeline:
    """The newest posts of a live blog.

    Args:
        cursor: position of the log before the posts were read.
        rows: the posts.
        shown: how many posts are shown at most.
        older_count: how many older posts there are.
    """

    cursor: Cursor
    rows: list[TimelineRow]
    shown: int
    older_count: int

    @property
    def next_shown(self) -> int:
        """Return how many posts to show after “Show older posts”."""
        return self.shown + PAGE_SIZE


def load_timeline(blog: LiveBlog, requested: str = "") -> Timeline:
    """Return the newest posts.

    The cursor is read first, so that a post published meanwhile is read twice and never missed.

    Args:
        blog: the live blog.
        requested: the number of posts as a decimal; anything else means PAGE_SIZE.
    """
    number = int(requested) if requested.isascii() and requested.isdigit() and len(requested) < 6 else 0
    shown = min(max(number, PAGE_SIZE), MAX_SHOWN_POSTS)
    posts = posts_in_order(blog)
    rows = [TimelineRow(view, safe_post_html(view)) for view in build_post_views(blog, posts[:shown])]
    return Timeline(Cursor(blog.epoch, blog.seq), rows, shown, max(posts.count() - shown, 0))
