"""The canary: a message to ourselves that goes the whole way of an alert, so that a way that is blocked is noticed.

    clock ──► ledger ──► mailer ──► relay ──► accepted?   ──► /healthz, /metrics

It travels in the lane of breaking news. Its subscriber has no subscription and so counts nowhere as a reader, even if
the same address is one, too.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings
from django.db import transaction

from stoppress.delivery.choices import DeliveryState, Lane, TransactionalKind
from stoppress.delivery.ledger.delivery_states import ACCEPTED, IN_FLIGHT, WAITING
from stoppress.delivery.models import Delivery
from stoppress.runtime import notifications
from stoppress.subscribers.models import Subscriber
from stoppress.subscribers.topics import breaking_topic

CANARY_KEY_PREFIX = "canary:"
"""What the key of its subscriber begins with; no address does."""
CANARY_TIMEOUT = timedelta(minutes=5)
"""How long a canary may take until a server has accepted it."""


@dataclass(frozen=True)
class CanaryStatus:
    """One canary: when it was put into the ledger, where it stands, and since when it stands there for good."""

    created_at: datetime
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
        return (self.settled_at - self.created_at).total_seconds()


def should_send_canary(newest: CanaryStatus | None, every: timedelta, now: datetime) -> bool:
    """Whether the next one should leave: its time has come, and the one before is not under way any more."""
    if newest is None or newest.created_at > now:
        return newest is None or not newest.is_under_way
    return now - newest.created_at >= every and not newest.is_under_way


def is_canary_late(newest: CanaryStatus | None, every: timedelta, now: datetime, *, watched_since: datetime) -> bool:
    """Whether the way is blocked as far as canaries tell.

    The newest one was not accepted within PATIENCE, or was not accepted at all, or none left although it was time:
    then the clock does not run. `watched_since` is when whoever asks began to look.
    """
    if newest is None:
        return now - watched_since > CANARY_TIMEOUT
    if newest.is_under_way:
        return now - newest.created_at > CANARY_TIMEOUT
    if newest.state is not ACCEPTED:
        return True
    return now - max(newest.created_at, watched_since) > every + CANARY_TIMEOUT


def queue_canary(now: datetime) -> int:
    """Put one into the ledger if it is time; how many that were."""
    with transaction.atomic():
        subscriber = _subscriber(settings.CANARY_ADDRESS, now)
        if not should_send_canary(find_newest_canary(), settings.CANARY_INTERVAL, now):
            return 0
        Delivery.objects.create(
            transactional_kind=TransactionalKind.CANARY,
            subscriber=subscriber,
            topic=breaking_topic(),
            lane=Lane.BREAKING,
            created_at=now,
            next_attempt_at=now,
        )
        transaction.on_commit(lambda: notifications.notify(notifications.MAIL))
    return 1


def find_newest_canary(*states: DeliveryState) -> CanaryStatus | None:
    """The newest canary to the address that is set, of those in one of `states` if any is named."""
    mine = Delivery.objects.filter(
        subscriber__key=CANARY_KEY_PREFIX + settings.CANARY_ADDRESS, alert__isnull=True, transactional_kind=TransactionalKind.CANARY
    )
    rows = mine.filter(state__in=states) if states else mine
    row = rows.order_by("-id").values("created_at", "state", "settled_at").first()
    return CanaryStatus(row["created_at"], DeliveryState(row["state"]), row["settled_at"]) if row else None


def _subscriber(address: str, now: datetime) -> Subscriber:
    facts = {"email": address, "domain": address.rpartition("@")[2].lower(), "requested_at": now}
    return Subscriber.objects.get_or_create(key=CANARY_KEY_PREFIX + address, defaults=facts)[0]
