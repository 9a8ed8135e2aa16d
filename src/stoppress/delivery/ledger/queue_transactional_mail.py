"""Put a letter into the ledger: a message to one reader that answers what that reader did."""

from datetime import datetime

from django.db import transaction

from stoppress.delivery.choices import Lane, TransactionalKind
from stoppress.delivery.models import Delivery
from stoppress.runtime import notifications
from stoppress.subscribers.models import Subscriber, Topic


def queue_transactional_mail(letter: TransactionalKind, subscriber: Subscriber, topic: Topic, *, now: datetime, return_slug: str = "") -> Delivery:
    """A letter that leaves with the next window."""
    transaction.on_commit(lambda: notifications.notify(notifications.MAIL))
    return Delivery.objects.create(
        transactional_kind=letter,
        subscriber=subscriber,
        topic=topic,
        return_slug=return_slug,
        lane=Lane.CONFIRMATION,
        created_at=now,
        next_attempt_at=now,
    )
