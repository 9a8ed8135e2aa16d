"""Content of a feed, independent of its format: facts about the live blog, and its newest posts as items.

A corrected post is marked in its title and before its text. A withdrawn post keeps its id and states the reason.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from html import escape, unescape
from urllib.parse import urljoin

from django.template.loader import render_to_string
from django.utils.translation import gettext_lazy

from stoppress.coverage.choices import NoteKind, PostLabel
from stoppress.coverage.newsroom import Newsroom
from stoppress.coverage.public_posts import PostView
from stoppress.syndication.json_ld import BlogView, last_changed_at

FEED_MEDIA_TYPES = {
    "atom": "application/atom+xml",
    "rss": "application/rss+xml",
    "json": "application/feed+json",
}
"""Media type by format; a feed's address ends with its format (`feed.atom`)."""

CORRECTED_TITLES = {
    NoteKind.CORRECTION: gettext_lazy("Corrected: {headline}"),
    NoteKind.CLARIFICATION: gettext_lazy("Clarified: {headline}"),
}
"""Title of a corrected post, as news agencies write it."""
LINK = re.compile(r'(<a [^>]*?href=")([^"]*)(")')


@dataclass(frozen=True)
class FeedItem:
    """One post in a feed. `html` contains only absolute URLs; `authors` are the bylines, perhaps none."""

    id: str
    """`urn:uuid:…`, which stays the same if the site moves (RFC 4287 §4.2.6, RFC 9562)."""
    url: str
    title: str
    html: str
    language: str
    authors: tuple[str, ...]
    labels: tuple[PostLabel, ...]
    image: str
    published_at: datetime
    changed_at: datetime
    withdrawn_at: datetime | None
    reason: str
    """Why the post was withdrawn; empty if it was not."""


@dataclass(frozen=True)
class Feed:
    """The newest posts of a live blog, in the order of its page."""

    id: str
    """`urn:uuid:…` of the live blog."""
    title: str
    description: str
    language: str
    publisher: str
    site_url: str
    """URL of the newsroom's site."""
    page_url: str
    """URL of the live blog."""
    changed_at: datetime
    items: tuple[FeedItem, ...]

    def feed_url(self, feed_format: str) -> str:
        """Return the URL of the feed in `feed_format`, a key of FEED_MEDIA_TYPES."""
        return f"{self.page_url}/feed.{feed_format}"


def build_feed(blog: BlogView, posts: Iterable[PostView], newsroom: Newsroom) -> Feed:
    """Return the feed of one live blog."""
    header = blog.header
    return Feed(
        id=blog.urn,
        title=f"{header.headline} | {newsroom.name}",
        description=" ".join(header.standfirst) or header.headline,
        language=blog.language,
        publisher=newsroom.name,
        site_url=newsroom.absolute_url("/"),
        page_url=newsroom.absolute_url(blog.path),
        changed_at=max(blog.start, header.changed_at),
        items=tuple(build_item(post, blog, newsroom) for post in posts),
    )


def build_item(post: PostView, blog: BlogView, newsroom: Newsroom) -> FeedItem:
    """Return the item of one post as readers may see it now."""
    return FeedItem(
        id=post.id.urn,
        url=newsroom.absolute_url(post.path),
        title=item_title(post),
        html=_render_html(post, newsroom),
        language=post.content.language or blog.language,
        authors=post.content.bylines,
        labels=tuple(PostLabel(label) for label in post.labels if label != PostLabel.PINNED),
        image=newsroom.absolute_url(post.pictures[0].src) if post.pictures else "",
        published_at=post.published_at,
        changed_at=last_changed_at(post),
        withdrawn_at=post.withdrawn_at,
        reason="\n".join(note.text for note in post.notes) if post.withdrawn else "",
    )


def item_title(post: PostView) -> str:
    """Return the title of a post; `Corrected: …` or `Clarified: …` after a correction."""
    titles = [CORRECTED_TITLES[note.kind] for note in post.notes if note.kind in CORRECTED_TITLES]
    return str(titles[-1].format(headline=post.title)) if titles else post.title


def _render_html(post: PostView, newsroom: Newsroom) -> str:
    body = absolute_links(post.content.body, newsroom.absolute_url(post.path))
    pictures = [(newsroom.absolute_url(picture.src), picture) for picture in post.pictures]
    html = render_to_string("syndication/post.html", {"post": post, "body": body, "pictures": pictures}).strip()
    return html or f"<p>{escape(post.title)}</p>"  # an item must have content (JSON Feed 1.1, RSS 2.0)


def absolute_links(html: str, base: str) -> str:
    """Return sanitised HTML with absolute links: a feed program has no base URL to resolve `/live/…`."""
    return LINK.sub(lambda match: match[1] + escape(_join_url(base, unescape(match[2]))) + match[3], html)


def _join_url(base: str, href: str) -> str:
    try:
        return urljoin(base, href)
    except ValueError:  # not a valid URL, such as http://[
        return href
