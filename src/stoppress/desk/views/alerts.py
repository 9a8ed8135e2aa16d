"""The alert composer: recipients, preview, preflight, test message and Send."""

from dataclasses import replace
from uuid import uuid4

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST

from stoppress.alerts.actions import find_alert, find_earlier_alert, send_alert, send_test
from stoppress.alerts.errors import (
    AlertIdTakenError,
    AlertNotFoundError,
    AlreadyAlertedError,
    InvalidAlertError,
    PreflightError,
)
from stoppress.alerts.preflight import check_draft, raise_if_blocked
from stoppress.coverage.errors import CoverageError
from stoppress.delivery.message.preview import Theme
from stoppress.desk.access.frame_policy import allow_mail_frames, serve_mail_frame
from stoppress.desk.access.permission_check import require_permission
from stoppress.desk.access.rate_limits import allow_test_mail
from stoppress.desk.forms.alert_form import empty_alert_form, parse_alert_form, parse_preview_query
from stoppress.desk.forms.form_parsing import parse_uuid
from stoppress.desk.internal_fetch import fetch_own_status
from stoppress.desk.screens.alert_composer import AlertComposer, check_surroundings, readiness_context
from stoppress.desk.screens.alert_receipt import blog_alerts_context, post_alerts_context
from stoppress.desk.views.conflict import find_post
from stoppress.runtime.errors import StopPressError
from stoppress.smtp import Accepted
from stoppress.subscribers.errors import InvalidAddressError

ALERT_ID_USED = gettext_lazy(
    "This form has already sent an alert with other content. Nothing was sent now. "
    "Your text is below: to send it as another alert, press Send again."
)


@require_permission("alert")
@require_http_methods(["GET", "HEAD", "POST"])
@allow_mail_frames
def compose_alert(request, blog, post_id=None):
    """Show the composer of an alert about a post or a live blog. A POST runs the checks, sends a test, or sends."""
    composer = _build_composer(blog, post_id, _read_form(request))
    if composer.post and composer.post.withdrawn:
        messages.error(request, _("This post has been withdrawn. It cannot be sent as an alert."))
        return redirect("desk:live-blog", blog.slug)
    if request.method != "POST":
        return _show(request, composer)
    command = request.POST.get("do", "send")
    if command == "check":
        return _show(request, composer, surroundings=check_surroundings())
    return _send_test(request, composer) if command == "test" else _send(request, composer)


@require_permission("alert")
@require_POST
def check_alert(request, blog, post_id=None):
    """Run the preflight for the form as it is now."""
    composer = _build_composer(blog, post_id, parse_alert_form(request.POST))
    context = {"composer": composer} | readiness_context(composer.findings(), check_surroundings())
    return render(request, "desk/parts/preflight.html", context)


@require_permission("alert")
@require_http_methods(["GET", "HEAD", "POST"])
@serve_mail_frame
def preview_alert_html(request, blog, post_id=None):
    """Return the HTML of the mail, for a frame of the composer. Typed text comes by POST: no log keeps it."""
    data = request.POST or request.GET
    form = parse_alert_form(request.POST) if request.POST else parse_preview_query(request.GET)
    composer = _build_composer(blog, post_id, form)
    try:
        html = composer.draft.preview_html(data.get("language", ""), _parse_theme(data))
    except StopPressError as error:
        return HttpResponse(str(error), content_type="text/plain; charset=utf-8")
    return HttpResponse(html)


@require_permission("alert")
@require_POST
def preview_alert_text(request, blog, post_id=None):
    """Return the plain text of the mail."""
    composer = _build_composer(blog, post_id, parse_alert_form(request.POST))
    try:
        text = composer.draft.preview_text(request.POST.get("language", ""))
    except StopPressError as error:
        text = str(error)
    return HttpResponse(text, content_type="text/plain; charset=utf-8")


def _read_form(request):
    if request.method == "POST":
        return parse_alert_form(request.POST)
    return empty_alert_form(corrects=parse_uuid(request.GET.get("corrects", "")))


def _build_composer(blog, post_id, form):
    view = find_post(blog, post_id)[1] if post_id else None
    try:
        corrects = find_alert(blog, form.corrects) if form.corrects else None
    except AlertNotFoundError:
        corrects = None
    return AlertComposer(blog, view, form, corrects)


def _parse_theme(data):
    theme = data.get("theme", "")
    return Theme(theme) if theme in list(Theme) else None


def _send(request, composer):
    errors, status = {}, 422
    try:
        if not find_earlier_alert(composer.request):
            _refuse_retired_topic(composer)
            raise_if_blocked(check_draft(composer.draft, fetch_own_status))
        alert = send_alert(composer.request, by=request.user.username, now=timezone.now())
    except InvalidAlertError as error:
        errors[error.field] = str(error)
    except AlreadyAlertedError as error:
        errors["again"] = str(error)
    except PreflightError:
        errors["alert"] = _("It was not sent. Fix the problems listed under “Checks before sending” first.")
    except AlertIdTakenError:
        errors["alert"], status = str(ALERT_ID_USED), 409
        composer = replace(composer, form=replace(composer.form, alert_id=uuid4()))
    except (StopPressError, CoverageError) as error:
        errors["alert"] = str(error)
    else:
        return redirect("desk:receipt", composer.blog.slug, alert.pk)
    return _show(request, composer, errors, status=status)


def _refuse_retired_topic(composer):
    chosen = composer.form.topic
    if chosen and not composer.corrects and chosen != composer.topic.slug:
        message = _("The topic was retired: no alert goes to its readers. Nothing was sent: choose another one.")
        raise InvalidAlertError("topic", message)


def _send_test(request, composer):
    """Send a copy to the editor's own address, and show the outcome above the form."""
    address, errors, now = request.POST.get("test_address", "").strip(), {}, timezone.now()
    try:
        if not allow_test_mail(request.user.username, now=now):
            raise InvalidAddressError(_("Too many test messages. Try again in a few minutes."))
        outcome = send_test(composer.draft.story_in(request.POST.get("test_language", "")), address, now=now)
    except InvalidAddressError as error:
        errors["test"] = str(error)
    except InvalidAlertError as error:
        errors[error.field] = str(error)
    except StopPressError as error:
        errors["alert"] = str(error)
    else:
        _store_address(request.user, address)
        if isinstance(outcome, Accepted):
            messages.success(request, _("The relay accepted the test message to {address}.").format(address=address))
        else:
            reason = getattr(outcome, "reason", "") or getattr(outcome, "text", "")
            errors["test"] = _("The relay did not accept it: {reason}").format(reason=reason)
    return _show(request, composer, errors)


def _store_address(user, address):
    if user.email != address:
        user.email = address
        user.save(update_fields=["email"])


def _show(request, composer, errors=None, surroundings=None, status=422):
    """Show the composer with the text as entered and the number of the newest revision."""
    now = timezone.now()
    earlier = post_alerts_context(composer.post.id, now) if composer.post else blog_alerts_context(composer.blog, now)
    test_address = request.POST.get("test_address") or request.user.email
    context = composer.context(errors, surroundings) | earlier | {"test_address": test_address}
    return render(request, "desk/alert.html", context, status=status if errors else 200)
