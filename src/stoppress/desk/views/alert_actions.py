"""What an editor does with an alert after Send: one address for each act, all by POST, all back to its receipt."""

from datetime import timedelta

from django.contrib import messages
from django.http import HttpResponseBadRequest
from django.shortcuts import redirect
from django.utils import timezone
from django.views.decorators.http import require_POST

from stoppress.alerts import actions
from stoppress.alerts.actions.decisions import count_left, describe_progress
from stoppress.alerts.receipts.id_ranges import parse_id_ranges
from stoppress.desk.access.permission_check import require_permission
from stoppress.desk.screens.alert_receipt import receipt_url
from stoppress.desk.views.receipts import find_alert_or_404
from stoppress.runtime.errors import StopPressError

EXTENSION_HOURS = ("1", "4", "24")
"""How much time an editor may give an alert that came too late."""


def _act(request, blog, alert_id, act):
    """`act` is done with an alert by somebody, and says what was done."""
    alert = find_alert_or_404(blog, alert_id)
    try:
        messages.success(request, act(alert, request.user.username))
    except StopPressError as error:
        messages.error(request, str(error))
    return redirect(receipt_url(alert))


@require_permission("approve")
@require_POST
def approve(request, blog=None, *, alert_id):
    """Agree as the second editor."""

    def act(alert, by):
        actions.approve_alert(alert, by=by, now=timezone.now())
        return "Approved."

    return _act(request, blog, alert_id, act)


@require_permission("approve")
@require_POST
def decline(request, blog=None, *, alert_id):
    """Do not agree."""

    def act(alert, by):
        actions.decline_alert(alert, by=by, now=timezone.now())
        return "Declined. Nobody gets it."

    return _act(request, blog, alert_id, act)


@require_permission("alert")
@require_POST
def undo(request, blog=None, *, alert_id):
    """Take Send back."""

    def act(alert, by):
        found = actions.undo_send(alert, by=by, now=timezone.now())
        return (
            f"Too late to take it back whole: halted {describe_progress(found)}." if count_left(found) else "Taken back. Nobody got it."
        )

    return _act(request, blog, alert_id, act)


@require_permission("alert")
@require_POST
def halt(request, blog=None, *, alert_id):
    """The kill switch."""

    def act(alert, by):
        return f"Halted {describe_progress(actions.kill_alert(alert, by=by, now=timezone.now()))}."

    return _act(request, blog, alert_id, act)


@require_permission("alert")
@require_POST
def resume(request, blog=None, *, alert_id):
    """Let it go on; with `hours` also what came too late, for as long from now on."""
    hours = request.POST.get("hours", "")
    if hours and hours not in EXTENSION_HOURS:
        return HttpResponseBadRequest(f"hours must be one of {', '.join(EXTENSION_HOURS)}, got {hours[:20]!r}")
    more_time = timedelta(hours=int(hours)) if hours else None

    def act(alert, by):
        going = actions.resume_send(alert, by=by, now=timezone.now(), more_time=more_time)
        return f"Resumed: {going:,} readers are still to get it."

    return _act(request, blog, alert_id, act)


@require_permission("alert")
@require_POST
def resend(request, blog=None, *, alert_id):
    """Have the uncertain ones sent again."""
    try:
        spare = parse_id_ranges(request.POST.get("spare", ""))
    except ValueError:
        return HttpResponseBadRequest("Nobody was sent anything: “spare” names no deliveries.")

    def act(alert, by):
        again = actions.resend_uncertain_deliveries(alert, by=by, now=timezone.now(), spare=spare)
        return f"Sent again to {again:,} readers; as many may get it twice."

    return _act(request, blog, alert_id, act)
