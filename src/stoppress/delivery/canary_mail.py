"""Send a test message to the newsroom through the whole delivery path of an alert, to detect a blocked path.

    scheduler ──► ledger ──► mailer ──► relay ──► accepted?   ──► /healthz, /metrics

The message uses the lane of breaking news. Its subscriber has no subscription, so it is counted nowhere as a
reader, even if a reader has the same address.
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
"""Prefix of the canary subscriber's key. No address begins with it."""
CANARY_TIMEOUT = timedelta(minutes=5)
"""Maximum time from the ledger to acceptance by a server."""


@dataclass(frozen=True)
class CanaryStatus:
    """The newest canary: its state, when it was created, and when it reached a final state."""

    created_at: datetime
    state: DeliveryState
    settled_at: datetime | None = None

    @property
    def is_under_way(self) -> bool:
        """Return True if the canary may still be accepted."""
        return self.state in WAITING or self.state is IN_FLIGHT

    @property
    def seconds(self) -> float | None:
        """Return the seconds from creation to acceptance; None if the canary was not accepted."""
        if self.state is not ACCEPTED or self.settled_at is None:
            return None
        return (self.settled_at - self.created_at).total_seconds()


def should_send_canary(newest: CanaryStatus | None, every: timedelta, now: datetime) -> bool:
    """Return True if the interval `every` has passed and the previous canary is not under way."""
    if newest is None or newest.created_at > now:
        return newest is None or not newest.is_under_way
    return now - newest.created_at >= every and not newest.is_under_way


def is_canary_late(newest: CanaryStatus | None, every: timedelta, now: datetime, *, watched_since: datetime) -> bool:
    """Return True if the newest canary indicates that the delivery path is blocked.

    That is so if it was not accepted within CANARY_TIMEOUT, if it ended in another state, or if none was sent although
    one was due. In the last case the scheduler does not run.

    Args:
        newest: the newest canary, or None.
        every: interval between canaries.
        now: the time.
        watched_since: when the caller began to monitor; it does not report a canary that was due before.
    """
    if newest is None:
        return now - watched_since > CANARY_TIMEOUT
    if newest.is_under_way:
        return now - newest.created_at > CANARY_TIMEOUT
    if newest.state is not ACCEPTED:
        return True
    return now - max(newest.created_at, watched_since) > every + CANARY_TIMEOUT


def queue_canary(now: datetime) -> int:
    """Put a canary into the ledger if one is due; return how many were added (0 or 1)."""
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
    """Return the newest canary to the configured address, or None.

    Args:
        states: only canaries in one of these states; by default in any.
    """
    canaries = Delivery.objects.filter(
        subscriber__key=CANARY_KEY_PREFIX + settings.CANARY_ADDRESS,
        alert__isnull=True,
        transactional_kind=TransactionalKind.CANARY,
    )
    if states:
        canaries = canaries.filter(state__in=states)
    newest = canaries.order_by("-id").values("created_at", "state", "settled_at").first()
    if newest is None:
        return None
    return CanaryStatus(newest["created_at"], DeliveryState(newest["state"]), newest["settled_at"])


def _subscriber(address: str, now: datetime) -> Subscriber:
    values = {"email": address, "domain": address.rpartition("@")[2].lower(), "requested_at": now}
    return Subscriber.objects.get_or_create(key=CANARY_KEY_PREFIX + address, defaults=values)[0]
