"""One click, and the mail ends. Works with the link of every mail ever sent, as often as it is pressed."""

from dataclasses import dataclass
from datetime import datetime

from stoppress.alerts.mail.links import BadLink, read_unsubscribe
from stoppress.alerts.models import Subscriber, Subscription, Topic


@dataclass(frozen=True)
class Leaving:
    """What an unsubscribe link leads to."""

    subscriber: Subscriber
    topic: Topic


def leaving_of(token: str) -> Leaving:
    """Whom and what `token` is about; changes nothing. Raises BadLink."""
    subscriber_id, topic_id = read_unsubscribe(token)
    try:
        return Leaving(Subscriber.objects.get(pk=subscriber_id), Topic.objects.get(pk=topic_id))
    except (Subscriber.DoesNotExist, Topic.DoesNotExist) as error:
        raise BadLink from error


def leave(token: str, *, now: datetime) -> Leaving:
    """End the subscription that `token` is about; once ended it stays so. Raises BadLink."""
    leaving = leaving_of(token)
    wishes = Subscription.objects.filter(subscriber=leaving.subscriber, topic=leaving.topic)
    wishes.filter(confirmed_at__isnull=False, left_at__isnull=True).update(left_at=now)
    return leaving
