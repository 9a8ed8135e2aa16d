"""Write an alert on one screen: who gets it, how it looks, what the preflight found; try it, and send it."""

from dataclasses import replace
from uuid import uuid4

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from stoppress.alerts.actions import find_alert, find_earlier_alert, send_alert, send_test
from stoppress.alerts.errors import AlertIdTakenError, AlertNotFoundError, AlreadyAlertedError, InvalidAlertError, PreflightError
from stoppress.alerts.preflight import check_draft, raise_if_blocked
from stoppress.coverage.errors import CoverageError
from stoppress.delivery.message.preview import Theme
from stoppress.desk.access.frame_policy import serve_mail_frame, allow_mail_frames
from stoppress.desk.access.permission_check import require_permission
from stoppress.desk.access.rate_limits import allow_test_mail
from stoppress.desk.forms.alert_form import empty_alert_form, parse_alert_form
from stoppress.desk.forms.form_parsing import parse_uuid
from stoppress.desk.internal_fetch import fetch_own_status
from stoppress.desk.screens.alert_composer import AlertComposer, readiness_context, check_surroundings
from stoppress.desk.screens.alert_receipt import post_alerts_context, blog_alerts_context
from stoppress.desk.views.conflict import find_post
from stoppress.runtime.errors import StopPressError
from stoppress.smtp import Accepted
from stoppress.subscribers.errors import InvalidAddressError

ALERT_ID_USED = (
    "This form has already sent an alert, with other content. Nothing was sent now. What you typed is below: "
    "if it is to go out as an alert of its own, send it again."
)


@require_permission("alert")
@require_http_methods(["GET", "HEAD", "POST"])
@allow_mail_frames
def compose_alert(request, blog, post_id=None):
    """The composer, of a post or of the live blog as a whole. A POST checks, tries or sends."""
    screen = _screen(blog, post_id, _typed(request))
    if screen.post and screen.post.withdrawn:
        messages.error(request, "This post has been withdrawn. It cannot be sent as an alert.")
        return redirect("desk:live-blog", blog.slug)
    if request.method != "POST":
        return _show(request, screen)
    wish = request.POST.get("do", "send")
    if wish == "check":
        return _show(request, screen, around=check_surroundings())
    return _try(request, screen) if wish == "test" else _send(request, screen)


@require_permission("alert")
@require_POST
def check_alert(request, blog, post_id=None):
    """The preflight alone, for what has been typed so far."""
    screen = _screen(blog, post_id, parse_alert_form(request.POST))
    return render(request, "desk/parts/preflight.html", {"composer": screen} | readiness_context(screen.findings(), check_surroundings()))


@require_permission("alert")
@require_GET
@serve_mail_frame
def preview_alert_html(request, blog, post_id=None):
    """The mail's HTML, for a frame on the screen."""
    screen = _screen(blog, post_id, parse_alert_form(request.GET))
    try:
        html = screen.draft.preview_html(request.GET.get("language", ""), _theme(request))
    except StopPressError as error:
        return HttpResponse(str(error), content_type="text/plain; charset=utf-8")
    return HttpResponse(html)


@require_permission("alert")
@require_GET
def preview_alert_text(request, blog, post_id=None):
    """The mail's plain text."""
    screen = _screen(blog, post_id, parse_alert_form(request.GET))
    try:
        text = screen.draft.preview_text(request.GET.get("language", ""))
    except StopPressError as error:
        text = str(error)
    return HttpResponse(text, content_type="text/plain; charset=utf-8")


def _typed(request):
    if request.method == "POST":
        return parse_alert_form(request.POST)
    return empty_alert_form(corrects=parse_uuid(request.GET.get("corrects", "")))


def _screen(blog, post_id, typed):
    view = find_post(blog, post_id)[1] if post_id else None
    try:
        corrects = find_alert(blog, typed.corrects) if typed.corrects else None
    except AlertNotFoundError:
        corrects = None
    return AlertComposer(blog, view, typed, corrects)


def _theme(request):
    asked = request.GET.get("theme", "")
    return Theme(asked) if asked in list(Theme) else None


def _send(request, screen):
    errors, status = {}, 422
    try:
        if not find_earlier_alert(screen.request):
            _refuse_gone_topic(screen)
            raise_if_blocked(check_draft(screen.draft, fetch_own_status))
        done = send_alert(screen.request, by=request.user.username, now=timezone.now())
    except InvalidAlertError as error:
        errors[error.field] = str(error)
    except AlreadyAlertedError as error:
        errors["again"] = str(error)
    except PreflightError:
        errors["alert"] = "It was not sent: something must be put right first. See below Send."
    except AlertIdTakenError:
        errors["alert"], status = ALERT_ID_USED, 409
        screen = replace(screen, form=replace(screen.form, alert_id=uuid4()))
    except (StopPressError, CoverageError) as error:
        errors["alert"] = str(error)
    else:
        return redirect("desk:receipt", screen.blog.slug, done.pk)
    return _show(request, screen, errors, status=status)


def _refuse_gone_topic(screen):
    typed = screen.form
    if typed.topic and not screen.corrects and typed.topic != screen.topic.slug:
        raise InvalidAlertError(
            "topic", "No alert goes to the readers of that topic any more. Nothing was sent: choose another."
        )


def _try(request, screen):
    """A copy to the editor's own address; what came of it stands above the form."""
    address, errors, now = request.POST.get("test_address", "").strip(), {}, timezone.now()
    try:
        if not allow_test_mail(request.user.username, now=now):
            raise InvalidAddressError("That were many tests. Wait a while.")
        outcome = send_test(screen.draft.story_in(request.POST.get("test_language", "")), address, now=now)
    except InvalidAddressError as error:
        errors["test"] = str(error)
    except InvalidAlertError as error:
        errors[error.field] = str(error)
    except StopPressError as error:
        errors["alert"] = str(error)
    else:
        _remember_address(request.user, address)
        if isinstance(outcome, Accepted):
            messages.success(request, f"The test is on its way to {address}: the relay took it.")
        else:
            errors["test"] = (
                f"The relay did not take it: {getattr(outcome, 'reason', '') or getattr(outcome, 'text', '')}"
            )
    return _show(request, screen, errors)


def _remember_address(user, address):
    if user.email != address:
        user.email = address
        user.save(update_fields=["email"])


def _show(request, screen, errors=None, around=None, status=422):
    """The whole screen; the words typed for it are kept, the number of the revision is the newest."""
    now = timezone.now()
    before = post_alerts_context(screen.post.id, now) if screen.post else blog_alerts_context(screen.blog, now)
    test_address = request.POST.get("test_address") or request.user.email
    context = screen.context(errors, around) | before | {"test_address": test_address}
    return render(request, "desk/alert.html", context, status=status if errors else 200)
