"""Posts rendered once per process: the page is put together from these, and the stream carries the same ones.

A fragment belongs to the very value it was made from: whatever readers may see of a post is in its PostView, so an
equal value means equal HTML, and a withdrawn post is another value. What a change has touched is forgotten at once
(sweep.py).
"""

from collections import OrderedDict
from collections.abc import Iterable
from threading import Lock
from uuid import UUID

from django.utils.safestring import SafeString

from stoppress.coverage.post_html import render_post
from stoppress.coverage.public_posts import PostView

MAX_CACHE_BYTES = 16 * 1024 * 1024


class PostCache:
    """A memory of rendered posts, bounded by bytes; the newest state of each only. Safe to use from any thread."""

    def __init__(self, most_bytes: int = MAX_CACHE_BYTES) -> None:
        self._most, self._held = most_bytes, 0
        self._lock = Lock()
        self._kept: OrderedDict[UUID, tuple[PostView, SafeString]] = OrderedDict()

    def __len__(self) -> int:
        return len(self._kept)

    def render(self, post: PostView) -> SafeString:
        """The HTML of `post`, rendered if it has not been yet."""
        found = self._kept.get(post.id)
        if found is not None and found[0] == post:
            return found[1]
        html = render_post(post)
        with self._lock:
            self._drop(post.id)
            self._kept[post.id] = (post, html)
            self._held += _weight(html)
            while self._held > self._most and self._kept:
                self._drop(next(iter(self._kept)))
        return html

    def remove(self, posts: Iterable[UUID]) -> None:
        """Let go of these posts' HTML."""
        with self._lock:
            for post_id in posts:
                self._drop(post_id)

    def ids_of_blog(self, slug: str) -> list[UUID]:
        """The posts of one live blog whose HTML is kept."""
        with self._lock:
            return [post_id for post_id, (post, _) in self._kept.items() if post.slug == slug]

    def holds(self, text: str) -> bool:
        """Whether `text` stands in anything kept; for tests."""
        with self._lock:
            return any(text in html for _, html in self._kept.values())

    def _drop(self, post_id: UUID) -> None:
        if found := self._kept.pop(post_id, None):
            self._held -= _weight(found[1])


def _weight(html: str) -> int:
    return 4 * len(html) + 500  # the text twice (as value and as HTML), in Python's strings


post_cache = PostCache()
"""The one memory of this process."""


def cached_post_html(post: PostView) -> SafeString:
    """The HTML of `post`, from memory if it has been rendered before."""
    return post_cache.render(post)
