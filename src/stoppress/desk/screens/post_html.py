"""The HTML of a post, identical to that of readers."""

from django.utils.safestring import SafeString, mark_safe

from stoppress.coverage.post_html import render_post
from stoppress.coverage.public_posts import PostView


def safe_post_html(post: PostView) -> SafeString:
    """Return the rendered post, marked as safe: its template escapes all text."""
    return mark_safe(render_post(post))
