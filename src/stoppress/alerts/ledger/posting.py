"""Put a letter into the ledger: a message to one reader that answers what that reader did."""

from datetime import datetime

from django.db import transaction

from stoppress.alerts.models import Delivery, Subscriber, Topic
from stoppress.alerts.words import Lane, Letter
from stoppress.coverage import hints


def post_letter(letter: Letter, subscriber: Subscriber, topic: Topic, *, now: datetime, back_to: str = "") -> Delivery:
    """A letter that leaves with the next window."""
    transaction.on_commit(lambda: hints.ring(hints.MAIL))
    return Delivery.objects.create(
        letter=letter,
        subscriber=subscriber,
        topic=topic,
        back_to=back_to,
        lane=Lane.CONFIRMATION,
        made_at=now,
        next_at=now,
    )
