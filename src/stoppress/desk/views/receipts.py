"""What became of an alert: its receipt, how fast it went, what is uncertain; for the screen and to take away.

A digest is of no live blog: `blog` is None then, and the door asks for a seat of all live blogs.
"""

from pathlib import Path

from django.conf import settings
from django.http import Http404, HttpResponse, JsonResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_GET, require_http_methods

from stoppress.alerts.actions import find_alert, find_digest, load_receipt
from stoppress.alerts.errors import AlertNotFoundError, UnreadableLogError
from stoppress.alerts.receipts.decision_history import decision_history
from stoppress.alerts.receipts.delivery_speed import delivery_speed
from stoppress.alerts.receipts.export_rows import receipt_as_json, receipt_csv_chunks
from stoppress.alerts.receipts.id_ranges import format_id_ranges
from stoppress.alerts.receipts.relay_log_source import UploadedLog, LocalLogFile
from stoppress.alerts.receipts.uncertain_deliveries import uncertain_deliveries, match_relay_log
from stoppress.delivery.message import preview
from stoppress.delivery.message.alert_content import build_alert_content
from stoppress.desk.access.frame_policy import serve_mail_frame, allow_mail_frames
from stoppress.desk.access.permission_check import require_permission
from stoppress.desk.screens.alert_receipt import sent_alert
from stoppress.desk.views.streaming_response import stream_response

MAX_SHOWN_UNCERTAIN = 200


@require_permission("read")
@require_GET
@allow_mail_frames
def show_receipt(request, blog=None, *, alert_id):
    """The receipt; brings itself up to date while the alert is under way."""
    found = find_alert_or_404(blog, alert_id)
    context = {"blog": blog, "sent": sent_alert(found, timezone.now()), "seen": request.GET.get("seen", "")}
    if request.htmx:
        return render(request, "desk/parts/receipt_update.html", context)
    context |= {
        "chapters": decision_history(found),
        "themes": list(preview.Theme),
        "text": preview.preview_text(build_alert_content(found)),
    }
    return render(request, "desk/receipt.html", context)


@require_permission("read")
@require_GET
def show_speed(request, blog=None, *, alert_id):
    """How fast it went; takes some seconds when a million are added up."""
    found = find_alert_or_404(blog, alert_id)
    now = timezone.now()
    shown = sent_alert(found, now)
    context = {"blog": blog, "sent": shown, "speed": delivery_speed(found, shown.receipt, now=now)}
    return render(request, "desk/parts/speed.html" if request.htmx else "desk/speed.html", context)


@require_permission("read")
@require_GET
@serve_mail_frame
def show_mail(request, blog=None, *, alert_id):
    """The mail as it was sent, for a frame."""
    asked = request.GET.get("theme", "")
    theme = preview.Theme(asked) if asked in list(preview.Theme) else None
    return HttpResponse(preview.preview_html(build_alert_content(find_alert_or_404(blog, alert_id), request.GET.get("language", "")), theme))


@require_permission("alert")
@require_http_methods(["GET", "HEAD", "POST"])
def show_uncertain(request, blog=None, *, alert_id):
    """What is known of those that may have arrived. A POST brings the relay's log to compare with."""
    found = find_alert_or_404(blog, alert_id)
    shown, everyone, known, told = sent_alert(found, timezone.now()), uncertain_deliveries(found), {}, ""
    lines = submitted_log(request)
    try:
        known = match_relay_log(lines, everyone) if lines else {}
    except UnreadableLogError as error:
        lines, told = [], str(error)
    context = {
        "blog": blog,
        "sent": shown,
        "doubts": everyone[:MAX_SHOWN_UNCERTAIN],
        "log": request.POST.get("log", ""),
        "log_here": settings.RELAY_LOG_FILE,
        "compared": bool(lines),
        "cut": getattr(lines, "is_truncated", False),
        "told": told,
        "known": known,
        "spare": format_id_ranges(known),
        "again": shown.uncertain - len(known),
    }
    return render(request, "desk/uncertain.html", context)


@require_permission("read")
@require_GET
def receipt_json(request, blog=None, *, alert_id):
    """The receipt for programs."""
    found = find_alert_or_404(blog, alert_id)
    counted = load_receipt(found)
    body = receipt_as_json(found, counted, delivery_speed(found, counted, now=timezone.now()))
    return JsonResponse(body, json_dumps_params={"indent": 2, "ensure_ascii": False})


@require_permission("alert")
@require_GET
def deliveries_csv(request, blog=None, *, alert_id):
    """Every delivery as a line; addresses in full only for those who may see them."""
    found = find_alert_or_404(blog, alert_id)
    return stream_response(
        request,
        receipt_csv_chunks(found, full=request.permissions["addresses"]),
        content_type="text/csv; charset=utf-8",
        headers={"Content-Disposition": f'attachment; filename="alert-{found.pk}.csv"'},
    )


def submitted_log(request):
    """The log that somebody brings: a file, the one on this machine, or pasted lines; [] if none."""
    if request.method != "POST":
        return []
    if file := request.FILES.get("log_file"):
        return UploadedLog(file)
    if settings.RELAY_LOG_FILE and "here" in request.POST:
        return LocalLogFile(Path(settings.RELAY_LOG_FILE))
    return request.POST.get("log", "").strip().splitlines()


def find_alert_or_404(blog, alert_id):
    """The alert of that live blog, or the digest; raises Http404."""
    try:
        return find_alert(blog, alert_id) if blog else find_digest(alert_id)
    except AlertNotFoundError as error:
        raise Http404 from error
