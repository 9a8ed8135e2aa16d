"""From a live blog and an excerpt of it to the bytes of a page. The same for every reader: no request is looked at."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import wraps
from typing import Any, Concatenate, ParamSpec

from django.conf import settings
from django.template.loader import render_to_string
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _

from stoppress.coverage.html_sanitiser import opening
from stoppress.coverage.localisation.languages import direction, in_language, newsroom_language, page_language
from stoppress.coverage.models import LiveBlog
from stoppress.coverage.newsroom import newsroom
from stoppress.coverage.public_state import Cursor, head_of
from stoppress.edge.render.page_parts import key_events_html, standfirst_html, state_html
from stoppress.edge.render.pagination import Excerpt
from stoppress.edge.render.post_cache import post_html
from stoppress.syndication.feeds.feed_content import FEEDS, Feed, feed_of
from stoppress.syndication.json_ld import Coverage, document_text, live_blog_posting, script_text, single_post

SIGN_UP = ["signup/signup.html", "edge/signup_link.html"]
"""The sign-up form of the alerts, or a link where they are not installed."""


@dataclass(frozen=True)
class Card:
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
def newest_page(blog: LiveBlog, excerpt: Excerpt) -> bytes:
    """`/live/SLUG`."""
    data = live_blog_posting(_coverage(blog, excerpt), excerpt.posts, newsroom())
    about = " ".join(blog.paragraphs[:1]) or blog.headline
    card = _card(excerpt, blog.headline, about, f"/live/{blog.slug}")
    return _page("edge/newest.html", blog, excerpt, card, data)


@_in_language_of_blog
def older_page(blog: LiveBlog, excerpt: Excerpt, path: str) -> bytes:
    """`/live/SLUG/before/ID`."""
    data = live_blog_posting(_coverage(blog, excerpt), excerpt.posts, newsroom())
    card = _card(excerpt, blog.headline, _("Earlier posts: {headline}").format(headline=blog.headline), path)
    return _page("edge/older.html", blog, excerpt, card, data)


@_in_language_of_blog
def post_page(blog: LiveBlog, excerpt: Excerpt) -> bytes:
    """`/live/SLUG/posts/ID`."""
    post = excerpt.posts[0]
    data = single_post(post, _coverage(blog, excerpt), newsroom())
    card = _card(excerpt, post.title, opening(post.content.body, 200) or blog.headline, post.path)
    return _page("edge/single.html", blog, excerpt, card, data)


@_in_language_of_blog
def embedded_page(blog: LiveBlog, excerpt: Excerpt) -> bytes:
    """`/embed/SLUG`: the same posts by the same template, and as little as possible around them."""
    card = _card(excerpt, blog.headline, blog.headline, f"/live/{blog.slug}")
    return _page("edge/embed.html", blog, excerpt, card)


@_in_language_of_blog
def feed_document(blog: LiveBlog, excerpt: Excerpt, write: Callable[[Feed], bytes]) -> bytes:
    """`/live/SLUG/feed.…`, in the format that `write` writes."""
    return write(feed_of(_coverage(blog, excerpt), excerpt.posts, newsroom()))


@_in_language_of_blog
def structured_document(blog: LiveBlog, excerpt: Excerpt) -> bytes:
    """`/live/SLUG/blog.jsonld`."""
    return document_text(live_blog_posting(_coverage(blog, excerpt), excerpt.posts, newsroom())).encode()


def index_page(blogs: list[LiveBlog]) -> bytes:
    """`/`."""
    with in_language(page_language(newsroom_language())):
        about = _("Live coverage from {newsroom}").format(newsroom=newsroom().name)
        card = Card(newsroom().name, about, newsroom().absolute("/"))
        return _render("edge/index.html", {"blogs": blogs, "card": card})


def _page(template: str, blog: LiveBlog, excerpt: Excerpt, card: Card, data: dict[str, Any] | None = None) -> bytes:
    head = head_of(blog)
    context = {
        "blog": blog,
        "excerpt": excerpt,
        "posts": [post_html(post) for post in excerpt.posts],
        "card": card,
        "structured": _trusted(script_text(data)) if data else "",
        "cursor": Cursor(blog.epoch, blog.seq),
        "dir": direction(blog.language),
        "state_html": _trusted(state_html(head)),
        "standfirst_html": _trusted(standfirst_html(head)),
        "key_events_html": _trusted(key_events_html(blog.slug, excerpt.key_events)),
        "next": f"/live/{blog.slug}",
        "sign_up": SIGN_UP,
        "feeds": FEEDS,
    }
    return _render(template, context)


def _render(template: str, context: dict[str, Any]) -> bytes:
    facts = {"newsroom": newsroom(), "demo": settings.DEMO}
    return render_to_string(template, {**facts, **context}).encode()


def _trusted(html: str) -> SafeString:
    return mark_safe(html)  # our own templates' output, and JSON without any angle bracket


def _coverage(blog: LiveBlog, excerpt: Excerpt) -> Coverage:
    return Coverage(blog.slug, blog.language, head_of(blog), blog.opened_at, excerpt.started_at)


def _card(excerpt: Excerpt, title: str, description: str, path: str) -> Card:
    picture = next((picture for post in excerpt.posts for picture in post.pictures), None)
    address = newsroom().absolute
    if picture is None:
        return Card(title, description, address(path))
    return Card(title, description, address(path), address(picture.src), picture.alt)
