"""Save and discard drafts, and preview a post."""

from django.http import JsonResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_POST

from stoppress.coverage.errors import InvalidContentError
from stoppress.coverage.models import Post
from stoppress.desk import drafts
from stoppress.desk.access.large_bodies import takes_files
from stoppress.desk.access.permission_check import require_permission
from stoppress.desk.forms.composer_form import parse_composer
from stoppress.desk.problem_details import problem_response
from stoppress.desk.screens.post_html import safe_post_html
from stoppress.desk.screens.post_preview import preview_post
from stoppress.desk.views.conflict import find_post


@require_permission("draft")
@require_POST
def save(request, blog):
    """Save the text of the composer; return when and as which version, or null if there is nothing to save."""
    submission, now = parse_composer(request), timezone.now()
    post = find_post(blog, submission.post_id)[0] if submission.post_id else None
    try:
        draft = drafts.save_draft(submission, user=request.user, blog=blog, now=now, post=post)
    except drafts.DraftIdTakenError as error:
        return problem_response(409, "id-taken", "The id is already used for another text", str(error))
    except drafts.DraftChangedError as error:
        return problem_response(409, "draft-changed", "The draft was changed elsewhere", str(error))
    if draft:
        return JsonResponse({"saved_at": draft.saved_at.isoformat(), "version": str(draft.version)})
    is_published = post is None and Post.objects.filter(pk=submission.id).exists()
    return JsonResponse({"saved_at": None, "version": "", "is_published": is_published})


@require_permission("draft")
@require_POST
def discard(request, blog, draft_id):
    """Discard a draft of this person."""
    drafts.discard_draft(draft_id, user=request.user)
    return redirect(f"/desk/live/{blog.slug}?draft=new")


@takes_files
@require_permission("draft")
@require_POST
def preview(request, blog):
    """Show the text with the template that readers get. Nothing is published or saved."""
    submission = parse_composer(request, None if request.htmx else blog)  # scripts upload pictures by themselves
    try:
        view = preview_post(blog, submission.form_data, submission.id, timezone.now())
        context = {"blog": blog, "html": safe_post_html(view)}
    except InvalidContentError as error:
        context = {"blog": blog, "error": str(error)}
    name = "desk/parts/preview.html" if request.htmx else "desk/preview.html"
    return render(request, name, context)
