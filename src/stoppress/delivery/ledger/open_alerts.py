"""Find the alerts that have deliveries to send or to cancel: queried once, used for many windows.

A claim checks each delivery again (transitions/claim_deliveries.py), so the result may be a second old.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django.db.models import Exists, F, OuterRef, QuerySet

from stoppress.delivery.choices import DeliveryState, Lane, Urgency
from stoppress.delivery.ledger.delivery_states import WAITING
from stoppress.delivery.models import Alert, Delivery
from stoppress.subscribers.choices import Frequency

DIRECT_CLAIM_PERIOD = timedelta(minutes=2)
"""Time after Send in which subscriptions may be claimed directly. Later, recipients are materialised first."""


@dataclass(frozen=True)
class OpenAlerts:
    """The alerts that have work to do.

    Args:
        sendable: alerts with pending deliveries that may be sent, oldest first.
        to_cancel: alerts with waiting deliveries that must not be sent any more.
        retrying: sendable alerts whose waiting deliveries are all deferred.
        unmaterialised: sendable alerts whose recipients may be claimed directly (transitions/claim_subscribers.py).
    """

    sendable: tuple[Alert, ...] = ()
    to_cancel: tuple[Alert, ...] = ()
    retrying: tuple[Alert, ...] = ()
    unmaterialised: tuple[Alert, ...] = ()

    @property
    def all_sendable(self) -> tuple[Alert, ...]:
        """Return every alert of which a delivery may be sent."""
        return tuple(dict.fromkeys(self.sendable + self.retrying + self.unmaterialised))

    def sendable_ids_in(self, lane: Lane) -> list[UUID]:
        """Return the ids of the sendable alerts of one lane."""
        return [alert.pk for alert in self.sendable if alert.lane is lane]

    def has_alerts_to_cancel(self, lane: Lane) -> bool:
        """Return True if deliveries that must not be sent wait in this lane."""
        return any(alert.lane is lane for alert in self.to_cancel)


def find_open_alerts(*, now: datetime) -> OpenAlerts:
    """Return the alerts that have work to do now."""
    unmaterialised = tuple(alert for alert in _select_unmaterialised(now) if alert.is_sendable(now))
    if not Delivery.objects.filter(next_attempt_at__isnull=False).exists():
        return OpenAlerts(unmaterialised=unmaterialised)
    waiting = Delivery.objects.filter(alert=OuterRef("pk"), state__in=WAITING)
    pending = Delivery.objects.filter(alert=OuterRef("pk"), state=DeliveryState.PENDING)
    times = ("created_at", "halted_at", "not_after", "not_before", "approved_at")
    fields = ("generation", "urgency", "needs_approval", "items", *times)
    with_waiting = Alert.objects.only(*fields).filter(Exists(waiting)).annotate(pending=Exists(pending))
    with_waiting = with_waiting.order_by("generation", "created_at")
    alerts = list(with_waiting)
    return OpenAlerts(
        tuple(alert for alert in alerts if alert.pending and alert.is_sendable(now)),
        tuple(alert for alert in alerts if must_cancel(alert, now)),
        tuple(alert for alert in alerts if not alert.pending and alert.is_sendable(now)),
        unmaterialised,
    )


def _select_unmaterialised(now: datetime) -> QuerySet[Alert]:
    """Select recent alerts whose subscriptions may be claimed directly.

    Digests are left out, because each reader may get another version. So are alerts that have a correction.
    """
    fresh = Alert.objects.filter(
        materialised_at__isnull=True,
        created_at__range=(now - DIRECT_CLAIM_PERIOD, now + DIRECT_CLAIM_PERIOD),
        materialised_up_to_id__lt=F("last_source_id"),
    )
    plain = fresh.filter(frequency=Frequency.INSTANT, corrects__isnull=True, corrections__isnull=True)
    return plain.exclude(urgency=Urgency.DIGEST).order_by("generation", "pk")


def must_cancel(alert: Alert, now: datetime) -> bool:
    """Return True if the waiting deliveries of this alert must never be sent."""
    return alert.halted_at is not None or now >= alert.not_after


def find_due_lanes(known: OpenAlerts, *, now: datetime) -> set[Lane]:
    """Return the lanes that have a delivery to claim now.

    Pending deliveries of sendable alerts are due whatever their `next_attempt_at` is. Only the alert's undo window may
    delay them; a time that was stored before the clock was set back must not.
    """
    is_open = {alert.lane for alert in known.sendable}
    return is_open | {lane for lane in Lane if Delivery.objects.filter(lane=lane, next_attempt_at__lte=now).exists()}
