"""Keep a draft as it is typed, throw one away, show what it will look like."""

from django.http import JsonResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_POST

from stoppress.coverage.errors import BadContent
from stoppress.desk import drafts
from stoppress.desk.access.permission_check import door
from stoppress.desk.forms.form_parsing import receive
from stoppress.desk.problem_details import problem
from stoppress.desk.screens.post_html import html_of
from stoppress.desk.screens.post_preview import preview_of
from stoppress.desk.views.conflict import find_post


@door("write")
@require_POST
def keep(request, blog):
    """Keep what is being typed; says when it was kept, or that there is nothing to keep."""
    sent, now = receive(request), timezone.now()
    post = find_post(blog, sent.post_id)[0] if sent.post_id else None
    try:
        draft = drafts.keep(
            sent.id, sent.written, user=request.user, blog=blog, now=now, post=post, based_on=sent.based_on or None
        )
    except drafts.DraftIdTaken as error:
        return problem(409, "id-taken", "The id came before with another text", str(error))
    return JsonResponse({"kept_at": draft.kept_at.isoformat() if draft else None})


@door("write")
@require_POST
def discard(request, blog, draft_id):
    """Throw one's own draft away."""
    drafts.discard(draft_id, user=request.user)
    return redirect(f"/desk/live/{blog.slug}?draft=new")


@door("write")
@require_POST
def preview(request, blog):
    """What is typed, by the template that readers get. Nothing is published or kept."""
    sent = receive(request)
    try:
        context = {"blog": blog, "html": html_of(preview_of(blog, sent.written, sent.id, timezone.now()))}
    except BadContent as error:
        context = {"blog": blog, "error": str(error)}
    name = "desk/parts/preview.html" if request.htmx else "desk/preview.html"
    return render(request, name, context)
