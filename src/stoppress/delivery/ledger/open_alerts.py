"""Which alerts have deliveries waiting, and which of those must be closed: looked up once, used for many windows.

What a window takes up is checked against the ledger as it is then (claiming.py): a docket may be a second old.
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
"""After Send: what is not written down by then does not wait to be taken up."""
LANES = {Urgency.CORRECTION: Lane.CORRECTION, Urgency.DIGEST: Lane.DIGEST}


@dataclass(frozen=True)
class OpenAlerts:
    """`open`: alerts with pending deliveries that may leave, oldest first. `retrying`: with deferred ones alone.
    `closing`: alerts with deliveries waiting that must not leave any more. `unwritten`: alerts that may leave and whose
    recipients are written down as they are taken up (boarding.py)."""

    sendable: tuple[Alert, ...] = ()
    to_cancel: tuple[Alert, ...] = ()
    retrying: tuple[Alert, ...] = ()
    unmaterialised: tuple[Alert, ...] = ()

    @property
    def all_sendable(self) -> tuple[Alert, ...]:
        """All of which something may leave."""
        return tuple(dict.fromkeys(self.sendable + self.retrying + self.unmaterialised))

    def sendable_ids_in(self, lane: Lane) -> list[UUID]:
        """The open alerts of one lane."""
        return [alert.pk for alert in self.sendable if lane_for_urgency(Urgency(alert.urgency)) is lane]

    def has_alerts_to_cancel(self, lane: Lane) -> bool:
        """Whether deliveries wait in this lane that will never leave."""
        return any(lane_for_urgency(Urgency(alert.urgency)) is lane for alert in self.to_cancel)


def lane_for_urgency(urgency: Urgency) -> Lane:
    """The lane in which an alert of this urgency travels."""
    return LANES.get(urgency, Lane.BREAKING)


def find_open_alerts(*, now: datetime) -> OpenAlerts:
    """What is waiting now."""
    unwritten = tuple(alert for alert in _unwritten(now) if alert.is_sendable(now))
    if not Delivery.objects.filter(next_attempt_at__isnull=False).exists():
        return OpenAlerts(unmaterialised=unwritten)
    waiting = Delivery.objects.filter(alert=OuterRef("pk"), state__in=WAITING)
    pending = Delivery.objects.filter(alert=OuterRef("pk"), state=DeliveryState.PENDING)
    times = ("created_at", "halted_at", "not_after", "not_before", "approved_at")
    fields = ("generation", "urgency", "needs_approval", "items", *times)
    found = Alert.objects.only(*fields).filter(Exists(waiting)).annotate(pending=Exists(pending))
    found = found.order_by("generation", "created_at")
    alerts = list(found)
    return OpenAlerts(
        tuple(alert for alert in alerts if alert.pending and alert.is_sendable(now)),
        tuple(alert for alert in alerts if must_cancel(alert, now)),
        tuple(alert for alert in alerts if not alert.pending and alert.is_sendable(now)),
        unwritten,
    )


def _unwritten(now: datetime) -> QuerySet[Alert]:
    """Digests are left out, which every reader may want otherwise, and alerts that a correction waits for."""
    fresh = Alert.objects.filter(
        materialised_at__isnull=True, created_at__range=(now - DIRECT_CLAIM_PERIOD, now + DIRECT_CLAIM_PERIOD), materialised_up_to_id__lt=F("last_source_id")
    )
    plain = fresh.filter(frequency=Frequency.INSTANT, corrects__isnull=True, corrections__isnull=True)
    return plain.exclude(urgency=Urgency.DIGEST).order_by("generation", "pk")


def must_cancel(alert: Alert, now: datetime) -> bool:
    """Whether what has not left of this alert never will."""
    return alert.halted_at is not None or now >= alert.not_after


def find_due_lanes(known: OpenAlerts, *, now: datetime) -> set[Lane]:
    """Return the lanes of which a window taken now would hold anything.

    Pending deliveries of open alerts are due whatever their time is: an alert's own undo window holds them back, and a
    time stored before the clock was put back must not.
    """
    is_open = {lane_for_urgency(Urgency(alert.urgency)) for alert in known.sendable}
    return is_open | {lane for lane in Lane if Delivery.objects.filter(lane=lane, next_attempt_at__lte=now).exists()}
