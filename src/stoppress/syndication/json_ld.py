"""Structured data of live coverage: LiveBlogPosting of schema.org as JSON-LD.

Sources: schema.org 30.0 (LiveBlogPosting, BlogPosting, CorrectionComment) and Google's documentation of Article markup.
All functions are pure and use only what readers may see. A withdrawn post is included as a tombstone without its text.
"""

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import NAMESPACE_OID, uuid5

from stoppress.coverage.choices import BlogState, NoteKind
from stoppress.coverage.newsroom import Newsroom
from stoppress.coverage.public_posts import NoteView, PictureView, PostView
from stoppress.coverage.public_state import BlogHeader
from stoppress.runtime.clock import iso, iso_with_offset

CORRECTION_KINDS = (NoteKind.CORRECTION, NoteKind.CLARIFICATION, NoteKind.WITHDRAWAL)
SCRIPT_ESCAPES = {ord("<"): "\\u003c", ord(">"): "\\u003e", ord("&"): "\\u0026", 0x2028: "\\u2028", 0x2029: "\\u2029"}


@dataclass(frozen=True)
class BlogView:
    """One live blog as feeds and structured data show it. `started_at` is the publication time of its first post."""

    slug: str
    language: str
    header: BlogHeader
    opened_at: datetime
    started_at: datetime | None = None

    @property
    def path(self) -> str:
        """Path of the live blog on this site."""
        return f"/live/{self.slug}"

    @property
    def urn(self) -> str:
        """Permanent identifier: it stays the same if the site moves or changes to https (RFC 9562 §5.5)."""
        return uuid5(NAMESPACE_OID, f"stoppress live blog {self.slug} {iso(self.opened_at)}").urn

    @property
    def start(self) -> datetime:
        """When coverage began: the time of the first post, or of the opening while there is no post."""
        return self.started_at or self.opened_at


def live_blog_posting_document(blog: BlogView, posts: Iterable[PostView], newsroom: Newsroom) -> dict[str, Any]:
    """Return the document of a live page: the live blog and its posts, in the given order (newest first)."""
    posts = list(posts)
    header, url = blog.header, newsroom.absolute_url(blog.path)
    document: dict[str, Any] = {
        "@context": "https://schema.org",
        "@type": "LiveBlogPosting",
        "@id": blog.urn,
        "url": url,
        "mainEntityOfPage": {"@type": "WebPage", "@id": url},
        "headline": header.headline,
        "inLanguage": blog.language,
        "datePublished": iso_with_offset(blog.start),
        "dateModified": iso_with_offset(max(blog.start, header.changed_at)),
        "coverageStartTime": iso_with_offset(blog.start),
        "publisher": _publisher(newsroom),
        "author": _authors(dict.fromkeys(name for post in posts for name in post.content.bylines), newsroom),
        "liveBlogUpdate": [blog_posting(post, blog, newsroom) for post in posts],
    }
    if header.state == BlogState.ENDED:
        document["coverageEndTime"] = iso_with_offset(max(blog.start, header.state_at))
    if header.standfirst:
        document["description"] = " ".join(header.standfirst)
    if pictures := [picture for post in posts for picture in post.pictures][:1]:
        document["image"] = _images(pictures, newsroom)
    return document


def blog_posting_document(post: PostView, blog: BlogView, newsroom: Newsroom) -> dict[str, Any]:
    """Return the document of a page that shows one post."""
    blog_url = newsroom.absolute_url(blog.path)
    return {
        "@context": "https://schema.org",
        **blog_posting(post, blog, newsroom),
        "mainEntityOfPage": newsroom.absolute_url(post.path),
        "publisher": _publisher(newsroom),
        "isPartOf": {"@type": "LiveBlogPosting", "@id": blog.urn, "url": blog_url, "headline": blog.header.headline},
    }


def blog_posting(post: PostView, blog: BlogView, newsroom: Newsroom) -> dict[str, Any]:
    """Return the BlogPosting of one post, with its own headline, text, authors and times."""
    url = newsroom.absolute_url(post.path)
    posting: dict[str, Any] = {
        "@type": "BlogPosting",
        "@id": post.id.urn,
        "url": url,
        "headline": post.title,
        "inLanguage": post.content.language or blog.language,
        "datePublished": iso_with_offset(post.published_at),
        "dateModified": iso_with_offset(last_changed_at(post)),
        "author": _authors(post.content.bylines, newsroom),
    }
    if post.withdrawn:
        posting["creativeWorkStatus"] = "Withdrawn"
    elif text := post.text or " ".join(picture.alt for picture in post.pictures) or post.content.headline:
        posting["articleBody"] = text
    if post.pictures:
        posting["image"] = _images(post.pictures, newsroom)
    if corrections := [_correction(note) for note in post.notes if note.kind in CORRECTION_KINDS]:
        posting["correction"] = corrections
    return posting


def to_script_json(data: dict[str, Any]) -> str:
    """Return `data` as JSON for a script element: no text in it can end the element (HTML §4.12.1.3)."""
    return to_json(data).translate(SCRIPT_ESCAPES)


def to_json(data: dict[str, Any]) -> str:
    """Return `data` as JSON for a document of its own."""
    return json.dumps(data, ensure_ascii=False, separators=(",", ":"))


def last_changed_at(post: PostView) -> datetime:
    """Return when the post last changed, never before its publication: some imported pages have earlier dates."""
    return max([post.published_at, post.updated_at, *(note.at for note in post.notes)])


def _authors(names: Iterable[str], newsroom: Newsroom) -> list[dict[str, str]]:
    people = [{"@type": "Person", "name": name} for name in names]
    return people or [{"@type": "Organization", "name": newsroom.name, "url": newsroom.absolute_url("/")}]


def _publisher(newsroom: Newsroom) -> dict[str, Any]:
    publisher: dict[str, Any] = {
        "@type": "NewsMediaOrganization",
        "name": newsroom.name,
        "url": newsroom.absolute_url("/"),
    }
    if newsroom.logo:
        publisher["logo"] = {"@type": "ImageObject", "url": newsroom.absolute_url("/newsroom/logo")}
    return publisher


def _images(pictures: Sequence[PictureView], newsroom: Newsroom) -> list[dict[str, Any]]:
    return [_image(picture, newsroom) for picture in pictures]


def _image(picture: PictureView, newsroom: Newsroom) -> dict[str, Any]:
    image: dict[str, Any] = {
        "@type": "ImageObject",
        "url": newsroom.absolute_url(picture.src),
        "width": picture.width,
        "height": picture.height,
    }
    image |= {"caption": picture.caption} if picture.caption else {}
    image |= {"creditText": picture.credit} if picture.credit else {}
    return image


def _correction(note: NoteView) -> dict[str, str]:
    return {"@type": "CorrectionComment", "text": note.text, "datePublished": iso_with_offset(note.at)}
