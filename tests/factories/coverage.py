"""Build views of a live blog and its posts, without a database."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from stoppress.coverage.choices import BlogState
from stoppress.coverage.newsroom import Newsroom
from stoppress.coverage.post_content import Content
from stoppress.coverage.public_posts import PostView
from stoppress.coverage.public_state import BlogHeader
from stoppress.syndication.json_ld import BlogView

START = datetime(2026, 3, 8, 14, 56, tzinfo=UTC)
NEWSROOM = Newsroom("The Halden Courier", "https://courier.test", "a@courier.test", "courier.test")
BLOG_HEADER = BlogHeader(
    "Storm Maren", ("The lower town is empty.",), BlogState.LIVE, START, "Europe/London", START + timedelta(hours=2)
)
BLOG_VIEW = BlogView("storm-maren", "en", BLOG_HEADER, opened_at=START, started_at=START + timedelta(minutes=4))


def make_post_view(number: int = 1, **values: Any) -> PostView:
    """Return post number `number` of the storm, with some fields replaced by `values`."""
    at = START + timedelta(minutes=number)
    defaults: dict[str, Any] = {
        "id": UUID(int=number),
        "slug": "storm-maren",
        "zone": ZoneInfo("Europe/London"),
        "position": number,
        "published_at": at,
        "updated_at": at,
        "happened_at": None,
        "withdrawn_at": None,
        "labels": (),
        "revision": 1,
        "content": Content(headline=f"Post {number}", body="<p>One &amp; all.</p>", bylines=("Ines Okafor",)),
        "pictures": (),
        "notes": (),
    }
    return PostView(**(defaults | values))
