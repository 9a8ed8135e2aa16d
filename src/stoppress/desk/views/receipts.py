"""The receipt of an alert, its delivery speed and uncertain deliveries; on the screen and as downloads.

A digest belongs to no live blog: then `blog` is None, and the permission check requires a seat for all live blogs.
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
from stoppress.alerts.receipts.delivery_speed import delivery_speed, is_quickly_measured
from stoppress.alerts.receipts.export_rows import receipt_as_json, receipt_csv_chunks
from stoppress.alerts.receipts.id_ranges import format_id_ranges
from stoppress.alerts.receipts.relay_log_source import LocalLogFile, UploadedLog
from stoppress.alerts.receipts.uncertain_deliveries import match_relay_log, uncertain_deliveries
from stoppress.delivery.message import preview
from stoppress.delivery.message.alert_content import build_alert_content
from stoppress.desk.access.frame_policy import allow_mail_frames, serve_mail_frame
from stoppress.desk.access.large_bodies import takes_files
from stoppress.desk.access.permission_check import require_permission
from stoppress.desk.screens.alert_receipt import sent_alert
from stoppress.desk.views.streaming_response import stream_response

MAX_SHOWN_UNCERTAIN = 200


@require_permission("receipts")
@require_GET
@allow_mail_frames
def show_receipt(request, blog=None, *, alert_id):
    """Show the receipt; the page refreshes it while the alert is being sent."""
    alert = find_alert_or_404(blog, alert_id)
    context = {"blog": blog, "sent": sent_alert(alert, timezone.now()), "seen": request.GET.get("seen", "")}
    if request.htmx:
        sent = context["sent"]
        if is_quickly_measured(sent.receipt):
            context["speed"] = delivery_speed(alert, sent.receipt, now=sent.now)
        return render(request, "desk/parts/receipt_update.html", context)
    context |= {
        "history": decision_history(alert),
        "themes": list(preview.Theme),
        "text": preview.preview_text(build_alert_content(alert)),
    }
    return render(request, "desk/receipt.html", context)


@require_permission("receipts")
@require_GET
def show_speed(request, blog=None, *, alert_id):
    """Show the delivery speed; the calculation takes some seconds for a million deliveries."""
    alert, now = find_alert_or_404(blog, alert_id), timezone.now()
    sent = sent_alert(alert, now)
    context = {"blog": blog, "sent": sent, "speed": delivery_speed(alert, sent.receipt, now=now)}
    return render(request, "desk/parts/speed.html" if request.htmx else "desk/speed.html", context)


@require_permission("receipts")
@require_GET
@serve_mail_frame
def show_mail(request, blog=None, *, alert_id):
    """Return the mail as it was sent, for a frame."""
    requested = request.GET.get("theme", "")
    theme = preview.Theme(requested) if requested in list(preview.Theme) else None
    content = build_alert_content(find_alert_or_404(blog, alert_id), request.GET.get("language", ""))
    return HttpResponse(preview.preview_html(content, theme))


@takes_files
@require_permission("alert")
@require_http_methods(["GET", "HEAD", "POST"])
def show_uncertain(request, blog=None, *, alert_id):
    """Show the uncertain deliveries. A POST compares them with the relay's log."""
    alert = find_alert_or_404(blog, alert_id)
    sent, deliveries = sent_alert(alert, timezone.now()), uncertain_deliveries(alert)
    lines, accepted, log_error = submitted_log(request), {}, ""
    try:
        accepted = match_relay_log(lines, deliveries) if lines else {}
    except UnreadableLogError as error:
        lines, log_error = [], str(error)
    context = {
        "blog": blog,
        "sent": sent,
        "deliveries": deliveries[:MAX_SHOWN_UNCERTAIN],
        "log": request.POST.get("log", ""),
        "has_local_log": settings.RELAY_LOG_FILE,
        "is_compared": bool(lines),
        "is_log_cut": getattr(lines, "is_truncated", False),
        "log_error": log_error,
        "accepted_by_log": accepted,
        "spare": format_id_ranges(accepted),
        "resend_count": sent.uncertain - len(accepted),
    }
    return render(request, "desk/uncertain.html", context)


@require_permission("receipts")
@require_GET
def receipt_json(request, blog=None, *, alert_id):
    """Return the receipt as JSON."""
    alert = find_alert_or_404(blog, alert_id)
    receipt = load_receipt(alert)
    body = receipt_as_json(alert, receipt, delivery_speed(alert, receipt, now=timezone.now()))
    return JsonResponse(body, json_dumps_params={"indent": 2, "ensure_ascii": False})


@require_permission("alert")
@require_GET
def deliveries_csv(request, blog=None, *, alert_id):
    """Return every delivery as a line of CSV; with full addresses only for people who may see them."""
    alert = find_alert_or_404(blog, alert_id)
    return stream_response(
        request,
        receipt_csv_chunks(alert, full=request.permissions["addresses"]),
        content_type="text/csv; charset=utf-8",
        headers={"Content-Disposition": f'attachment; filename="alert-{alert.pk}.csv"'},
    )


def submitted_log(request):
    """Return the lines of the submitted log: an uploaded file, the file on this machine, or pasted lines."""
    if request.method != "POST":
        return []
    if file := request.FILES.get("log_file"):
        return UploadedLog(file)
    if settings.RELAY_LOG_FILE and "here" in request.POST:
        return LocalLogFile(Path(settings.RELAY_LOG_FILE))
    return request.POST.get("log", "").strip().splitlines()


def find_alert_or_404(blog, alert_id):
    """Return the alert of that live blog, or the digest; raise Http404 if there is none."""
    try:
        return find_alert(blog, alert_id) if blog else find_digest(alert_id)
    except AlertNotFoundError as error:
        raise Http404 from error
