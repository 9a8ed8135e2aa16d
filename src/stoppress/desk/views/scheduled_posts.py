"""Schedule a post; show, change and cancel scheduled posts."""

from dataclasses import replace
from uuid import uuid4

from django.contrib import messages
from django.http import Http404
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from stoppress.coverage.errors import InvalidContentError, PostIdTakenError
from stoppress.coverage.localisation.dates import format_time_and_date
from stoppress.desk import scheduled_posts
from stoppress.desk.access.large_bodies import takes_files
from stoppress.desk.access.permission_check import require_permission
from stoppress.desk.drafts import DraftIdTakenError
from stoppress.desk.forms.composer_form import parse_composer, post_form_from_draft
from stoppress.desk.forms.local_time import parse_local_time
from stoppress.desk.models import Draft
from stoppress.desk.posting import CoverageEndedError
from stoppress.desk.screens.post_composer import PostComposer
from stoppress.desk.submissions import SubmissionChangedError, SubmissionGoneError
from stoppress.desk.views.finished_forms import add_finished_form
from stoppress.desk.views.live_blog import show_composer_again


@takes_files
@require_permission("write")
@require_POST
def schedule(request, blog):
    """Schedule the text of the composer."""
    submission = parse_composer(request, blog)
    try:
        draft = _schedule(request, blog, submission)
    except InvalidContentError as error:
        return show_composer_again(request, blog, submission, {error.field: str(error)}, status=422)
    except CoverageEndedError:
        return show_composer_again(request, blog, submission, {}, status=409, has_ended=True)
    except (DraftIdTakenError, PostIdTakenError, SubmissionChangedError, SubmissionGoneError):
        message = _("This form belongs to another text. What you write here becomes another post.")
        return show_composer_again(request, blog, replace(submission, id=uuid4()), {"body": message}, status=409)
    add_finished_form(request, submission.id)
    _confirm(request, blog, draft)
    return redirect(f"/desk/live/{blog.slug}?draft=new")


@require_permission("write")
@require_safe
def show_scheduled(request, blog, draft_id):
    """Show a scheduled post with its time in the composer."""
    return _show(request, blog, _find(request, blog, draft_id))


@takes_files
@require_permission("write")
@require_POST
def change(request, blog, draft_id):
    """Change text and time of a scheduled post."""
    submission = replace(parse_composer(request, blog), id=draft_id)
    try:
        draft = _schedule(request, blog, submission)
    except (SubmissionGoneError, PostIdTakenError, DraftIdTakenError) as error:
        messages.error(request, str(error))
        return redirect("desk:live-blog", blog.slug)
    except InvalidContentError as error:
        errors, status = {error.field: str(error)}, 422
    except SubmissionChangedError as error:
        errors, status = {"body": str(error)}, 409
    except CoverageEndedError:
        errors, status = {}, 409
    else:
        _confirm(request, blog, draft)
        return redirect("desk:scheduled", blog.slug, draft_id)
    found = _find(request, blog, draft_id)
    return _show(request, blog, found, submission.form_data, errors, status=status, has_ended=not errors)


@require_permission("write")
@require_POST
def cancel(request, blog, draft_id):
    """Turn a scheduled post into a draft again."""
    try:
        scheduled_posts.cancel_scheduled(draft_id, user=request.user, blog=blog, now=timezone.now())
    except SubmissionGoneError:
        messages.error(request, _("This post is not scheduled any more."))
    else:
        messages.success(request, _("The post is a draft again and does not go out."))
    return redirect(f"/desk/live/{blog.slug}?draft={draft_id}")


def _schedule(request, blog, submission):
    data = request.POST
    return scheduled_posts.schedule_post(
        submission,
        parse_local_time(data.get("publish_at", ""), blog.tz, data.get("publish_which", "")),
        user=request.user,
        blog=blog,
        now=timezone.now(),
        read=data.get("read", ""),
        into_ended="into_ended" in data,
    )


def _confirm(request, blog, draft):
    when = format_time_and_date(draft.publish_at, blog.tz)
    messages.success(request, _("Scheduled: goes out at {when}.").format(when=when))


def _find(request, blog, draft_id):
    states = scheduled_posts.SHOWN_STATES
    draft = Draft.objects.filter(pk=draft_id, blog=blog, state__in=states).select_related("user").first()
    if draft is None or not scheduled_posts.may_change(draft, request.user):
        raise Http404
    return draft


def _show(request, blog, draft, form_data=None, errors=None, *, status=200, has_ended=False):
    composer = PostComposer(
        blog,
        form_data or post_form_from_draft(draft.form_data),
        draft.pk,
        mode="scheduled",
        errors=errors or {},
        heading="h1",
        has_ended=has_ended,
        publish_at=request.POST.get("publish_at") or f"{draft.publish_at.astimezone(blog.tz):%Y-%m-%dT%H:%M}",
    )
    context = {"blog": blog, "draft": draft, "composer": composer}
    return render(request, "desk/scheduled.html", context, status=status)
