"""Edit, correct, withdraw, mark and pin posts."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from stoppress.alerts.actions import halt_for_post
from stoppress.coverage.actions import correct, mark_breaking, mark_key_event, pin, update, withdraw
from stoppress.coverage.choices import NoteKind
from stoppress.coverage.errors import InvalidContentError, PostWithdrawnError, StaleRevisionError
from stoppress.desk import drafts
from stoppress.desk.access.large_bodies import takes_files
from stoppress.desk.access.permission_check import require_permission
from stoppress.desk.forms.composer_form import parse_composer
from stoppress.desk.forms.form_parsing import clean_text
from stoppress.desk.models import Draft
from stoppress.desk.screens.alert_receipt import post_alerts_context
from stoppress.desk.screens.post_composer import PostComposer, change_composer
from stoppress.desk.screens.post_html import safe_post_html
from stoppress.desk.views.conflict import find_post, show_conflict
from stoppress.desk.views.finished_forms import add_finished_form


@takes_files
@require_permission("edit")
@require_http_methods(["GET", "HEAD", "POST"])
def edit_post(request, blog, post_id):
    """Edit a post: new facts, or a better wording."""
    return _change(request, blog, post_id, "edit", _save_edit) or redirect("desk:live-blog", blog.slug)


@takes_files
@require_permission("correct")
@require_http_methods(["GET", "HEAD", "POST"])
def correct_post(request, blog, post_id):
    """Correct an error in a post, with a note for readers."""
    return _change(request, blog, post_id, "correct", _save_correction) or _return_and_offer_correction(blog, post_id)


@require_permission("withdraw")
@require_http_methods(["GET", "HEAD", "POST"])
def withdraw_post(request, blog, post_id):
    """Withdraw a post, with the reason for readers."""
    view = find_post(blog, post_id)[1]
    note, error, now = clean_text(request.POST, "note"), "", timezone.now()
    if request.method == "POST":
        try:
            withdraw(blog.slug, post_id, note=note, by=request.user.username, now=now)
        except InvalidContentError as refused:
            error = str(refused)
        except PostWithdrawnError:  # by another editor, with another note
            return _refuse_withdrawn(request, blog, post_id)
        else:
            messages.success(request, " ".join((_("Withdrawn."), halt_for_post(post_id, now=now).summary())))
            return _return_and_offer_correction(blog, post_id)
    context = {"blog": blog, "post": view, "html": safe_post_html(view), "note": note, "error": error}
    context |= post_alerts_context(post_id, now)
    return render(request, "desk/withdraw_post.html", context, status=422 if error else 200)


@require_permission("mark")
@require_POST
def mark_post(request, blog, post_id):
    """Set or remove the label “key event” or “breaking”."""
    actions = {"key_event": mark_key_event, "breaking": mark_breaking}
    return _switch(request, blog, post_id, actions.get(request.POST.get("mark", "")))


@require_permission("pin")
@require_POST
def pin_post(request, blog, post_id):
    """Pin or unpin a post."""
    return _switch(request, blog, post_id, pin)


def _switch(request, blog, post_id, action):
    """Call `action` with the form's `on`; answer htmx with an event that refreshes the timeline."""
    if action is None:
        return HttpResponse(status=400)
    find_post(blog, post_id)
    try:
        action(blog.slug, post_id, on=request.POST.get("on") == "1", by=request.user.username, now=timezone.now())
    except PostWithdrawnError as error:
        messages.error(request, str(error))
    if request.htmx:
        return HttpResponse(status=204, headers={"HX-Trigger": "desk-changed"})
    return redirect(f"/desk/live/{blog.slug}#post-{post_id}")


def _change(request, blog, post_id, mode, save):
    """Show the composer of a post; a POST calls `save`, which returns the message to show. None: it was saved."""
    post, view = find_post(blog, post_id)
    if view.withdrawn:
        return _refuse_withdrawn(request, blog, post_id)
    if request.method != "POST":
        draft = Draft.objects.filter(post=post, user=request.user).first()
        return _show_form(request, blog, change_composer(blog, view, mode, draft))
    submission = parse_composer(request, blog)
    try:
        submission.raise_upload_error()
        message = save(request, blog, post_id, submission)
    except InvalidContentError as error:
        composer = PostComposer(
            blog,
            submission.form_data,
            submission.id,
            mode,
            view,
            based_on=submission.based_on,
            errors={error.field: str(error)},
            is_unsaved=True,
        )
        return _show_form(request, blog, composer, status=422)
    except StaleRevisionError:
        return show_conflict(request, blog, post_id, submission, mode)
    except PostWithdrawnError:  # by another editor, after the check above
        return _refuse_withdrawn(request, blog, post_id)
    drafts.discard_edit_draft(post_id, user=request.user)
    add_finished_form(request, submission.id)
    messages.success(request, message)
    return None


def _return_and_offer_correction(blog, post_id):
    """Return to the live blog, which then offers to mail the correction to the readers who got the error."""
    return redirect(f"/desk/live/{blog.slug}?corrected={post_id}")


def _refuse_withdrawn(request, blog, post_id):
    messages.error(request, str(PostWithdrawnError(post_id)))
    return redirect("desk:live-blog", blog.slug)


def _show_form(request, blog, composer, status=200):
    composer.heading = "h1"
    context = {"blog": blog, "composer": composer, "notices": [NoteKind.CORRECTION, NoteKind.CLARIFICATION]}
    context |= post_alerts_context(composer.post.id, timezone.now())
    return render(request, "desk/edit_post.html", context, status=status)


def _save_edit(request, blog, post_id, submission):
    update(
        blog.slug,
        post_id,
        submission.form_data.content,
        by=request.user.username,
        now=timezone.now(),
        based_on=submission.based_on,
        note=submission.form_data.note,
    )
    return _("Saved. Readers see it now.")


def _save_correction(request, blog, post_id, submission):
    now, notice = timezone.now(), submission.form_data.notice
    kind = NoteKind(notice) if notice in NoteKind.values else NoteKind.CORRECTION
    correct(
        blog.slug,
        post_id,
        submission.form_data.content,
        note=submission.form_data.note,
        by=request.user.username,
        now=now,
        based_on=submission.based_on,
        kind=kind,
    )
    message = _("Clarification published.") if kind == NoteKind.CLARIFICATION else _("Correction published.")
    return f"{message} {halt_for_post(post_id, now=now).summary()}"
