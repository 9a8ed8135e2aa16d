"""The owner of an address confirms a wish."""

from dataclasses import dataclass
from datetime import datetime

from django.db import transaction

from stoppress.alerts.mail.links import BadLink, Wish, read_confirm
from stoppress.alerts.models import Subscriber, Subscription, Topic


@dataclass(frozen=True)
class Confirmable:
    """What a confirm link leads to."""

    subscriber: Subscriber
    topic: Topic
    back_to: str


def wish_of(token: str, now: datetime) -> Confirmable:
    """What `token` would confirm; changes nothing. Raises BadLink, ExpiredLink."""
    return _found(read_confirm(token, now))


def confirm(token: str, *, now: datetime) -> Confirmable:
    """Confirm what `token` stands for. Twice is as good as once. Raises BadLink, ExpiredLink.

    An address whose owner could press the button exists and is wanted: what suppressed it is lifted.
    """
    found = wish_of(token, now)
    with transaction.atomic():
        wish = Subscription.objects.select_for_update().get(subscriber=found.subscriber, topic=found.topic)
        if not wish.in_force:
            wish.confirmed_at, wish.left_at = now, None
            wish.save(update_fields=["confirmed_at", "left_at"])
        Subscriber.objects.filter(pk=found.subscriber.pk, confirmed_at__isnull=True).update(confirmed_at=now)
        found.subscriber.suppressions.filter(lifted_at__isnull=True).update(lifted_at=now)
    return found


def _found(wish: Wish) -> Confirmable:
    try:
        subscriber = Subscriber.objects.get(pk=wish.subscriber_id, secret=wish.secret)
        topic = Topic.objects.get(pk=wish.topic_id)
    except (Subscriber.DoesNotExist, Topic.DoesNotExist) as error:
        raise BadLink from error
    return Confirmable(subscriber, topic, wish.back_to)
