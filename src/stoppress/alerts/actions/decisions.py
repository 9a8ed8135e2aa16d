"""What editors do with an alert after Send: agree, take it back, halt it, let it go on. Each act is written down."""

from datetime import datetime, timedelta

from django.db import transaction

from stoppress.alerts.actions.send_request import LONGEST_LIFE
from stoppress.alerts.choices import Decided
from stoppress.alerts.errors import BadAlert, OwnApproval
from stoppress.alerts.models import Decision
from stoppress.delivery.choices import DeliveryState
from stoppress.delivery.errors import CannotGoOn
from stoppress.delivery.ledger.receipt_totals import Receipt, receipt
from stoppress.delivery.models import Alert
from stoppress.delivery.transitions.halt import halt
from stoppress.delivery.transitions.resume import resend_uncertain, resume, why_not
from stoppress.runtime import notifications

SHORTEST_LIFE = timedelta(minutes=1)
"""For how long an alert may leave, from Send or from the time when it was resumed."""
DECLINED = "a second editor did not agree"


def record(alert: Alert, kind: Decided, *, by: str, now: datetime, count: int = 0, note: str = "") -> Decision:
    """Write down what somebody did."""
    return Decision.objects.create(alert=alert, kind=kind, by=by, at=now, count=count, note=note[:300])


def approve(alert: Alert, *, by: str, now: datetime) -> Alert:
    """Agree as the second editor: it leaves after the time for taking it back, which begins anew.

    A second approval changes nothing. Raises OwnApproval, CannotGoOn.
    """
    with transaction.atomic():
        current = _locked(alert)
        if current.agreed:
            return current
        if current.by == by:
            raise OwnApproval
        if reason := "It was taken back or declined." if current.halted_at else why_not(current, now):
            raise CannotGoOn(reason)
        held = current.undo_window
        current.approved_at, current.leaves_at = now, now + held if held else None
        current.save(update_fields=["approved_at", "leaves_at"])
        record(current, Decided.APPROVED, by=by, now=now, count=current.intended)
        transaction.on_commit(lambda: notifications.ring(notifications.MAIL))
    return current


def decline(alert: Alert, *, by: str, now: datetime) -> None:
    """Do not agree: it never leaves. Raises CannotGoOn if it has been agreed to meanwhile."""
    with transaction.atomic():
        current = _locked(alert)
        if current.agreed:
            raise CannotGoOn("It was approved meanwhile: halt it instead.")
        if mark_halted(current, now):
            record(current, Decided.UNDONE, by=by, now=now, count=current.intended, note=DECLINED)


def undo(alert: Alert, *, by: str, now: datetime) -> Receipt:
    """Take Send back. If something had left already, this is a halt, and is written down as one."""
    return _stop(alert, Decided.UNDONE, by, now)


def kill(alert: Alert, *, by: str, now: datetime) -> Receipt:
    """The kill switch: whatever has not left stays here. Returns where that was."""
    return _stop(alert, Decided.HALTED, by, now)


def go_on(alert: Alert, *, by: str, now: datetime, more_time: timedelta | None = None) -> int:
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
    if more_time is not None and not SHORTEST_LIFE <= more_time <= LONGEST_LIFE:
        raise BadAlert("more_time", f"more time must be between 1 minute and 7 days, got {more_time}")
    found = receipt(alert)  # deliveries whose rows are not marked as halted yet included
    freed = found[DeliveryState.HALTED] + (found[DeliveryState.EXPIRED] if more_time is not None else 0)
    resume(alert, now=now, not_after=now + more_time if more_time is not None else None)
    note = f"with {more_time} more time" if more_time is not None else ""
    record(alert, Decided.RESUMED, by=by, now=now, count=freed, note=note)
    notifications.ring(notifications.MAIL)
    return freed


def send_uncertain_again(alert: Alert, *, by: str, now: datetime, spare: frozenset[int] = frozenset()) -> int:
    """Have the uncertain ones sent again, but for those in `spare`; returns how many may get it twice.

    Raises CannotGoOn.
    """
    freed = resend_uncertain(alert, now=now, spare=spare)
    note = f"{len(spare):,} were left out: the relay’s log knows them" if spare else ""
    record(alert, Decided.RESENT, by=by, now=now, count=freed, note=note)
    notifications.ring(notifications.MAIL)
    return freed


def _stop(alert: Alert, wish: Decided, by: str, now: datetime) -> Receipt:
    first = mark_halted(alert, now)
    halt([alert], now=now)
    found = receipt(alert)
    if first:
        kind = Decided.UNDONE if wish is Decided.UNDONE and not left(found) else Decided.HALTED
        record(alert, kind, by=by, now=now, count=found.intended - left(found), note=where(found))
    return found


def mark_halted(alert: Alert, now: datetime) -> bool:
    """Halt an alert as such: from its commit on, no window takes anything of it. False if it was halted already."""
    return bool(Alert.objects.filter(pk=alert.pk, halted_at__isnull=True).update(halted_at=now))


def left(found: Receipt) -> int:
    """How many deliveries have left, or may have, whatever became of them."""
    return found.gone + found[DeliveryState.REFUSED]


def where(found: Receipt) -> str:
    """`at 212,403 of 500,000`: how far an alert had come when it was stopped."""
    return f"at {left(found):,} of {found.intended:,}"


def _locked(alert: Alert) -> Alert:
    return Alert.objects.select_for_update(of=("self",)).select_related("topic", "blog").get(pk=alert.pk)
