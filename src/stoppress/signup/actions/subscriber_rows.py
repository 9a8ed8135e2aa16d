"""Lock a subscriber's row, and record a consent about one of the subscriber's topics."""

from datetime import datetime

from stoppress.subscribers.choices import ConsentKind
from stoppress.subscribers.models import Consent, Subscriber
from stoppress.subscribers.signed_links import InvalidLinkError


def lock_subscriber(subscriber_id: int) -> Subscriber:
    """Return the subscriber, locked until the end of the transaction.

    Raises:
        InvalidLinkError: the address was erased.
    """
    rows = Subscriber.objects.select_for_update(no_key=True).filter(pk=subscriber_id, erased_at__isnull=True)
    subscriber = rows.first()
    if subscriber is None:
        raise InvalidLinkError
    return subscriber


def record_consent(
    subscriber_id: int, topic_id: int, kind: ConsentKind, now: datetime, origin: str, wording: str = ""
) -> None:
    """Store a consent, or its withdrawal, with the place where it was given and the wording that was shown."""
    Consent.objects.create(
        subscriber_id=subscriber_id, topic_id=topic_id, kind=kind, at=now, origin=origin[:200], wording=wording[:500]
    )
