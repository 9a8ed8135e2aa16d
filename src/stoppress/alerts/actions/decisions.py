"""Decisions of editors after Send: approve, decline, undo, kill, resume, resend. Each one is recorded."""

from datetime import datetime, timedelta

from django.db import transaction
from django.utils.translation import gettext as _

from stoppress.alerts.actions.send_request import MAX_LIFETIME
from stoppress.alerts.choices import DecisionKind
from stoppress.alerts.errors import InvalidAlertError, OwnApprovalError
from stoppress.alerts.models import Decision
from stoppress.delivery.choices import DeliveryState
from stoppress.delivery.errors import CannotResumeError
from stoppress.delivery.ledger.receipt_totals import Receipt, load_receipt
from stoppress.delivery.models import Alert
from stoppress.delivery.recipients.send_order import begin_send
from stoppress.delivery.transitions.halt import halt_alerts, mark_halted
from stoppress.delivery.transitions.resume import reason_not_sendable, resend_uncertain, resume_alert
from stoppress.runtime import notifications

MIN_LIFETIME = timedelta(minutes=1)
"""Minimum time in which an alert may leave, counted from Send or from its resumption."""
DECLINED_NOTE = "a second editor did not agree"


def record_decision(
    alert: Alert, kind: DecisionKind, *, by: str, now: datetime, count: int = 0, note: str = ""
) -> Decision:
    """Store one decision about an alert. `count` is the number of deliveries concerned."""
    return Decision.objects.create(alert=alert, kind=kind, by=by, at=now, count=count, note=note[:300])


def approve_alert(alert: Alert, *, by: str, now: datetime) -> Alert:
    """Approve an alert as the second editor. The time in which Send can be undone begins again. Idempotent.

    Raises:
        OwnApprovalError: `by` is the editor who sent it.
        CannotResumeError: it was taken back, declined, or may no longer leave.
    """
    with transaction.atomic():
        generation = begin_send()  # an approval lets an alert out as Send does: digests follow this order
        current = _lock(alert)
        if current.has_approval:
            return current
        if current.by == by:
            raise OwnApprovalError
        if reason := "It was taken back or declined." if current.halted_at else reason_not_sendable(current, now):
            raise CannotResumeError(reason)
        undo_window = current.undo_window
        current.approved_at, current.not_before = now, now + undo_window if undo_window else None
        current.approval_generation = generation
        current.save(update_fields=["approved_at", "approval_generation", "not_before"])
        record_decision(current, DecisionKind.APPROVED, by=by, now=now, count=current.intended)
        transaction.on_commit(lambda: notifications.notify(notifications.MAIL))
    return current


def decline_alert(alert: Alert, *, by: str, now: datetime) -> None:
    """Decline an alert as the second editor: it never leaves.

    Raises:
        CannotResumeError: another editor has approved it meanwhile.
    """
    with transaction.atomic():
        current = _lock(alert)
        if current.has_approval:
            raise CannotResumeError(_("It was approved meanwhile: halt it instead."))
        if mark_halted(current, now):
            record_decision(current, DecisionKind.UNDONE, by=by, now=now, count=current.intended, note=DECLINED_NOTE)


def undo_send(alert: Alert, *, by: str, now: datetime) -> Receipt:
    """Undo Send and return the receipt. If a delivery has left already, it is recorded as a halt."""
    return _halt(alert, DecisionKind.UNDONE, by, now)


def kill_alert(alert: Alert, *, by: str, now: datetime) -> Receipt:
    """Halt all unsent deliveries of an alert, and return its receipt."""
    return _halt(alert, DecisionKind.HALTED, by, now)


def resume_send(alert: Alert, *, by: str, now: datetime, more_time: timedelta | None = None) -> int:
    """Resume a halted alert; with `more_time` also one whose deliveries expired.

    Args:
        alert: the alert to resume.
        by: the editor.
        now: the time.
        more_time: new time in which it may leave, from now: between MIN_LIFETIME and MAX_LIFETIME.

    Returns:
        The number of deliveries that are pending again.

    Raises:
        CannotResumeError: its time is over and no more is given, or it was corrected or withdrawn.
        InvalidAlertError: `more_time` is too short or too long.
    """
    if more_time is not None and not MIN_LIFETIME <= more_time <= MAX_LIFETIME:
        raise InvalidAlertError("more_time", f"more time must be between 1 minute and 7 days, got {more_time}")
    receipt = load_receipt(alert)  # counts deliveries of a halted alert whose rows are not marked as halted yet
    resumed = receipt[DeliveryState.HALTED] + (receipt[DeliveryState.EXPIRED] if more_time is not None else 0)
    resume_alert(alert, now=now, not_after=now + more_time if more_time is not None else None)
    note = f"with {more_time} more time" if more_time is not None else ""
    record_decision(alert, DecisionKind.RESUMED, by=by, now=now, count=resumed, note=note)
    notifications.notify(notifications.MAIL)
    return resumed


def resend_uncertain_deliveries(alert: Alert, *, by: str, now: datetime, spare: frozenset[int] = frozenset()) -> int:
    """Send the uncertain deliveries again.

    Args:
        alert: the alert whose deliveries are resent.
        by: the editor.
        now: the time.
        spare: ids of deliveries that the relay's log lists; they are not sent again.

    Returns:
        The number of subscribers who may get the alert twice.

    Raises:
        CannotResumeError: the alert may no longer leave.
    """
    resent = resend_uncertain(alert, now=now, excluded=spare)
    note = f"{len(spare):,} were left out: they are in the relay’s log" if spare else ""
    record_decision(alert, DecisionKind.RESENT, by=by, now=now, count=resent, note=note)
    notifications.notify(notifications.MAIL)
    return resent


def count_left(receipt: Receipt) -> int:
    """Return the number of deliveries that have left, or may have, whatever their result."""
    return receipt.possibly_sent + receipt[DeliveryState.REFUSED]


def describe_progress(receipt: Receipt) -> str:
    """Return how far an alert had come when it was halted, such as `at 212,403 of 500,000`."""
    return f"at {count_left(receipt):,} of {receipt.intended:,}"


def _halt(alert: Alert, intent: DecisionKind, by: str, now: datetime) -> Receipt:
    is_newly_halted = mark_halted(alert, now)
    halt_alerts([alert], now=now)
    receipt = load_receipt(alert)
    if is_newly_halted:
        sent_count = count_left(receipt)
        kind = DecisionKind.HALTED if sent_count else intent
        unsent_count = receipt.intended - sent_count
        record_decision(alert, kind, by=by, now=now, count=unsent_count, note=describe_progress(receipt))
    return receipt


def _lock(alert: Alert) -> Alert:
    return Alert.objects.select_for_update(of=("self",)).select_related("topic", "blog").get(pk=alert.pk)
