"""The main screen of the desk: the timeline of a live blog and the composer."""

from dataclasses import asdict, replace
from uuid import uuid4

from django.contrib import messages
from django.http import JsonResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from stoppress.coverage.choices import BlogState
from stoppress.coverage.errors import InvalidContentError, PostIdTakenError
from stoppress.coverage.models import Post
from stoppress.coverage.newsroom import newsroom
from stoppress.desk import drafts, scheduled_posts, submissions
from stoppress.desk.access.large_bodies import takes_files
from stoppress.desk.access.permission_check import require_permission
from stoppress.desk.forms.composer_form import parse_composer
from stoppress.desk.forms.form_parsing import parse_uuid
from stoppress.desk.posting import CoverageEndedError, publish_as
from stoppress.desk.screens import readership
from stoppress.desk.screens.alert_receipt import correctable_alerts, recent_alerts
from stoppress.desk.screens.post_composer import PostComposer, new_post_composer
from stoppress.desk.screens.timeline import load_timeline
from stoppress.desk.views.conflict import show_already_published
from stoppress.desk.views.finished_forms import add_finished_form, pop_finished_forms
from stoppress.syndication.embed_code import embed_code


@takes_files
@require_permission("read")
@require_http_methods(["GET", "HEAD", "POST"])
def live_blog(request, blog):
    """Show timeline and composer; a POST publishes a post."""
    if request.method == "POST":
        return _publish(request, blog)
    return render_live_blog(request, blog, new_post_composer(blog, request.user, _find_draft(request, blog)))


@require_permission("read")
@require_GET
def timeline(request, blog):
    """Return the timeline alone, for the script that refreshes it."""
    posts = load_timeline(blog, request.GET.get("shown", ""))
    context = {"blog": blog, "timeline": posts, "permissions": request.permissions}
    return render(request, "desk/parts/timeline.html", context)


@require_permission("read")
@require_GET
def show_readership(request, blog):
    """Return the current readership as JSON, for the bar; an empty summary if connections are not counted."""
    current = readership.find_readership(blog.slug)
    if current is None:
        return JsonResponse({"summary": ""})
    return JsonResponse(asdict(current) | {"summary": current.summary, "details": current.details})


def render_live_blog(request, blog, composer, status=200):
    """Render the whole screen around a composer."""
    context = {
        "blog": blog,
        "composer": composer,
        "timeline": load_timeline(blog, request.GET.get("shown", "")),
        "states": BlogState.choices,
        "drafts": drafts.find_new_post_drafts(request.user, blog),
        "edits": drafts.find_edit_drafts(request.user, blog),
        "scheduled": scheduled_posts.find_scheduled(request.user, blog, is_editor=request.permissions["approve"]),
        "submitted": submissions.find_submitted(request.user, blog, is_editor=request.permissions["approve"]),
        "alerts": recent_alerts(blog, timezone.now()),
        "finished_forms": pop_finished_forms(request),
        "alerts_to_correct": _find_alerts_to_correct(request, blog),
        "embed_code": embed_code(blog.slug, blog.headline, newsroom()),
    }
    return render(request, "desk/live_blog.html", context, status=status)


def _publish(request, blog):
    submission = parse_composer(request, blog)
    try:
        submission.raise_upload_error()
        post = publish_as(
            request.user,
            blog,
            submission.id,
            submission.form_data,
            now=timezone.now(),
            into_ended="into_ended" in request.POST,
        )
    except CoverageEndedError:
        return show_composer_again(request, blog, submission, {}, status=409, has_ended=True)
    except InvalidContentError as error:
        return show_composer_again(request, blog, submission, {error.field: str(error)}, status=422)
    except PostIdTakenError as error:
        if Post.objects.filter(blog=blog, pk=submission.id).exists():
            return show_already_published(request, blog, submission)
        # The id belongs to a post of another live blog: show the text again with a new id.
        return show_composer_again(request, blog, replace(submission, id=uuid4()), {"body": str(error)}, status=409)
    drafts.discard_draft(submission.id, user=request.user)
    add_finished_form(request, submission.id)
    messages.success(request, _("Published."))
    if request.POST.get("then") == "alert" and request.permissions["alert"]:
        return redirect("desk:alert", blog.slug, post.pk)
    return redirect("desk:live-blog", blog.slug)


def show_composer_again(request, blog, submission, errors, status, *, has_ended=False):
    """Render the live blog with the submitted form of a new post, so that no word of it is lost."""
    composer = PostComposer(
        blog,
        submission.form_data,
        id=submission.id,
        errors=errors,
        is_unsaved=True,
        has_ended=has_ended,
        publish_at=request.POST.get("publish_at", ""),
    )
    return render_live_blog(request, blog, composer, status=status)


def _find_alerts_to_correct(request, blog):
    """Return the alerts of the post that was just corrected or withdrawn, if the person may send alerts."""
    corrected = parse_uuid(request.GET.get("corrected", ""))
    return correctable_alerts(blog, corrected, timezone.now()) if corrected and request.permissions["alert"] else []


def _find_draft(request, blog):
    """Return the requested draft, or the newest if none is requested; `draft=new` requests none."""
    requested = request.GET.get("draft", "")
    saved = drafts.find_new_post_drafts(request.user, blog)
    if not requested:
        return saved[0] if saved else None
    return next((draft for draft in saved if draft.pk == parse_uuid(requested)), None)
