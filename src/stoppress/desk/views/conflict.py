"""Show two versions of a post: the published one and the one that the person wrote meanwhile."""

from django.http import Http404
from django.shortcuts import render

from stoppress.coverage.models import Post
from stoppress.coverage.public_posts import build_post_views
from stoppress.desk.screens.post_composer import PostComposer
from stoppress.desk.screens.post_html import safe_post_html
from stoppress.desk.screens.word_differences import diff_words


def find_post(blog, post_id):
    """Return a post and its public view; raise Http404 if this live blog has no such post."""
    post = Post.objects.filter(blog=blog, pk=post_id).select_related("revision").first()
    if post is None:
        raise Http404
    return post, build_post_views(blog, [post])[0]


def show_conflict(request, blog, post_id, submission, mode, *, is_already_published=False):
    """Show both versions with status 409. The form is based on the published one, so that it can be saved again.

    Args:
        request: the request.
        blog: the live blog.
        post_id: the post.
        submission: the submitted composer.
        mode: `edit` or `correct`.
        is_already_published: True if the person published the same form before with another text.
    """
    post, view = find_post(blog, post_id)
    composer = PostComposer(
        blog,
        submission.form_data,
        submission.id,
        mode,
        view,
        based_on=view.revision,
        is_unsaved=True,
    )
    context = {
        "blog": blog,
        "composer": composer,
        "is_already_published": is_already_published,
        "published_html": safe_post_html(view),
        "revision": post.revision,
        "differences": diff_words(view.content, submission.form_data.content),
    }
    return render(request, "desk/conflict.html", context, status=409)


def show_already_published(request, blog, submission):
    """Offer the text as an edit: the same form was published before with another text."""
    return show_conflict(request, blog, submission.id, submission, "edit", is_already_published=True)
