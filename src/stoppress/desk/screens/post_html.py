"""A post at the desk: the very HTML that readers get."""

from django.utils.safestring import SafeString, mark_safe

from stoppress.coverage.post_html import render_post
from stoppress.coverage.public_posts import PostView


def safe_post_html(post: PostView) -> SafeString:
    """The post by its one template, which escapes what has to be escaped."""
    return mark_safe(render_post(post))
