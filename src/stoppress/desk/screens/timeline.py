"""The running page as the desk shows it: each post as readers see it, with what may be done to it."""

from dataclasses import dataclass

from stoppress.coverage.models import LiveBlog
from stoppress.coverage.public_posts import PostView, in_order, post_views
from stoppress.coverage.public_state import Cursor
from stoppress.desk.screens.post_html import html_of

STEP = 30
MOST = 2_000


@dataclass(frozen=True)
class Row:
    """One post, and its HTML by the template that readers get."""

    post: PostView
    html: str


@dataclass(frozen=True)
class Running:
    """The newest posts of a live blog, and where its log stood before they were read."""

    cursor: Cursor
    rows: list[Row]
    shown: int
    older: int

    @property
    def next_shown(self) -> int:
        """How many to show when somebody asks for more."""
        return self.shown + STEP


def running(blog: LiveBlog, asked: str = "") -> Running:
    """The newest posts, as many as `asked` for. The cursor is read first: what comes between is only read twice."""
    shown = min(max(int(asked), STEP), MOST) if asked.isascii() and asked.isdigit() and len(asked) < 6 else STEP
    posts = in_order(blog)
    rows = [Row(view, html_of(view)) for view in post_views(blog, posts[:shown])]
    return Running(Cursor(blog.epoch, blog.seq), rows, shown, max(posts.count() - shown, 0))
