"""What editors do with an alert after Send: agree, take it back, halt it, let it go on. Each act is written down."""

from datetime import datetime, timedelta

from django.db import transaction

from stoppress.alerts.actions.send_request import MAX_LIFETIME
from stoppress.alerts.choices import DecisionKind
from stoppress.alerts.errors import InvalidAlertError, OwnApprovalError
from stoppress.alerts.models import Decision
from stoppress.delivery.choices import DeliveryState
from stoppress.delivery.errors import CannotResumeError
from stoppress.delivery.ledger.receipt_totals import Receipt, load_receipt
from stoppress.delivery.models import Alert
from stoppress.delivery.transitions.halt import halt_alerts
from stoppress.delivery.transitions.resume import resend_uncertain, resume_alert, reason_not_sendable
from stoppress.runtime import notifications

MIN_LIFETIME = timedelta(minutes=1)
"""For how long an alert may leave, from Send or from the time when it was resumed."""
DECLINED_NOTE = "a second editor did not agree"


def record_decision(alert: Alert, kind: DecisionKind, *, by: str, now: datetime, count: int = 0, note: str = "") -> Decision:
    """Write down what somebody did."""
    return Decision.objects.create(alert=alert, kind=kind, by=by, at=now, count=count, note=note[:300])


def approve_alert(alert: Alert, *, by: str, now: datetime) -> Alert:
    """Agree as the second editor: it leaves after the time for taking it back, which begins anew.

    A second approval changes nothing. Raises OwnApproval, CannotGoOn.
    """
    with transaction.atomic():
        current = _locked(alert)
        if current.has_approval:
            return current
        if current.by == by:
            raise OwnApprovalError
        if reason := "It was taken back or declined." if current.halted_at else reason_not_sendable(current, now):
            raise CannotResumeError(reason)
        held = current.undo_window
        current.approved_at, current.not_before = now, now + held if held else None
        current.save(update_fields=["approved_at", "not_before"])
        record_decision(current, DecisionKind.APPROVED, by=by, now=now, count=current.intended)
        transaction.on_commit(lambda: notifications.notify(notifications.MAIL))
    return current


def decline_alert(alert: Alert, *, by: str, now: datetime) -> None:
    """Do not agree: it never leaves. Raises CannotGoOn if it has been agreed to meanwhile."""
    with transaction.atomic():
        current = _locked(alert)
        if current.has_approval:
            raise CannotResumeError("It was approved meanwhile: halt it instead.")
        if mark_halted(current, now):
            record_decision(current, DecisionKind.UNDONE, by=by, now=now, count=current.intended, note=DECLINED_NOTE)


def undo_send(alert: Alert, *, by: str, now: datetime) -> Receipt:
    """Take Send back. If something had left already, this is a halt, and is written down as one."""
    return _stop(alert, DecisionKind.UNDONE, by, now)


def kill_alert(alert: Alert, *, by: str, now: datetime) -> Receipt:
    """The kill switch: whatever has not left stays here. Returns where that was."""
    return _stop(alert, DecisionKind.HALTED, by, now)


def resume_send(alert: Alert, *, by: str, now: datetime, more_time: timedelta | None = None) -> int:
    """Let an alert go on that was halted, or with `more_time` also one whose deliveries expired.

    Args:
        alert: to be resumed.
        by: the editor.
        now: the time.
        more_time: from now on it may leave for so long; between a minute and LONGEST_LIFE.

    Returns:
        To how many readers it goes on.

    Raises:
        CannotGoOn: its time is over and no more is given, or it was corrected or withdrawn.
        BadAlert: `more_time` is too short or too long.
    """
    if more_time is not None and not MIN_LIFETIME <= more_time <= MAX_LIFETIME:
        raise InvalidAlertError("more_time", f"more time must be between 1 minute and 7 days, got {more_time}")
    found = load_receipt(alert)  # deliveries whose rows are not marked as halted yet included
    freed = found[DeliveryState.HALTED] + (found[DeliveryState.EXPIRED] if more_time is not None else 0)
    resume_alert(alert, now=now, not_after=now + more_time if more_time is not None else None)
    note = f"with {more_time} more time" if more_time is not None else ""
    record_decision(alert, DecisionKind.RESUMED, by=by, now=now, count=freed, note=note)
    notifications.notify(notifications.MAIL)
    return freed


def resend_uncertain_deliveries(alert: Alert, *, by: str, now: datetime, spare: frozenset[int] = frozenset()) -> int:
    """Have the uncertain ones sent again, but for those in `spare`; returns how many may get it twice.

    Raises CannotGoOn.
    """
    freed = resend_uncertain(alert, now=now, excluded=spare)
    note = f"{len(spare):,} were left out: the relay’s log knows them" if spare else ""
    record_decision(alert, DecisionKind.RESENT, by=by, now=now, count=freed, note=note)
    notifications.notify(notifications.MAIL)
    return freed


def _stop(alert: Alert, wish: DecisionKind, by: str, now: datetime) -> Receipt:
    first = mark_halted(alert, now)
    halt_alerts([alert], now=now)
    found = load_receipt(alert)
    if first:
        kind = DecisionKind.UNDONE if wish is DecisionKind.UNDONE and not count_left(found) else DecisionKind.HALTED
        record_decision(alert, kind, by=by, now=now, count=found.intended - count_left(found), note=describe_progress(found))
    return found


def mark_halted(alert: Alert, now: datetime) -> bool:
    """Halt an alert as such: from its commit on, no window takes anything of it. False if it was halted already."""
    return bool(Alert.objects.filter(pk=alert.pk, halted_at__isnull=True).update(halted_at=now))


def count_left(found: Receipt) -> int:
    """How many deliveries have left, or may have, whatever became of them."""
    return found.possibly_sent + found[DeliveryState.REFUSED]


def describe_progress(found: Receipt) -> str:
    """`at 212,403 of 500,000`: how far an alert had come when it was stopped."""
    return f"at {count_left(found):,} of {found.intended:,}"


def _locked(alert: Alert) -> Alert:
    return Alert.objects.select_for_update(of=("self",)).select_related("topic", "blog").get(pk=alert.pk)
