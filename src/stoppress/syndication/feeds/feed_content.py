"""A live blog as a feed, whatever the format: its own facts and its newest posts as items.

What was corrected says so in its title and before its text; what was withdrawn keeps its identity and says why.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from html import escape, unescape
from urllib.parse import urljoin

from django.template.loader import render_to_string
from django.utils.translation import gettext_lazy

from stoppress.coverage.choices import PostLabel, NoteKind
from stoppress.coverage.newsroom import Newsroom
from stoppress.coverage.public_posts import PostView
from stoppress.syndication.json_ld import BlogView, last_changed_at

FEED_MEDIA_TYPES = {
    "atom": "application/atom+xml",
    "rss": "application/rss+xml",
    "json": "application/feed+json",
}
"""The formats: how an address ends (`feed.atom`), and its media type."""

CORRECTED_TITLES = {
    NoteKind.CORRECTION: gettext_lazy("Corrected: {headline}"),
    NoteKind.CLARIFICATION: gettext_lazy("Clarified: {headline}"),
}
"""What stands before the title of a post that was put right, as wires do it."""
LINK = re.compile(r'(<a [^>]*?href=")([^"]*)(")')


@dataclass(frozen=True)
class FeedItem:
    """One post. `html` has absolute addresses only; `authors` are its bylines, none if there are none."""

    id: str
    """`urn:uuid:…`: permanent, wherever the newsroom moves (RFC 4287 §4.2.6, RFC 9562)."""
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
    """Why it was withdrawn; empty if it stands."""


@dataclass(frozen=True)
class Feed:
    """A live blog's newest posts, in the page's own order."""

    title: str
    description: str
    language: str
    publisher: str
    site: str
    """The newsroom's address."""
    page: str
    """The live blog's address, which is its identity too."""
    changed_at: datetime
    items: tuple[FeedItem, ...]

    def url(self, form: str) -> str:
        """Where it is found in the format `form`, a key of FEEDS."""
        return f"{self.page}/feed.{form}"


def build_feed(coverage: BlogView, posts: Iterable[PostView], newsroom: Newsroom) -> Feed:
    """The feed of one live blog."""
    head = coverage.header
    return Feed(
        title=f"{head.headline} | {newsroom.name}",
        description=" ".join(head.standfirst) or head.headline,
        language=coverage.language,
        publisher=newsroom.name,
        site=newsroom.absolute_url("/"),
        page=newsroom.absolute_url(coverage.path),
        changed_at=max(coverage.start, head.changed_at),
        items=tuple(build_item(post, coverage, newsroom) for post in posts),
    )


def build_item(post: PostView, coverage: BlogView, newsroom: Newsroom) -> FeedItem:
    """One post as readers may see it now."""
    return FeedItem(
        id=post.id.urn,
        url=newsroom.absolute_url(post.path),
        title=item_title(post),
        html=_html(post, newsroom),
        language=post.content.language or coverage.language,
        authors=post.content.bylines,
        labels=tuple(PostLabel(label) for label in post.labels if label != PostLabel.PINNED),
        image=newsroom.absolute_url(post.pictures[0].src) if post.pictures else "",
        published_at=post.published_at,
        changed_at=last_changed_at(post),
        withdrawn_at=post.withdrawn_at,
        reason="\n".join(note.text for note in post.notes) if post.withdrawn else "",
    )


def item_title(post: PostView) -> str:
    """Its title; `Corrected: …` where it was put right."""
    told = [CORRECTED_TITLES[note.kind] for note in post.notes if note.kind in CORRECTED_TITLES]
    return str(told[-1].format(headline=post.title)) if told else post.title


def _html(post: PostView, newsroom: Newsroom) -> str:
    body = absolute_links(post.content.body, newsroom.absolute_url(post.path))
    pictures = [(newsroom.absolute_url(picture.src), picture) for picture in post.pictures]
    html = render_to_string("syndication/post.html", {"post": post, "body": body, "pictures": pictures}).strip()
    return html or f"<p>{escape(post.title)}</p>"  # an item must hold something (JSON Feed 1.1, RSS 2.0)


def absolute_links(html: str, base: str) -> str:
    """Cleaned HTML with every link made absolute: in a feed program nothing says what `/live/…` belongs to."""
    return LINK.sub(lambda found: found[1] + escape(_joined(base, unescape(found[2]))) + found[3], html)


def _joined(base: str, href: str) -> str:
    try:
        return urljoin(base, href)
    except ValueError:  # an address that is none, such as http://[
        return href
