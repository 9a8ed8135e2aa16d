"""Submit a post for approval; read, approve, edit, return and take back submitted posts."""

from dataclasses import replace
from uuid import uuid4

from django.contrib import messages
from django.http import Http404
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from stoppress.coverage.errors import InvalidContentError, PostIdTakenError
from stoppress.coverage.models import Post
from stoppress.desk import submissions
from stoppress.desk.access.large_bodies import takes_files
from stoppress.desk.access.permission_check import require_permission
from stoppress.desk.drafts import DraftIdTakenError
from stoppress.desk.forms.composer_form import parse_composer, post_form_from_draft
from stoppress.desk.forms.form_parsing import clean_text
from stoppress.desk.models import Draft, DraftState
from stoppress.desk.posting import CoverageEndedError
from stoppress.desk.screens.post_composer import PostComposer
from stoppress.desk.screens.post_html import safe_post_html
from stoppress.desk.screens.post_preview import preview_post
from stoppress.desk.screens.word_differences import diff_words
from stoppress.desk.views.finished_forms import add_finished_form
from stoppress.desk.views.live_blog import show_composer_again


@takes_files
@require_permission("submit")
@require_POST
def submit(request, blog):
    """Submit the text of the composer for approval."""
    submission = parse_composer(request, blog)
    try:
        submissions.submit_post(submission, user=request.user, blog=blog, now=timezone.now())
    except InvalidContentError as error:
        return show_composer_again(request, blog, submission, {error.field: str(error)}, status=422)
    except (DraftIdTakenError, PostIdTakenError):
        if Post.objects.filter(pk=submission.id, blog=blog).exists():
            message = _("Your post is published already. What you write here becomes another post.")
        else:
            message = _("This form belongs to another text. What you write here becomes another post.")
        return show_composer_again(request, blog, replace(submission, id=uuid4()), {"body": message}, status=409)
    add_finished_form(request, submission.id)
    messages.success(request, _("Submitted. An editor approves it or returns it to you with a note."))
    return redirect(f"/desk/live/{blog.slug}?draft=new")


@require_permission("submit")
@require_safe
def list_submitted(request, blog):
    """Return the list of submitted posts alone; the sidebar refreshes it."""
    submitted = submissions.find_submitted(request.user, blog, is_editor=request.permissions["approve"])
    return render(request, "desk/parts/submitted.html", {"blog": blog, "submitted": submitted})


@require_permission("submit")
@require_safe
def show_submitted(request, blog, draft_id):
    """Show a submitted post: to editors with the form of their decision, to the author as it was submitted."""
    return _show(request, blog, draft_id)


@takes_files
@require_permission("approve")
@require_POST
def approve(request, blog, draft_id):
    """Publish a submitted post, with the editor's changes."""

    def act(form_data, read):
        post, is_new = submissions.approve_post(
            draft_id,
            form_data,
            read=read,
            user=request.user,
            blog=blog,
            now=timezone.now(),
            into_ended="into_ended" in request.POST,
        )
        messages.success(request, _("Published.") if is_new else _("This post is published already."))
        return redirect(f"/desk/live/{blog.slug}#post-{post.pk}")

    return _decide(request, blog, draft_id, act)


@takes_files
@require_permission("approve")
@require_POST
def save(request, blog, draft_id):
    """Save the editor's changes to a submitted post without publishing it."""

    def act(form_data, read):
        submissions.save_submitted(draft_id, form_data, read=read, user=request.user, blog=blog, now=timezone.now())
        messages.success(request, _("Saved. The post still waits for approval."))
        return redirect("desk:submitted", blog.slug, draft_id)

    return _decide(request, blog, draft_id, act)


@require_permission("approve")
@require_POST
def return_post(request, blog, draft_id):
    """Return a submitted post to its author, with a note."""

    def act(form_data, read):
        note = clean_text(request.POST, "return_note")
        submissions.return_post(draft_id, note, read=read, user=request.user, blog=blog, now=timezone.now())
        messages.success(request, _("Returned to the author with your note."))
        return redirect("desk:live-blog", blog.slug)

    return _decide(request, blog, draft_id, act)


@require_permission("submit")
@require_POST
def take_back(request, blog, draft_id):
    """Turn the author's submitted post into a draft again."""
    try:
        submissions.take_back(draft_id, user=request.user, blog=blog, now=timezone.now())
    except submissions.SubmissionGoneError:
        return _return_without(request, blog, draft_id)
    return redirect(f"/desk/live/{blog.slug}?draft={draft_id}")


def _decide(request, blog, draft_id, act):
    """Call `act` with the form and the digest of the text that was read; show the text again if it is refused."""
    submission = parse_composer(request, blog)
    try:
        submission.raise_upload_error()
        return act(submission.form_data, request.POST.get("read", ""))
    except submissions.SubmissionGoneError:
        return _return_without(request, blog, draft_id)
    except submissions.SubmissionChangedError as error:
        changed = submission.form_data if "headline" in request.POST else None
        return _show(request, blog, draft_id, changed=changed, error=str(error))
    except CoverageEndedError:
        return _show(request, blog, draft_id, form_data=submission.form_data, has_ended=True)
    except InvalidContentError as error:
        errors = {error.field: str(error)}
        form_data = None if error.field == "note" else submission.form_data
        return _show(request, blog, draft_id, form_data=form_data, errors=errors)


def _find(request, blog, draft_id):
    """Return the submitted draft if the person is its author or an editor, else None."""
    draft = Draft.objects.filter(pk=draft_id, blog=blog, state=DraftState.SUBMITTED).select_related("user").first()
    is_theirs = draft is not None and (draft.user_id == request.user.pk or request.permissions["approve"])
    return draft if is_theirs else None


def _return_without(request, blog, draft_id):
    """Return to the live blog with the reason why there is no decision to make."""
    if Post.objects.filter(pk=draft_id, blog=blog).exists():
        messages.success(request, _("This post is published already."))
        return redirect(f"/desk/live/{blog.slug}#post-{draft_id}")
    if not Draft.objects.filter(pk=draft_id, blog=blog).exists():
        raise Http404
    messages.error(request, str(submissions.SubmissionGoneError()))
    return redirect("desk:live-blog", blog.slug)


def _show(request, blog, draft_id, *, form_data=None, changed=None, error="", errors=None, has_ended=False):
    """Render the screen of one submitted post.

    Args:
        request: the request.
        blog: the live blog.
        draft_id: the submitted post.
        form_data: the editor's text that is shown again; None: the submitted text.
        changed: the editor's text, compared with the submitted one, if that changed meanwhile.
        error: why nothing was done; empty if there is no error.
        errors: messages by field.
        has_ended: True to request confirmation of a post into ended coverage.
    """
    draft = _find(request, blog, draft_id)
    if draft is None:
        return _return_without(request, blog, draft_id)
    stored = post_form_from_draft(draft.form_data)
    composer = PostComposer(
        blog, form_data or stored, draft.pk, mode="submitted", errors=errors or {}, heading="h1", has_ended=has_ended
    )
    context = {"blog": blog, "draft": draft, "composer": composer, "error": error}
    context["return_note"] = clean_text(request.POST, "return_note")
    if changed is not None:
        context["differences"] = diff_words(changed.content, stored.content)
    if not request.permissions["approve"]:
        context["html"] = safe_post_html(preview_post(blog, stored, draft.pk, timezone.now()))
    status = 409 if error or has_ended else 422 if errors else 200
    return render(request, "desk/submitted.html", context, status=status)
