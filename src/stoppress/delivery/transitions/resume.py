"""Let deliveries go on by an editor's word: what was halted, what expired, and what is uncertain.

Rows go back to pending in slices, each a short transaction that looks first whether the alert has been halted (again)
meanwhile; a process that dies in between leaves rows that the next word takes up.
"""

from collections.abc import Collection
from datetime import datetime

from django.db import transaction
from django.db.models import QuerySet

from stoppress.delivery.choices import DeliveryState
from stoppress.delivery.errors import CannotResumeError
from stoppress.delivery.ledger.delivery_states import check_transition
from stoppress.delivery.ledger.outdated_digests import find_outdated_digests
from stoppress.delivery.models import Alert, Delivery
from stoppress.delivery.transitions.halt import filter_outdated

SLICE = 1_000
"""Rows in one transaction: some 15 ms."""


def resume_alert(alert: Alert, *, now: datetime, not_after: datetime | None = None) -> int:
    """Take back a halt, or give an alert more time: what was halted, and then what expired too, waits again.

    Args:
        alert: to be resumed.
        now: the time.
        not_after: the new end of the alert's time. What expired is resumed only with one.

    Returns:
        How many deliveries were set free.

    Raises:
        CannotGoOn: its time is over and no later one is given, or it was corrected or withdrawn.
    """
    with transaction.atomic():
        current = _locked(alert)
        if not_after is not None:
            current.not_after = not_after
        _check(current, now)
        Alert.objects.filter(pk=alert.pk).update(halted_at=None, not_after=current.not_after)
    freed = _set_free(alert, DeliveryState.HALTED, (), now)
    return freed + (_set_free(alert, DeliveryState.EXPIRED, (), now) if not_after is not None else 0)


def resend_uncertain(alert: Alert, *, now: datetime, excluded: Collection[int] = ()) -> int:
    """Have the uncertain ones sent again, those in `excluded` (ids of deliveries) left as they are.

    Each keeps its Message-ID. Returns how many; raises CannotGoOn.
    """
    with transaction.atomic():
        current = _locked(alert)
        if current.halted_at:
            raise CannotResumeError("The alert is halted: resume it first.")
        _check(current, now)
    return _set_free(alert, DeliveryState.UNCERTAIN, excluded, now)


def reason_not_sendable(alert: Alert, now: datetime) -> str:
    """Why nothing of this alert may be sent any more; empty if it may."""
    if now >= alert.not_after:
        return "Its time is over: what has not left by then is not sent any more."
    return reason_never_sendable(alert)


def reason_never_sendable(alert: Alert) -> str:
    """Return why nothing of this alert may be sent, even with more time; empty if it may."""
    if alert.corrections.exists():
        return "A correction has been sent in its place."
    if filter_outdated(Alert.objects.filter(pk=alert.pk)).exists():
        return "Its post was corrected or withdrawn since: what it says is not so. Send a correction instead."
    if find_outdated_digests([alert]):
        return "A post in it was corrected or withdrawn since: the digest goes on by itself, as its posts stand now."
    return ""


def _check(alert: Alert, now: datetime) -> None:
    if reason := reason_not_sendable(alert, now):
        raise CannotResumeError(reason)


def _locked(alert: Alert) -> Alert:
    return Alert.objects.select_for_update().get(pk=alert.pk)


def _set_free(alert: Alert, state: DeliveryState, excluded: Collection[int], now: datetime) -> int:
    check_transition(state, DeliveryState.PENDING)
    total, last = 0, 0
    while ids := _slice(alert, state, last):
        freed = [pk for pk in ids if pk not in excluded]
        with transaction.atomic():
            if _locked(alert).halted_at:
                return total
            rows = Delivery.objects.filter(pk__in=freed, state=state)
            total += rows.update(state=DeliveryState.PENDING, next_attempt_at=now, settled_at=None)
        last = ids[-1]
    return total


def _slice(alert: Alert, state: DeliveryState, last: int) -> list[int]:
    rows: QuerySet[Delivery] = Delivery.objects.filter(alert=alert, state=state, pk__gt=last)
    return list(rows.order_by("pk").values_list("pk", flat=True)[:SLICE])
