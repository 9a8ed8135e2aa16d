"""Live coverage for machines: schema.org's LiveBlogPosting as JSON-LD, each post with its own true facts.

Sources: schema.org 30.0 (LiveBlogPosting, BlogPosting, CorrectionComment) and Google's documentation of Article markup.
Pure functions of what readers may see; a withdrawn post stays as a tombstone without text.
"""

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from stoppress.coverage.choices import NoteKind, BlogState
from stoppress.coverage.newsroom import Newsroom
from stoppress.coverage.public_posts import NoteView, PictureView, PostView
from stoppress.coverage.public_state import BlogHeader
from stoppress.runtime.clock import iso_with_offset

CORRECTION_KINDS = (NoteKind.CORRECTION, NoteKind.CLARIFICATION, NoteKind.WITHDRAWAL)
SCRIPT_ESCAPES = {ord("<"): "\\u003c", ord(">"): "\\u003e", ord("&"): "\\u0026", 0x2028: "\\u2028", 0x2029: "\\u2029"}


@dataclass(frozen=True)
class BlogView:
    """One live blog as its structured data needs it. `started_at` is when its first post was published."""

    slug: str
    language: str
    header: BlogHeader
    opened_at: datetime
    started_at: datetime | None = None

    @property
    def path(self) -> str:
        """Its address on this site."""
        return f"/live/{self.slug}"

    @property
    def start(self) -> datetime:
        """When coverage began: with the first post; until there is one, when the live blog was opened."""
        return self.started_at or self.opened_at


def live_blog_posting_document(coverage: BlogView, posts: Iterable[PostView], newsroom: Newsroom) -> dict[str, Any]:
    """The whole of a page: the coverage and its posts, newest first as given."""
    posts = list(posts)
    head, url = coverage.header, newsroom.absolute_url(coverage.path)
    found: dict[str, Any] = {
        "@context": "https://schema.org",
        "@type": "LiveBlogPosting",
        "@id": url,
        "url": url,
        "mainEntityOfPage": {"@type": "WebPage", "@id": url},
        "headline": head.headline,
        "inLanguage": coverage.language,
        "datePublished": iso_with_offset(coverage.start),
        "dateModified": iso_with_offset(max(coverage.start, head.changed_at)),
        "coverageStartTime": iso_with_offset(coverage.start),
        "publisher": _publisher(newsroom),
        "author": _authors(dict.fromkeys(name for post in posts for name in post.content.bylines), newsroom),
        "liveBlogUpdate": [blog_posting(post, coverage, newsroom) for post in posts],
    }
    if head.state == BlogState.ENDED:
        found["coverageEndTime"] = iso_with_offset(max(coverage.start, head.state_at))
    if head.standfirst:
        found["description"] = " ".join(head.standfirst)
    if pictures := [picture for post in posts for picture in post.pictures][:1]:
        found["image"] = _images(pictures, newsroom)
    return found


def blog_posting_document(post: PostView, coverage: BlogView, newsroom: Newsroom) -> dict[str, Any]:
    """One post as a page of its own."""
    whole = newsroom.absolute_url(coverage.path)
    return {
        "@context": "https://schema.org",
        **blog_posting(post, coverage, newsroom),
        "mainEntityOfPage": newsroom.absolute_url(post.path),
        "publisher": _publisher(newsroom),
        "isPartOf": {"@type": "LiveBlogPosting", "@id": whole, "url": whole, "headline": coverage.header.headline},
    }


def blog_posting(post: PostView, coverage: BlogView, newsroom: Newsroom) -> dict[str, Any]:
    """One post: its own headline, text, authors and times."""
    url = newsroom.absolute_url(post.path)
    found: dict[str, Any] = {
        "@type": "BlogPosting",
        "@id": url,
        "url": url,
        "headline": post.title,
        "inLanguage": post.content.language or coverage.language,
        "datePublished": iso_with_offset(post.published_at),
        "dateModified": iso_with_offset(last_changed_at(post)),
        "author": _authors(post.content.bylines, newsroom),
    }
    if post.withdrawn:
        found["creativeWorkStatus"] = "Withdrawn"
    elif text := post.text or " ".join(picture.alt for picture in post.pictures) or post.content.headline:
        found["articleBody"] = text
    if post.pictures:
        found["image"] = _images(post.pictures, newsroom)
    if corrections := [_correction(note) for note in post.notes if note.kind in CORRECTION_KINDS]:
        found["correction"] = corrections
    return found


def to_script_json(data: dict[str, Any]) -> str:
    """`data` as JSON that can stand inside a script element: no text in it can end the element (HTML §4.12.1.3)."""
    return to_json(data).translate(SCRIPT_ESCAPES)


def to_json(data: dict[str, Any]) -> str:
    """`data` as JSON that stands by itself."""
    return json.dumps(data, ensure_ascii=False, separators=(",", ":"))


def last_changed_at(post: PostView) -> datetime:
    """The last time anything of it changed; some sources date changes before publication, which cannot be."""
    noted = [note.at for note in post.notes]
    return max([post.published_at, post.updated_at, *noted])


def _authors(names: Iterable[str], newsroom: Newsroom) -> list[dict[str, str]]:
    people = [{"@type": "Person", "name": name} for name in names]
    return people or [{"@type": "Organization", "name": newsroom.name, "url": newsroom.absolute_url("/")}]


def _publisher(newsroom: Newsroom) -> dict[str, Any]:
    found: dict[str, Any] = {"@type": "NewsMediaOrganization", "name": newsroom.name, "url": newsroom.absolute_url("/")}
    if newsroom.logo:
        found["logo"] = {"@type": "ImageObject", "url": newsroom.absolute_url("/newsroom/logo")}
    return found


def _images(pictures: Sequence[PictureView], newsroom: Newsroom) -> list[dict[str, Any]]:
    return [_image(picture, newsroom) for picture in pictures]


def _image(picture: PictureView, newsroom: Newsroom) -> dict[str, Any]:
    found: dict[str, Any] = {
        "@type": "ImageObject",
        "url": newsroom.absolute_url(picture.src),
        "width": picture.width,
        "height": picture.height,
    }
    found |= {"caption": picture.caption} if picture.caption else {}
    found |= {"creditText": picture.credit} if picture.credit else {}
    return found


def _correction(note: NoteView) -> dict[str, str]:
    return {"@type": "CorrectionComment", "text": note.text, "datePublished": iso_with_offset(note.at)}
