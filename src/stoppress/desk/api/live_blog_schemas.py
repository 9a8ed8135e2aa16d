"""Schemas of live blogs in requests and responses."""

from datetime import datetime
from typing import Literal

from ninja import Schema
from pydantic import Field, field_validator

from stoppress.coverage.models import LiveBlog
from stoppress.coverage.newsroom import newsroom
from stoppress.desk.api.post_schemas import StrictSchema


class NewLiveBlog(StrictSchema):
    """A live blog to open."""

    slug: str = Field(max_length=80, description="End of its address: small letters, digits and hyphens")
    headline: str = Field(min_length=1, max_length=300)
    standfirst: str = Field("", max_length=5000, description="Introduction; paragraphs, a blank line between them")
    zone: str = Field("", max_length=60, description="IANA time zone of its times; default: that of the newsroom")
    language: str = Field("", max_length=20, description="Language of its page (BCP 47); default: the newsroom's")
    state: Literal["planned", "live", "quiet", "paused", "ended"] = "live"

    @field_validator("slug", "headline", "standfirst", "zone", "language")
    @classmethod
    def _refuse_nul(cls, text: str) -> str:
        if "\x00" in text:
            raise ValueError("texts must not contain NUL characters")
        return text


class LiveBlogOut(Schema):
    """One live blog as readers see it now."""

    slug: str
    url: str
    posts_url: str
    headline: str
    standfirst: str
    zone: str
    language: str
    state: str
    opened_at: datetime


class LiveBlogList(Schema):
    """Several live blogs."""

    live_blogs: list[LiveBlogOut]


def live_blog_out(blog: LiveBlog) -> LiveBlogOut:
    """Return the public fields of a live blog."""
    names = ("slug", "headline", "standfirst", "zone", "language", "state", "opened_at")
    return LiveBlogOut(
        url=newsroom().absolute_url(f"/live/{blog.slug}"),
        posts_url=newsroom().absolute_url(f"/api/v1/live/{blog.slug}/posts"),
        **{name: getattr(blog, name) for name in names},
    )
