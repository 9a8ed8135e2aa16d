"""Write an alert on one screen: who gets it, how it looks, what the preflight found; try it, and send it."""

from dataclasses import replace
from uuid import uuid4

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from stoppress.alerts.actions import find_alert, find_earlier, send_alert, send_test
from stoppress.alerts.errors import AlertIdTaken, AlertIdUnknown, AlreadyAlerted, BadAlert, NotReady
from stoppress.alerts.preflight import check_still, refuse_stops
from stoppress.coverage.errors import CoverageError
from stoppress.delivery.message.preview import Theme
from stoppress.desk.access.frame_policy import framed_mail, may_frame
from stoppress.desk.access.permission_check import door
from stoppress.desk.access.rate_limits import may_send_test
from stoppress.desk.forms.alert_form import blank, from_form
from stoppress.desk.forms.form_parsing import uuid_or_none
from stoppress.desk.internal_fetch import answer
from stoppress.desk.screens.alert_composer import Screen, ready, surroundings
from stoppress.desk.screens.alert_receipt import alerts_sent, blog_alerts_sent
from stoppress.desk.views.conflict import find_post
from stoppress.runtime.errors import StopPressError
from stoppress.smtp import Accepted
from stoppress.subscribers.errors import BadAddress

SENT_BEFORE = (
    "This form has already sent an alert, with other content. Nothing was sent now. What you typed is below: "
    "if it is to go out as an alert of its own, send it again."
)


@door("alert")
@require_http_methods(["GET", "HEAD", "POST"])
@may_frame
def alert(request, blog, post_id=None):
    """The composer, of a post or of the live blog as a whole. A POST checks, tries or sends."""
    screen = _screen(blog, post_id, _typed(request))
    if screen.post and screen.post.withdrawn:
        messages.error(request, "This post has been withdrawn. It cannot be sent as an alert.")
        return redirect("desk:live", blog.slug)
    if request.method != "POST":
        return _show(request, screen)
    wish = request.POST.get("do", "send")
    if wish == "check":
        return _show(request, screen, around=surroundings())
    return _try(request, screen) if wish == "test" else _send(request, screen)


@door("alert")
@require_POST
def alert_check(request, blog, post_id=None):
    """The preflight alone, for what has been typed so far."""
    screen = _screen(blog, post_id, from_form(request.POST))
    return render(request, "desk/parts/alert_ready.html", {"screen": screen} | ready(screen.findings(), surroundings()))


@door("alert")
@require_GET
@framed_mail
def alert_preview(request, blog, post_id=None):
    """The mail's HTML, for a frame on the screen."""
    screen = _screen(blog, post_id, from_form(request.GET))
    try:
        html = screen.draft.preview_html(request.GET.get("language", ""), _theme(request))
    except StopPressError as error:
        return HttpResponse(str(error), content_type="text/plain; charset=utf-8")
    return HttpResponse(html)


@door("alert")
@require_GET
def alert_text(request, blog, post_id=None):
    """The mail's plain text."""
    screen = _screen(blog, post_id, from_form(request.GET))
    try:
        text = screen.draft.preview_text(request.GET.get("language", ""))
    except StopPressError as error:
        text = str(error)
    return HttpResponse(text, content_type="text/plain; charset=utf-8")


def _typed(request):
    if request.method == "POST":
        return from_form(request.POST)
    return blank(corrects=uuid_or_none(request.GET.get("corrects", "")))


def _screen(blog, post_id, typed):
    view = find_post(blog, post_id)[1] if post_id else None
    try:
        corrects = find_alert(blog, typed.corrects) if typed.corrects else None
    except AlertIdUnknown:
        corrects = None
    return Screen(blog, view, typed, corrects)


def _theme(request):
    asked = request.GET.get("theme", "")
    return Theme(asked) if asked in list(Theme) else None


def _send(request, screen):
    errors, status = {}, 422
    try:
        if not find_earlier(screen.request):
            _refuse_gone_topic(screen)
            refuse_stops(check_still(screen.draft, answer))
        done = send_alert(screen.request, by=request.user.username, now=timezone.now())
    except BadAlert as error:
        errors[error.field] = str(error)
    except AlreadyAlerted as error:
        errors["again"] = str(error)
    except NotReady:
        errors["alert"] = "It was not sent: something must be put right first. See below Send."
    except AlertIdTaken:
        errors["alert"], status = SENT_BEFORE, 409
        screen = replace(screen, typed=replace(screen.typed, alert_id=uuid4()))
    except (StopPressError, CoverageError) as error:
        errors["alert"] = str(error)
    else:
        return redirect("desk:ledger", screen.blog.slug, done.pk)
    return _show(request, screen, errors, status=status)


def _refuse_gone_topic(screen):
    typed = screen.typed
    if typed.topic and not screen.corrects and typed.topic != screen.topic.slug:
        raise BadAlert(
            "topic", "No alert goes to the readers of that topic any more. Nothing was sent: choose another."
        )


def _try(request, screen):
    """A copy to the editor's own address; what came of it stands above the form."""
    address, errors, now = request.POST.get("test_address", "").strip(), {}, timezone.now()
    try:
        if not may_send_test(request.user.username, now=now):
            raise BadAddress("That were many tests. Wait a while.")
        outcome = send_test(screen.draft.spoken(request.POST.get("test_language", "")), address, now=now)
    except BadAddress as error:
        errors["test"] = str(error)
    except BadAlert as error:
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
    before = alerts_sent(screen.post.id, now) if screen.post else blog_alerts_sent(screen.blog, now)
    test_address = request.POST.get("test_address") or request.user.email
    context = screen.context(errors, around) | before | {"test_address": test_address}
    return render(request, "desk/alert.html", context, status=status if errors else 200)
