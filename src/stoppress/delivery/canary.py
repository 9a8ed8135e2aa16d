"""The canary: a message to ourselves that goes the whole way of an alert, so that a way that is blocked is noticed.

    clock ──► ledger ──► mailer ──► relay ──► accepted?   ──► /healthz, /metrics

It travels in the lane of breaking news. Its subscriber has no subscription and so counts nowhere as a reader, even if
the same address is one, too.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings
from django.db import transaction

from stoppress.delivery.choices import DeliveryState, Lane, Letter
from stoppress.delivery.ledger.delivery_states import ACCEPTED, IN_FLIGHT, WAITING
from stoppress.delivery.models import Delivery
from stoppress.runtime import notifications
from stoppress.subscribers.models import Subscriber
from stoppress.subscribers.topics import breaking_topic

KEY = "canary:"
"""What the key of its subscriber begins with; no address does."""
PATIENCE = timedelta(minutes=5)
"""How long a canary may take until a server has accepted it."""


@dataclass(frozen=True)
class Flight:
    """One canary: when it was put into the ledger, where it stands, and since when it stands there for good."""

    made_at: datetime
    state: DeliveryState
    settled_at: datetime | None = None

    @property
    def under_way(self) -> bool:
        """Whether it may still arrive."""
        return self.state in WAITING or self.state is IN_FLIGHT

    @property
    def seconds(self) -> float | None:
        """From the ledger to acceptance; None unless it was accepted."""
        if self.state is not ACCEPTED or self.settled_at is None:
            return None
        return (self.settled_at - self.made_at).total_seconds()


def should_fly(newest: Flight | None, every: timedelta, now: datetime) -> bool:
    """Whether the next one should leave: its time has come, and the one before is not under way any more."""
    if newest is None or newest.made_at > now:
        return newest is None or not newest.under_way
    return now - newest.made_at >= every and not newest.under_way


def is_late(newest: Flight | None, every: timedelta, now: datetime, *, watched_since: datetime) -> bool:
    """Whether the way is blocked as far as canaries tell.

    The newest one was not accepted within PATIENCE, or was not accepted at all, or none left although it was time:
    then the clock does not run. `watched_since` is when whoever asks began to look.
    """
    if newest is None:
        return now - watched_since > PATIENCE
    if newest.under_way:
        return now - newest.made_at > PATIENCE
    if newest.state is not ACCEPTED:
        return True
    return now - max(newest.made_at, watched_since) > every + PATIENCE


def fly(now: datetime) -> int:
    """Put one into the ledger if it is time; how many that were."""
    with transaction.atomic():
        subscriber = _subscriber(settings.CANARY_ADDRESS, now)
        if not should_fly(newest_flight(), settings.CANARY_INTERVAL, now):
            return 0
        Delivery.objects.create(
            letter=Letter.CANARY,
            subscriber=subscriber,
            topic=breaking_topic(),
            lane=Lane.BREAKING,
            made_at=now,
            next_at=now,
        )
        transaction.on_commit(lambda: notifications.ring(notifications.MAIL))
    return 1


def newest_flight(*states: DeliveryState) -> Flight | None:
    """The newest canary to the address that is set, of those in one of `states` if any is named."""
    mine = Delivery.objects.filter(
        subscriber__key=KEY + settings.CANARY_ADDRESS, alert__isnull=True, letter=Letter.CANARY
    )
    rows = mine.filter(state__in=states) if states else mine
    row = rows.order_by("-id").values("made_at", "state", "settled_at").first()
    return Flight(row["made_at"], DeliveryState(row["state"]), row["settled_at"]) if row else None


def _subscriber(address: str, now: datetime) -> Subscriber:
    facts = {"email": address, "domain": address.rpartition("@")[2].lower(), "asked_at": now}
    return Subscriber.objects.get_or_create(key=KEY + address, defaults=facts)[0]
