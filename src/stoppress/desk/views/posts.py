"""Edit, correct, withdraw and mark posts."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST

from stoppress.alerts.actions import halt_for_post
from stoppress.coverage.actions import correct, mark_breaking, mark_key_event, pin, update, withdraw
from stoppress.coverage.choices import NoteKind
from stoppress.coverage.errors import InvalidContentError, StaleRevisionError, PostWithdrawnError
from stoppress.desk import drafts
from stoppress.desk.access.permission_check import require_permission
from stoppress.desk.forms.form_parsing import parse_composer
from stoppress.desk.models import Draft
from stoppress.desk.screens.alert_receipt import post_alerts_context, halted_in_words
from stoppress.desk.screens.post_composer import PostComposer, change_composer
from stoppress.desk.screens.post_html import safe_post_html
from stoppress.desk.views.conflict import find_post, show_conflict


@require_permission("edit")
@require_http_methods(["GET", "HEAD", "POST"])
def edit_post(request, blog, post_id):
    """Change a post: new facts, or a better wording."""
    return _change(request, blog, post_id, "edit", _update)


@require_permission("correct")
@require_http_methods(["GET", "HEAD", "POST"])
def correct_post(request, blog, post_id):
    """Put right what was wrong, and say so."""
    return _change(request, blog, post_id, "correct", _correct)


@require_permission("withdraw")
@require_http_methods(["GET", "HEAD", "POST"])
def withdraw_post(request, blog, post_id):
    """Take a post down and say why."""
    _, view = find_post(blog, post_id)
    note, error, now = request.POST.get("note", "").replace("\x00", ""), "", timezone.now()
    if request.method == "POST":
        try:
            withdraw(blog.slug, post_id, note=note, by=request.user.username, now=now)
        except InvalidContentError as refused:
            error = str(refused)
        except PostWithdrawnError:  # by another editor, with another note
            return _gone(request, blog, post_id)
        else:
            messages.success(request, f"PostWithdrawnError. {halted_in_words(halt_for_post(post_id, now=now))}")
            return redirect("desk:live-blog", blog.slug)
    context = {"blog": blog, "post": view, "html": safe_post_html(view), "note": note, "error": error}
    return render(request, "desk/withdraw_post.html", context | post_alerts_context(post_id, now), status=422 if error else 200)


@require_permission("mark")
@require_POST
def mark_post(request, blog, post_id):
    """Key event or breaking, on or off."""
    marks = {"key_event": mark_key_event, "breaking": mark_breaking}
    return _mark(request, blog, post_id, marks.get(request.POST.get("mark", "")))


@require_permission("pin")
@require_POST
def pin_post(request, blog, post_id):
    """Pin, or put back."""
    return _mark(request, blog, post_id, pin)


def _mark(request, blog, post_id, action):
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
    post, view = find_post(blog, post_id)
    if view.withdrawn:
        return _gone(request, blog, post_id)
    if request.method != "POST":
        draft = Draft.objects.filter(post=post, user=request.user).first()
        return _form(request, blog, change_composer(blog, view, mode, draft))
    sent = parse_composer(request)
    try:
        sent.raise_upload_error()
        said = save(request, blog, post_id, sent)
    except InvalidContentError as error:
        errors = {error.field: str(error)}
        composer = PostComposer(
            blog, sent.form_data, sent.id, mode, view, sent.based_on, None, sent.note, sent.notice, errors
        )
        return _form(request, blog, composer, status=422)
    except StaleRevisionError:
        return show_conflict(request, blog, post_id, sent, mode)
    except PostWithdrawnError:  # by somebody else, in this very moment
        return _gone(request, blog, post_id)
    drafts.discard_edit_draft(post_id, user=request.user)
    messages.success(request, said)
    return redirect("desk:live-blog", blog.slug)


def _gone(request, blog, post_id):
    messages.error(request, str(PostWithdrawnError(post_id)))
    return redirect("desk:live-blog", blog.slug)


def _form(request, blog, composer, status=200):
    composer.heading = "h1"
    context = {"blog": blog, "composer": composer, "notices": [NoteKind.CORRECTION, NoteKind.CLARIFICATION]}
    return render(request, "desk/edit_post.html", context | post_alerts_context(composer.post.id, timezone.now()), status=status)


def _update(request, blog, post_id, sent):
    by, now = request.user.username, timezone.now()
    update(blog.slug, post_id, sent.form_data.content, by=by, now=now, based_on=sent.based_on, note=sent.note)
    return "Saved. Readers see it now."


def _correct(request, blog, post_id, sent):
    now = timezone.now()
    kind = NoteKind(sent.notice) if sent.notice in NoteKind.values else NoteKind.CORRECTION
    correct(
        blog.slug,
        post_id,
        sent.form_data.content,
        note=sent.note,
        by=request.user.username,
        now=now,
        based_on=sent.based_on,
        kind=kind,
    )
    return f"{kind.label} published. {halted_in_words(halt_for_post(post_id, now=now))}"
