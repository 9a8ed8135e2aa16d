"""Send a post as an alert, on one screen; then its ledger."""

from uuid import uuid4

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_GET, require_http_methods

from stoppress.alerts.actions import breaking_topic, compose, count_recipients, send_alert
from stoppress.alerts.errors import AlertsError, AlreadyAlerted, BadAlert
from stoppress.alerts.models import Alert
from stoppress.alerts.words import Urgency
from stoppress.desk.door import door
from stoppress.desk.framing import framed_mail, may_frame
from stoppress.desk.incoming import number, uuid_or_none
from stoppress.desk.ledger import alerts_sent, sent
from stoppress.desk.views.conflict import find_post

URGENCIES = [
    (Urgency.FLASH, "Flash"),
    (Urgency.ALERT, "Breaking news"),
    (Urgency.URGENT, "Urgent"),
    (Urgency.UPDATE, "Update"),
]


@door("alert")
@require_http_methods(["GET", "HEAD", "POST"])
@may_frame
def alert(request, blog, post_id):
    """Who will get it, how it will look, and Send."""
    _, view = find_post(blog, post_id)
    if view.withdrawn:
        messages.error(request, "This post has been withdrawn. It cannot be sent as an alert.")
        return redirect("desk:live", blog.slug)
    if request.method == "POST":
        return _send(request, blog, view)
    return _screen(request, blog, view, uuid4())


@door("alert")
@require_GET
@framed_mail
def alert_preview(request, blog, post_id):
    """The mail's HTML, for the frame on the screen."""
    _, view = find_post(blog, post_id)
    try:
        html = _draft(blog, view, request.GET).preview_html()
    except AlertsError as error:
        return HttpResponse(str(error), content_type="text/plain; charset=utf-8")
    return HttpResponse(html)


@door("alert")
@require_GET
def alert_text(request, blog, post_id):
    """The mail's plain text."""
    _, view = find_post(blog, post_id)
    try:
        text = _draft(blog, view, request.GET).preview_text()
    except AlertsError as error:
        text = str(error)
    return HttpResponse(text, content_type="text/plain; charset=utf-8")


@door("read")
@require_GET
def ledger(request, blog, alert_id):
    """What became of one alert; brings itself up to date while it is under way."""
    found = Alert.objects.filter(blog=blog, pk=alert_id).select_related("topic", "post").first()
    if found is None:
        raise Http404
    name = "desk/parts/receipt.html" if request.htmx else "desk/ledger.html"
    return render(request, name, {"blog": blog, "sent": sent(found)})


def _send(request, blog, view):
    given, alert_id = request.POST, uuid_or_none(request.POST.get("alert_id", "")) or uuid4()
    try:
        done = send_alert(
            alert_id=alert_id,
            blog_slug=blog.slug,
            post_id=view.id,
            topic=breaking_topic(),
            urgency=given.get("urgency", ""),
            subject=given.get("subject", ""),
            summary=given.get("summary", ""),
            by=request.user.username,
            now=timezone.now(),
            again=given.get("again") == "1",
            based_on=number(given.get("revision", "")),
        )
    except BadAlert as error:
        return _screen(request, blog, view, alert_id, {error.field: str(error)})
    except AlreadyAlerted as error:
        return _screen(request, blog, view, alert_id, {"again": str(error)})
    except AlertsError as error:
        return _screen(request, blog, view, alert_id, {"alert": str(error)})
    return redirect("desk:ledger", blog.slug, done.pk)


def _screen(request, blog, view, alert_id, errors=None):
    given = request.POST if errors else {}
    draft = _draft(blog, view, {})
    context = {
        "blog": blog,
        "post": view,
        "alert_id": alert_id,
        "count": count_recipients(draft.topic),
        "topic": draft.topic,
        "urgencies": URGENCIES,
        "urgency": given.get("urgency", Urgency.ALERT),
        "subject": given.get("subject", draft.subject),
        "summary": given.get("summary", draft.summary),
        "text": draft.preview_text(),
        "errors": errors or {},
    }
    return render(request, "desk/alert.html", context | alerts_sent(view.id), status=422 if errors else 200)


def _draft(blog, view, given):
    return compose(
        blog,
        view,
        topic=breaking_topic(),
        urgency=given.get("urgency", Urgency.ALERT),
        subject=given.get("subject", ""),
        summary=given.get("summary", ""),
    )
