"""Put a transactional mail into the ledger: a message that answers an action of one reader."""

from datetime import datetime

from django.db import transaction

from stoppress.delivery.choices import Lane, TransactionalKind
from stoppress.delivery.models import Delivery
from stoppress.runtime import notifications
from stoppress.subscribers.models import Subscriber, Topic


def queue_transactional_mail(
    kind: TransactionalKind, subscriber: Subscriber, topic: Topic, *, now: datetime, return_slug: str = ""
) -> Delivery:
    """Create a delivery that the mailer sends with the next window.

    Args:
        kind: which message.
        subscriber: its recipient.
        topic: the topic that it is about.
        now: the time.
        return_slug: slug of the live blog that its page links back to, or empty.
    """
    transaction.on_commit(lambda: notifications.notify(notifications.MAIL))
    return Delivery.objects.create(
        transactional_kind=kind,
        subscriber=subscriber,
        topic=topic,
        return_slug=return_slug,
        lane=Lane.CONFIRMATION,
        created_at=now,
        next_attempt_at=now,
    )
