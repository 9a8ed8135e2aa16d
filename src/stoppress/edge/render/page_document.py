"""From a live blog and an excerpt of it to the bytes of a page. The same for every reader: no request is looked at."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import wraps
from typing import Any, Concatenate, ParamSpec

from django.conf import settings
from django.template.loader import render_to_string
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _

from stoppress.coverage.html_sanitiser import shorten_html
from stoppress.coverage.localisation.languages import text_direction, in_language, newsroom_language, page_language
from stoppress.coverage.models import LiveBlog
from stoppress.coverage.newsroom import newsroom
from stoppress.coverage.public_state import Cursor, blog_header
from stoppress.edge.render.page_parts import key_events_html, standfirst_html, state_html
from stoppress.edge.render.pagination import PostSlice
from stoppress.edge.render.post_cache import cached_post_html
from stoppress.syndication.feeds.feed_content import FEED_MEDIA_TYPES, Feed, build_feed
from stoppress.syndication.json_ld import BlogView, to_json, live_blog_posting_document, to_script_json, blog_posting_document

SIGN_UP_TEMPLATES = ["signup/live_page_form.html", "edge/signup_link.html"]
"""The sign-up form of the alerts, or a link where they are not installed."""


@dataclass(frozen=True)
class LinkPreview:
    """What a link to a page looks like where it is shared (Open Graph, Twitter)."""

    title: str
    description: str
    url: str
    image: str = ""
    image_alt: str = ""


P = ParamSpec("P")


def _in_language_of_blog(
    compose: Callable[Concatenate[LiveBlog, P], bytes],
) -> Callable[Concatenate[LiveBlog, P], bytes]:
    """Decorate a function that composes a page or feed: it runs in the language of the live blog."""

    @wraps(compose)
    def wrapped(blog: LiveBlog, /, *args: P.args, **kwargs: P.kwargs) -> bytes:
        with in_language(page_language(blog.language)):
            return compose(blog, *args, **kwargs)

    return wrapped


@_in_language_of_blog
def render_newest_page(blog: LiveBlog, excerpt: PostSlice) -> bytes:
    """`/live/SLUG`."""
    data = live_blog_posting_document(_coverage(blog, excerpt), excerpt.posts, newsroom())
    about = " ".join(blog.paragraphs[:1]) or blog.headline
    card = _card(excerpt, blog.headline, about, f"/live/{blog.slug}")
    return _page("edge/newest.html", blog, excerpt, card, data)


@_in_language_of_blog
def render_older_page(blog: LiveBlog, excerpt: PostSlice, path: str) -> bytes:
    """`/live/SLUG/before/ID`."""
    data = live_blog_posting_document(_coverage(blog, excerpt), excerpt.posts, newsroom())
    card = _card(excerpt, blog.headline, _("Earlier posts: {headline}").format(headline=blog.headline), path)
    return _page("edge/older.html", blog, excerpt, card, data)


@_in_language_of_blog
def render_post_page(blog: LiveBlog, excerpt: PostSlice) -> bytes:
    """`/live/SLUG/posts/ID`."""
    post = excerpt.posts[0]
    data = blog_posting_document(post, _coverage(blog, excerpt), newsroom())
    card = _card(excerpt, post.title, shorten_html(post.content.body, 200) or blog.headline, post.path)
    return _page("edge/single.html", blog, excerpt, card, data)


@_in_language_of_blog
def render_embed_page(blog: LiveBlog, excerpt: PostSlice) -> bytes:
    """`/embed/SLUG`: the same posts by the same template, and as little as possible around them."""
    card = _card(excerpt, blog.headline, blog.headline, f"/live/{blog.slug}")
    return _page("edge/embed.html", blog, excerpt, card)


@_in_language_of_blog
def render_feed(blog: LiveBlog, excerpt: PostSlice, write: Callable[[Feed], bytes]) -> bytes:
    """`/live/SLUG/feed.…`, in the format that `write` writes."""
    return write(build_feed(_coverage(blog, excerpt), excerpt.posts, newsroom()))


@_in_language_of_blog
def render_structured_data(blog: LiveBlog, excerpt: PostSlice) -> bytes:
    """`/live/SLUG/blog.jsonld`."""
    return to_json(live_blog_posting_document(_coverage(blog, excerpt), excerpt.posts, newsroom())).encode()


def render_home_page(blogs: list[LiveBlog]) -> bytes:
    """`/`."""
    with in_language(page_language(newsroom_language())):
        about = _("Live coverage from {newsroom}").format(newsroom=newsroom().name)
        card = LinkPreview(newsroom().name, about, newsroom().absolute_url("/"))
        return _render("edge/index.html", {"blogs": blogs, "card": card})


def _page(template: str, blog: LiveBlog, excerpt: PostSlice, card: LinkPreview, data: dict[str, Any] | None = None) -> bytes:
    head = blog_header(blog)
    context = {
        "blog": blog,
        "excerpt": excerpt,
        "posts": [cached_post_html(post) for post in excerpt.posts],
        "card": card,
        "structured": _trusted(to_script_json(data)) if data else "",
        "cursor": Cursor(blog.epoch, blog.seq),
        "dir": text_direction(blog.language),
        "state_html": _trusted(state_html(head)),
        "standfirst_html": _trusted(standfirst_html(head)),
        "key_events_html": _trusted(key_events_html(blog.slug, excerpt.key_events)),
        "next": f"/live/{blog.slug}",
        "sign_up": SIGN_UP_TEMPLATES,
        "feeds": FEED_MEDIA_TYPES,
    }
    return _render(template, context)


def _render(template: str, context: dict[str, Any]) -> bytes:
    facts = {"newsroom": newsroom(), "demo": settings.DEMO}
    return render_to_string(template, {**facts, **context}).encode()


def _trusted(html: str) -> SafeString:
    return mark_safe(html)  # our own templates' output, and JSON without any angle bracket


def _coverage(blog: LiveBlog, excerpt: PostSlice) -> BlogView:
    return BlogView(blog.slug, blog.language, blog_header(blog), blog.opened_at, excerpt.started_at)


def _card(excerpt: PostSlice, title: str, description: str, path: str) -> LinkPreview:
    picture = next((picture for post in excerpt.posts for picture in post.pictures), None)
    address = newsroom().absolute_url
    if picture is None:
        return LinkPreview(title, description, address(path))
    return LinkPreview(title, description, address(path), address(picture.src), picture.alt)
