"""Rendered posts, once per process: pages are built from them, and streams carry the same ones.

An entry belongs to the exact PostView from which it was rendered. Everything that readers may see of a post is in its
PostView, so an equal view means equal HTML, and a withdrawn post has another view. Entries of changed posts are removed
at once (edge/follower/cache_invalidation.py).
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
    """The newest HTML of each post, bounded by bytes. Thread-safe."""

    def __init__(self, max_bytes: int = MAX_CACHE_BYTES) -> None:
        self._max_bytes, self._bytes = max_bytes, 0
        self._lock = Lock()
        self._entries: OrderedDict[UUID, tuple[PostView, SafeString]] = OrderedDict()

    def __len__(self) -> int:
        return len(self._entries)

    def render(self, post: PostView) -> SafeString:
        """Return the HTML of `post`; render it if it is not stored."""
        entry = self._entries.get(post.id)
        if entry is not None and entry[0] == post:
            return entry[1]
        html = render_post(post)
        with self._lock:
            self._remove(post.id)
            self._entries[post.id] = (post, html)
            self._bytes += _estimate_bytes(html)
            while self._bytes > self._max_bytes and self._entries:
                self._remove(next(iter(self._entries)))
        return html

    def remove(self, post_ids: Iterable[UUID]) -> None:
        """Remove the HTML of these posts."""
        with self._lock:
            for post_id in post_ids:
                self._remove(post_id)

    def ids_of_blog(self, slug: str) -> list[UUID]:
        """Return the ids of a live blog's posts whose HTML is stored."""
        with self._lock:
            return [post_id for post_id, (post, _) in self._entries.items() if post.slug == slug]

    def contains_text(self, text: str) -> bool:
        """Return True if any stored HTML contains `text`; for tests."""
        with self._lock:
            return any(text in html for _, html in self._entries.values())

    def _remove(self, post_id: UUID) -> None:
        if entry := self._entries.pop(post_id, None):
            self._bytes -= _estimate_bytes(entry[1])


def _estimate_bytes(html: str) -> int:
    return 4 * len(html) + 500  # the text twice (in the view and as HTML), in Python's strings


post_cache = PostCache()


def cached_post_html(post: PostView) -> SafeString:
    """Return the HTML of `post` from the cache of this process."""
    return post_cache.render(post)
