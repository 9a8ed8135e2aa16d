"""Render a post with the one template that page, stream, embed and preview share (law 6)."""

from django.template.loader import render_to_string
from django.utils.safestring import SafeString

from stoppress.coverage.localisation.languages import in_language, page_language, text_direction
from stoppress.coverage.public_posts import PostView


def render_post(post: PostView, *, with_pictures: bool = True) -> SafeString:
    """Return the HTML of one post in the language of its live blog; or with links in place of its pictures.

    It depends only on `post`.
    """
    language = page_language(post.blog_language)
    text_language = post.content.language or post.blog_language
    context = {
        "post": post,
        "with_pictures": with_pictures,
        "language": language,
        "direction": text_direction(language),
        "text_language": "" if text_language == language else text_language,
    }
    with in_language(language):
        return SafeString(render_to_string("coverage/post.html", context).strip())
