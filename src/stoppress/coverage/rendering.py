"""The one template of a post (law 6): the same HTML on the page, in the stream, in an embed and in a preview."""

from django.template.loader import render_to_string

from stoppress.coverage.reading import PostView


def render_post(post: PostView) -> str:
    """The HTML of one post. Depends on nothing but `post`, so that everybody gets the same bytes."""
    return render_to_string("coverage/post.html", {"post": post}).strip()
