"""Resume deliveries after an editor's decision: halted, expired and uncertain ones.

Deliveries go back to pending in batches. Each is a short transaction that first checks that the alert has not been
halted again. If the process dies in between, the next decision resumes the remaining ones.
"""

from collections.abc import Collection
from datetime import datetime

from django.db import transaction
from django.db.models import QuerySet
from django.utils.translation import gettext as _

from stoppress.delivery.choices import DeliveryState
from stoppress.delivery.errors import CannotResumeError
from stoppress.delivery.ledger.delivery_states import check_transition
from stoppress.delivery.ledger.outdated_digests import find_outdated_digests
from stoppress.delivery.models import Alert, Delivery
from stoppress.delivery.transitions.halt import filter_outdated

BATCH_SIZE = 1_000
"""Deliveries changed in one transaction, some 15 ms."""


def resume_alert(alert: Alert, *, now: datetime, not_after: datetime | None = None) -> int:
    """Take back a halt, or give an alert more time: halted deliveries, and then expired ones too, become pending.

    Args:
        alert: the alert to resume.
        now: the time.
        not_after: the new end of the alert's time. Expired deliveries are resumed only with one.

    Returns:
        How many deliveries became pending.

    Raises:
        CannotResumeError: its time is over and no later end is given, or its post was corrected or withdrawn.
    """
    with transaction.atomic():
        current = _lock_alert(alert)
        if not_after is not None:
            current.not_after = not_after
        _check_sendable(current, now)
        Alert.objects.filter(pk=alert.pk).update(halted_at=None, not_after=current.not_after)
    resumed = _make_pending(alert, DeliveryState.HALTED, (), now)
    return resumed + (_make_pending(alert, DeliveryState.EXPIRED, (), now) if not_after is not None else 0)


def resend_uncertain(alert: Alert, *, now: datetime, excluded: Collection[int] = ()) -> int:
    """Make uncertain deliveries pending again, each with its Message-ID; return how many.

    Args:
        alert: their alert.
        now: the time.
        excluded: ids of deliveries that stay uncertain.

    Raises:
        CannotResumeError: the alert is halted or must not be sent any more.
    """
    with transaction.atomic():
        current = _lock_alert(alert)
        if current.halted_at:
            raise CannotResumeError(_("The alert is halted: resume it first."))
        _check_sendable(current, now)
    return _make_pending(alert, DeliveryState.UNCERTAIN, excluded, now)


def reason_not_sendable(alert: Alert, now: datetime) -> str:
    """Return why nothing of this alert may be sent any more; empty if it may."""
    if now >= alert.not_after:
        return _("Its time is over: unsent mail is not sent any more.")
    return reason_never_sendable(alert)


def reason_never_sendable(alert: Alert) -> str:
    """Return why nothing of this alert may be sent, even with more time; empty if it may."""
    if alert.corrections.exists():
        return _("A correction has been sent in its place.")
    if filter_outdated(Alert.objects.filter(pk=alert.pk)).exists():
        return _("Its post was corrected or withdrawn since, so it is no longer true. Send a correction instead.")
    if find_outdated_digests([alert]):
        return _(
            "A post in it was corrected or withdrawn since: a new version is sent automatically, "
            "with the present text of its posts."
        )
    return ""


def _check_sendable(alert: Alert, now: datetime) -> None:
    if reason := reason_not_sendable(alert, now):
        raise CannotResumeError(reason)


def _lock_alert(alert: Alert) -> Alert:
    return Alert.objects.select_for_update().get(pk=alert.pk)


def _make_pending(alert: Alert, state: DeliveryState, excluded: Collection[int], now: datetime) -> int:
    check_transition(state, DeliveryState.PENDING)
    total, last = 0, 0
    while ids := _next_ids(alert, state, last):
        resumed = [pk for pk in ids if pk not in excluded]
        with transaction.atomic():
            if _lock_alert(alert).halted_at:
                return total
            deliveries = Delivery.objects.filter(pk__in=resumed, state=state)
            total += deliveries.update(state=DeliveryState.PENDING, next_attempt_at=now, settled_at=None)
        last = ids[-1]
    return total


def _next_ids(alert: Alert, state: DeliveryState, last: int) -> list[int]:
    deliveries: QuerySet[Delivery] = Delivery.objects.filter(alert=alert, state=state, pk__gt=last)
    return list(deliveries.order_by("pk").values_list("pk", flat=True)[:BATCH_SIZE])
