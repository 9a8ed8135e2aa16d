"""The one template of a post (law 6): the same HTML on the page, in the stream, in an embed and in a preview."""

from django.template.loader import render_to_string
from django.utils.safestring import SafeString

from stoppress.coverage.localisation.languages import text_direction, in_language, page_language
from stoppress.coverage.public_posts import PostView


def render_post(post: PostView) -> SafeString:
    """Return the HTML of one post in the language of its live blog. It depends on `post` alone."""
    language = page_language(post.blog_language)
    written = post.content.language or post.blog_language
    context = {
        "post": post,
        "language": language,
        "direction": text_direction(language),
        "text_language": "" if written == language else written,
    }
    with in_language(language):
        return SafeString(render_to_string("coverage/post.html", context).strip())
