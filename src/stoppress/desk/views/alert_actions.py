"""Editors' actions on an alert after Send. Each has its own address, needs a POST, and redirects to the receipt."""

from datetime import timedelta

from django.contrib import messages
from django.http import HttpResponseBadRequest
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST

from stoppress.alerts import actions
from stoppress.alerts.actions.decisions import count_left
from stoppress.alerts.receipts.id_ranges import parse_id_ranges
from stoppress.coverage.localisation.numbers import group_digits
from stoppress.desk.access.permission_check import require_permission
from stoppress.desk.screens.alert_receipt import EXTENSION_HOURS, receipt_url
from stoppress.desk.views.receipts import find_alert_or_404
from stoppress.runtime.errors import StopPressError


def _perform(request, blog, alert_id, action):
    """Call `action(alert, by, now)`, show the message that it returns, and redirect to the receipt."""
    alert = find_alert_or_404(blog, alert_id)
    try:
        messages.success(request, action(alert, request.user.username, timezone.now()))
    except StopPressError as error:
        messages.error(request, str(error))
    return redirect(receipt_url(alert))


@require_permission("approve")
@require_POST
def approve(request, blog=None, *, alert_id):
    """Approve an alert as the second editor."""

    def action(alert, by, now):
        actions.approve_alert(alert, by=by, now=now)
        return _("Approved.")

    return _perform(request, blog, alert_id, action)


@require_permission("approve")
@require_POST
def decline(request, blog=None, *, alert_id):
    """Decline an alert as the second editor."""

    def action(alert, by, now):
        actions.decline_alert(alert, by=by, now=now)
        return _("Declined. It is not sent.")

    return _perform(request, blog, alert_id, action)


@require_permission("alert")
@require_POST
def undo(request, blog=None, *, alert_id):
    """Take Send back."""

    def action(alert, by, now):
        receipt = actions.undo_send(alert, by=by, now=now)
        if not count_left(receipt):
            return _("Taken back. No message was sent.")
        return _("Too late to take everything back. Halted after {done} of {total}.").format(**_progress(receipt))

    return _perform(request, blog, alert_id, action)


@require_permission("alert")
@require_POST
def halt(request, blog=None, *, alert_id):
    """Halt an alert: the kill switch."""

    def action(alert, by, now):
        return _("Halted after {done} of {total}.").format(**_progress(actions.kill_alert(alert, by=by, now=now)))

    return _perform(request, blog, alert_id, action)


@require_permission("alert")
@require_POST
def resume(request, blog=None, *, alert_id):
    """Resume a halted alert. With `hours`, also send expired deliveries, for that many hours from now on."""
    hours = request.POST.get("hours", "")
    allowed = [str(each) for each in EXTENSION_HOURS]
    if hours and hours not in allowed:
        return HttpResponseBadRequest(f"hours must be one of {', '.join(allowed)}, got {hours[:20]!r}")
    more_time = timedelta(hours=int(hours)) if hours else None

    def action(alert, by, now):
        number = actions.resume_send(alert, by=by, now=now, more_time=more_time)
        sentence = ngettext("Resumed: {number} reader left.", "Resumed: {number} readers left.", number)
        return sentence.format(number=group_digits(number))

    return _perform(request, blog, alert_id, action)


@require_permission("alert")
@require_POST
def resend(request, blog=None, *, alert_id):
    """Resend the uncertain deliveries, except those in `spare`."""
    try:
        spare = parse_id_ranges(request.POST.get("spare", ""))
    except ValueError:
        return HttpResponseBadRequest("Nothing was resent: “spare” must be ranges of delivery ids.")

    def action(alert, by, now):
        number = actions.resend_uncertain_deliveries(alert, by=by, now=now, spare=spare)
        sentence = ngettext(
            "Resent to {number} reader, who may get it twice.",
            "Resent to {number} readers, who may get it twice.",
            number,
        )
        return sentence.format(number=group_digits(number))

    return _perform(request, blog, alert_id, action)


def _progress(receipt):
    return {"done": group_digits(count_left(receipt)), "total": group_digits(receipt.intended)}
