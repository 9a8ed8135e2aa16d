"""Keep a draft as it is typed, throw one away, show what it will look like."""

from django.http import JsonResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_POST

from stoppress.coverage.errors import InvalidContentError
from stoppress.desk import drafts
from stoppress.desk.access.permission_check import require_permission
from stoppress.desk.forms.form_parsing import parse_composer
from stoppress.desk.problem_details import problem_response
from stoppress.desk.screens.post_html import safe_post_html
from stoppress.desk.screens.post_preview import preview_post
from stoppress.desk.views.conflict import find_post


@require_permission("write")
@require_POST
def save(request, blog):
    """Keep what is being typed; says when it was kept, or that there is nothing to keep."""
    sent, now = parse_composer(request), timezone.now()
    post = find_post(blog, sent.post_id)[0] if sent.post_id else None
    try:
        draft = drafts.save_draft(
            sent.id, sent.form_data, user=request.user, blog=blog, now=now, post=post, based_on=sent.based_on or None
        )
    except drafts.DraftIdTakenError as error:
        return problem_response(409, "id-taken", "The id came before with another text", str(error))
    return JsonResponse({"saved_at": draft.saved_at.isoformat() if draft else None})


@require_permission("write")
@require_POST
def discard(request, blog, draft_id):
    """Throw one's own draft away."""
    drafts.discard_draft(draft_id, user=request.user)
    return redirect(f"/desk/live/{blog.slug}?draft=new")


@require_permission("write")
@require_POST
def preview(request, blog):
    """What is typed, by the template that readers get. Nothing is published or kept."""
    sent = parse_composer(request)
    try:
        context = {"blog": blog, "html": safe_post_html(preview_post(blog, sent.form_data, sent.id, timezone.now()))}
    except InvalidContentError as error:
        context = {"blog": blog, "error": str(error)}
    name = "desk/parts/preview.html" if request.htmx else "desk/preview.html"
    return render(request, name, context)
