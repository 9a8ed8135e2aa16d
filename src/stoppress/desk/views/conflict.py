"""When somebody else was quicker: both texts on one page, and nothing lost."""

from django.http import Http404
from django.shortcuts import render

from stoppress.coverage.models import Post
from stoppress.coverage.public_posts import post_views
from stoppress.desk.screens.post_composer import Composer
from stoppress.desk.screens.post_html import html_of
from stoppress.desk.screens.word_differences import differences

SAVED_MEANWHILE = "somebody"
PUBLISHED_BEFORE = "yourself"


def find_post(blog, post_id):
    """The post and what readers see of it; 404 if this live blog has none such."""
    post = Post.objects.filter(blog=blog, pk=post_id).select_related("revision").first()
    if post is None:
        raise Http404
    return post, post_views(blog, [post])[0]


def stale(request, blog, post_id, sent, mode, why=SAVED_MEANWHILE):
    """Show what is there now beside what was written; saving again builds on what is there now."""
    post, view = find_post(blog, post_id)
    composer = Composer(
        blog, sent.written, sent.id, mode, view, based_on=view.revision, note=sent.note, notice=sent.notice
    )
    context = {
        "blog": blog,
        "composer": composer,
        "why": why,
        "now": html_of(view),
        "revision": post.revision,
        "differences": differences(view.content, sent.written.content),
    }
    return render(request, "desk/conflict.html", context, status=409)


def published_before(request, blog, sent):
    """The same form was published before with other words: offer the new ones as an edit."""
    return stale(request, blog, sent.id, sent, "edit", why=PUBLISHED_BEFORE)
