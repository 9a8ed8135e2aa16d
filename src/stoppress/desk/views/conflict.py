"""When somebody else was quicker: both texts on one page, and nothing lost."""

from django.http import Http404
from django.shortcuts import render

from stoppress.coverage.models import Post
from stoppress.coverage.public_posts import post_views
from stoppress.desk.screens.post_composer import PostComposer
from stoppress.desk.screens.post_html import safe_post_html
from stoppress.desk.screens.word_differences import diff_words

SAVED_BY_OTHER = "somebody"
ALREADY_PUBLISHED = "yourself"


def find_post(blog, post_id):
    """The post and what readers see of it; 404 if this live blog has none such."""
    post = Post.objects.filter(blog=blog, pk=post_id).select_related("revision").first()
    if post is None:
        raise Http404
    return post, post_views(blog, [post])[0]


def show_conflict(request, blog, post_id, sent, mode, why=SAVED_BY_OTHER):
    """Show what is there now beside what was written; saving again builds on what is there now."""
    post, view = find_post(blog, post_id)
    composer = PostComposer(
        blog, sent.form_data, sent.id, mode, view, based_on=view.revision, note=sent.note, notice=sent.notice
    )
    context = {
        "blog": blog,
        "composer": composer,
        "why": why,
        "now": safe_post_html(view),
        "revision": post.revision,
        "differences": diff_words(view.content, sent.form_data.content),
    }
    return render(request, "desk/conflict.html", context, status=409)


def show_already_published(request, blog, sent):
    """The same form was published before with other words: offer the new ones as an edit."""
    return show_conflict(request, blog, sent.id, sent, "edit", why=ALREADY_PUBLISHED)
