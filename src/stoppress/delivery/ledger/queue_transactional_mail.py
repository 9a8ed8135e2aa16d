"""Put a letter into the ledger: a message to one reader that answers what that reader did."""

from datetime import datetime

from django.db import transaction

from stoppress.delivery.choices import Lane, Letter
from stoppress.delivery.models import Delivery
from stoppress.runtime import notifications
from stoppress.subscribers.models import Subscriber, Topic


def post_letter(letter: Letter, subscriber: Subscriber, topic: Topic, *, now: datetime, back_to: str = "") -> Delivery:
    """A letter that leaves with the next window."""
    transaction.on_commit(lambda: notifications.ring(notifications.MAIL))
    return Delivery.objects.create(
        letter=letter,
        subscriber=subscriber,
        topic=topic,
        back_to=back_to,
        lane=Lane.CONFIRMATION,
        made_at=now,
        next_at=now,
    )
