"""Render a live blog and some of its posts into the bytes of a page, feed or JSON-LD document.

The result is the same for every reader: no request is read.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial, wraps
from typing import Any, Concatenate, ParamSpec

from django.conf import settings
from django.template.loader import render_to_string
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _

from stoppress.coverage.html_sanitiser import shorten_html
from stoppress.coverage.localisation.languages import in_language, newsroom_language, page_language, text_direction
from stoppress.coverage.models import LiveBlog
from stoppress.coverage.newsroom import newsroom
from stoppress.coverage.post_html import render_post
from stoppress.coverage.public_state import Cursor, blog_header
from stoppress.edge.render.page_parts import key_events_html, standfirst_html, state_html
from stoppress.edge.render.pagination import PostSlice
from stoppress.edge.render.post_cache import cached_post_html
from stoppress.syndication.feeds.feed_content import FEED_MEDIA_TYPES, Feed, build_feed
from stoppress.syndication.json_ld import (
    BlogView,
    blog_posting_document,
    live_blog_posting_document,
    to_json,
    to_script_json,
)

SIGN_UP_TEMPLATES = ["signup/live_page_form.html", "edge/signup_link.html"]
"""The sign-up form for alerts, or a link if the app `signup` is not installed."""
DESCRIPTION_CHARACTERS = 200
"""Maximum length of a post's text in a link preview."""


@dataclass(frozen=True)
class LinkPreview:
    """How a link to a page looks where it is shared (Open Graph, Twitter)."""

    title: str
    description: str
    url: str
    image: str = ""
    image_alt: str = ""
    indexed: bool = True
    """False for a second address of the same posts: search engines keep `url` alone."""


P = ParamSpec("P")


def _in_language_of_blog(
    render: Callable[Concatenate[LiveBlog, P], bytes],
) -> Callable[Concatenate[LiveBlog, P], bytes]:
    """Decorate a function that renders a page or feed: it runs in the language of the live blog."""

    @wraps(render)
    def wrapped(blog: LiveBlog, /, *args: P.args, **kwargs: P.kwargs) -> bytes:
        with in_language(page_language(blog.language)):
            return render(blog, *args, **kwargs)

    return wrapped


@_in_language_of_blog
def render_newest_page(blog: LiveBlog, post_slice: PostSlice) -> bytes:
    """Render `/live/SLUG`."""
    json_ld = live_blog_posting_document(_blog_view(blog, post_slice), post_slice.posts, newsroom())
    description = " ".join(blog.paragraphs[:1]) or blog.headline
    preview = _link_preview(post_slice, blog.headline, description, f"/live/{blog.slug}")
    return _render_page("edge/newest.html", blog, post_slice, preview, json_ld)


@_in_language_of_blog
def render_older_page(blog: LiveBlog, post_slice: PostSlice, path: str) -> bytes:
    """Render `/live/SLUG/before/ID`."""
    json_ld = live_blog_posting_document(_blog_view(blog, post_slice), post_slice.posts, newsroom())
    description = _("Earlier posts: {headline}").format(headline=blog.headline)
    preview = _link_preview(post_slice, blog.headline, description, path)
    return _render_page("edge/older.html", blog, post_slice, preview, json_ld)


@_in_language_of_blog
def render_page_from_start(blog: LiveBlog, post_slice: PostSlice, *, first: bool) -> bytes:
    """Render `/live/SLUG/from-the-start`, or with `first` False `/live/SLUG/after/ID`."""
    preview = _link_preview(post_slice, blog.headline, blog.headline, f"/live/{blog.slug}")
    return _render_page("edge/start.html" if first else "edge/later.html", blog, post_slice, _unindexed(preview))


@_in_language_of_blog
def render_post_page(blog: LiveBlog, post_slice: PostSlice) -> bytes:
    """Render `/live/SLUG/posts/ID`."""
    post = post_slice.posts[0]
    json_ld = blog_posting_document(post, _blog_view(blog, post_slice), newsroom())
    description = shorten_html(post.content.body, DESCRIPTION_CHARACTERS) or blog.headline
    preview = _link_preview(replace(post_slice, posts=(post,)), post.title, description, post.path)
    return _render_page("edge/post.html", blog, post_slice, preview, json_ld)


@_in_language_of_blog
def render_embed_page(blog: LiveBlog, post_slice: PostSlice) -> bytes:
    """Render `/embed/SLUG`: the same posts from the same template, with as little as possible around them."""
    preview = _link_preview(post_slice, blog.headline, blog.headline, f"/live/{blog.slug}")
    return _render_page("edge/embed.html", blog, post_slice, preview)


@_in_language_of_blog
def render_lite_page(blog: LiveBlog, post_slice: PostSlice) -> bytes:
    """Render `/live/SLUG/lite`: the newest posts with links in place of pictures, in as few bytes as possible."""
    preview = _link_preview(post_slice, blog.headline, blog.headline, f"/live/{blog.slug}")
    return _render_page("edge/lite.html", blog, post_slice, _unindexed(preview), with_pictures=False)


@_in_language_of_blog
def render_feed(blog: LiveBlog, post_slice: PostSlice, write: Callable[[Feed], bytes]) -> bytes:
    """Render `/live/SLUG/feed.FORMAT`; `write` produces the format."""
    return write(build_feed(_blog_view(blog, post_slice), post_slice.posts, newsroom()))


@_in_language_of_blog
def render_structured_data(blog: LiveBlog, post_slice: PostSlice) -> bytes:
    """Render `/live/SLUG/blog.jsonld`."""
    return to_json(live_blog_posting_document(_blog_view(blog, post_slice), post_slice.posts, newsroom())).encode()


def render_home_page(blogs: list[LiveBlog]) -> bytes:
    """Render `/`."""
    with in_language(page_language(newsroom_language())):
        description = _("Live coverage from {newsroom}").format(newsroom=newsroom().name)
        preview = LinkPreview(newsroom().name, description, newsroom().absolute_url("/"))
        return _render_template("edge/home.html", {"blogs": blogs, "preview": preview})


def _render_page(
    template: str,
    blog: LiveBlog,
    post_slice: PostSlice,
    preview: LinkPreview,
    json_ld: dict[str, Any] | None = None,
    *,
    with_pictures: bool = True,
) -> bytes:
    render = cached_post_html if with_pictures else partial(render_post, with_pictures=False)
    header = blog_header(blog)
    context = {
        "blog": blog,
        "post_slice": post_slice,
        "posts": [render(post) for post in post_slice.posts],
        "posts_above": [cached_post_html(post) for post in post_slice.above],
        "preview": preview,
        "json_ld": _mark_trusted(to_script_json(json_ld)) if json_ld else "",
        "cursor": Cursor(blog.epoch, blog.seq),
        "dir": text_direction(blog.language),
        "state_html": _mark_trusted(state_html(header)),
        "standfirst_html": _mark_trusted(standfirst_html(header)),
        "key_events_html": _mark_trusted(key_events_html(blog.slug, post_slice.key_events)),
        "next": f"/live/{blog.slug}",
        "sign_up_templates": SIGN_UP_TEMPLATES,
        "feed_types": FEED_MEDIA_TYPES,
    }
    return _render_template(template, context)


def _render_template(template: str, context: dict[str, Any]) -> bytes:
    return render_to_string(template, {"newsroom": newsroom(), "demo": settings.DEMO, **context}).encode()


def _mark_trusted(html: str) -> SafeString:
    return mark_safe(html)  # output of our own templates, and JSON without angle brackets


def _blog_view(blog: LiveBlog, post_slice: PostSlice) -> BlogView:
    return BlogView(blog.slug, blog.language, blog_header(blog), blog.opened_at, post_slice.started_at)


def _unindexed(preview: LinkPreview) -> LinkPreview:
    return replace(preview, indexed=False)


def _link_preview(post_slice: PostSlice, title: str, description: str, path: str) -> LinkPreview:
    absolute = newsroom().absolute_url
    picture = next((picture for post in post_slice.posts for picture in post.pictures), None)
    if picture is None:
        return LinkPreview(title, description, absolute(path))
    return LinkPreview(title, description, absolute(path), absolute(picture.src), picture.alt)
