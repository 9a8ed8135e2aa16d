"""What became of an alert: its receipt, how fast it went, what is uncertain; for the screen and to take away.

A digest is of no live blog: `blog` is None then, and the door asks for a seat of all live blogs.
"""

from pathlib import Path

from django.conf import settings
from django.http import Http404, HttpResponse, JsonResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_GET, require_http_methods

from stoppress.alerts.actions import find_alert, find_digest, receipt
from stoppress.alerts.errors import AlertIdUnknown, LogUnreadable
from stoppress.alerts.receipts.decision_history import story_of_send
from stoppress.alerts.receipts.delivery_speed import speed
from stoppress.alerts.receipts.export_rows import as_json, csv_chunks
from stoppress.alerts.receipts.id_ranges import spans
from stoppress.alerts.receipts.relay_log_source import LogLines, LogOnThisMachine
from stoppress.alerts.receipts.uncertain_deliveries import doubts, told_by_log
from stoppress.delivery.message import preview
from stoppress.delivery.message.alert_content import story_of
from stoppress.desk.access.frame_policy import framed_mail, may_frame
from stoppress.desk.access.permission_check import door
from stoppress.desk.screens.alert_receipt import sent
from stoppress.desk.views.streaming_response import streamed

SHOWN_DOUBTS = 200


@door("read")
@require_GET
@may_frame
def ledger(request, blog=None, *, alert_id):
    """The receipt; brings itself up to date while the alert is under way."""
    found = find(blog, alert_id)
    context = {"blog": blog, "sent": sent(found, timezone.now()), "seen": request.GET.get("seen", "")}
    if request.htmx:
        return render(request, "desk/parts/receipt_news.html", context)
    context |= {
        "chapters": story_of_send(found),
        "themes": list(preview.Theme),
        "text": preview.text(story_of(found)),
    }
    return render(request, "desk/ledger.html", context)


@door("read")
@require_GET
def pace(request, blog=None, *, alert_id):
    """How fast it went; takes some seconds when a million are added up."""
    found = find(blog, alert_id)
    now = timezone.now()
    shown = sent(found, now)
    context = {"blog": blog, "sent": shown, "speed": speed(found, shown.receipt, now=now)}
    return render(request, "desk/parts/speed.html" if request.htmx else "desk/speed.html", context)


@door("read")
@require_GET
@framed_mail
def sent_mail(request, blog=None, *, alert_id):
    """The mail as it was sent, for a frame."""
    asked = request.GET.get("theme", "")
    theme = preview.Theme(asked) if asked in list(preview.Theme) else None
    return HttpResponse(preview.html(story_of(find(blog, alert_id), request.GET.get("language", "")), theme))


@door("alert")
@require_http_methods(["GET", "HEAD", "POST"])
def uncertain(request, blog=None, *, alert_id):
    """What is known of those that may have arrived. A POST brings the relay's log to compare with."""
    found = find(blog, alert_id)
    shown, everyone, known, told = sent(found, timezone.now()), doubts(found), {}, ""
    lines = log_of(request)
    try:
        known = told_by_log(lines, everyone) if lines else {}
    except LogUnreadable as error:
        lines, told = [], str(error)
    context = {
        "blog": blog,
        "sent": shown,
        "doubts": everyone[:SHOWN_DOUBTS],
        "log": request.POST.get("log", ""),
        "log_here": settings.RELAY_LOG_FILE,
        "compared": bool(lines),
        "cut": getattr(lines, "cut", False),
        "told": told,
        "known": known,
        "spare": spans(known),
        "again": shown.uncertain - len(known),
    }
    return render(request, "desk/uncertain.html", context)


@door("read")
@require_GET
def receipt_json(request, blog=None, *, alert_id):
    """The receipt for programs."""
    found = find(blog, alert_id)
    counted = receipt(found)
    body = as_json(found, counted, speed(found, counted, now=timezone.now()))
    return JsonResponse(body, json_dumps_params={"indent": 2, "ensure_ascii": False})


@door("alert")
@require_GET
def deliveries_csv(request, blog=None, *, alert_id):
    """Every delivery as a line; addresses in full only for those who may see them."""
    found = find(blog, alert_id)
    return streamed(
        request,
        csv_chunks(found, full=request.rights["addresses"]),
        content_type="text/csv; charset=utf-8",
        headers={"Content-Disposition": f'attachment; filename="alert-{found.pk}.csv"'},
    )


def log_of(request):
    """The log that somebody brings: a file, the one on this machine, or pasted lines; [] if none."""
    if request.method != "POST":
        return []
    if file := request.FILES.get("log_file"):
        return LogLines(file)
    if settings.RELAY_LOG_FILE and "here" in request.POST:
        return LogOnThisMachine(Path(settings.RELAY_LOG_FILE))
    return request.POST.get("log", "").strip().splitlines()


def find(blog, alert_id):
    """The alert of that live blog, or the digest; raises Http404."""
    try:
        return find_alert(blog, alert_id) if blog else find_digest(alert_id)
    except AlertIdUnknown as error:
        raise Http404 from error
