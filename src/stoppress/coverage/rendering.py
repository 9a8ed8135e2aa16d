"""The one template of a post (law 6): the same HTML on the page, in the stream, in an embed and in a preview."""

from django.template.loader import render_to_string
from django.utils.safestring import SafeString

from stoppress.coverage.reading import PostView


def render_post(post: PostView) -> SafeString:
    """The HTML of one post. Depends on nothing but `post`, so that everybody gets the same bytes."""
    return SafeString(render_to_string("coverage/post.html", {"post": post}).strip())
