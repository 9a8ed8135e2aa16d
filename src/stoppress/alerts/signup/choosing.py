"""A reader's own page: which topics, or none."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction

from stoppress.alerts.mail.links import BadLink, read_manage
from stoppress.alerts.models import Subscriber, Subscription, Topic


@dataclass(frozen=True)
class Choice:
    """One topic, and whether the reader gets it."""

    topic: Topic
    on: bool


def find_reader(token: str) -> Subscriber:
    """Whose page `token` opens; raises BadLink, also once the reader's secret has been renewed."""
    subscriber_id, secret = read_manage(token)
    try:
        return Subscriber.objects.get(pk=subscriber_id, secret=secret)
    except Subscriber.DoesNotExist as error:
        raise BadLink from error


def choices(subscriber: Subscriber) -> list[Choice]:
    """All topics, in order of their names."""
    wished = {wish.topic_id for wish in subscriber.subscriptions.all() if wish.in_force}
    return [Choice(topic, topic.pk in wished) for topic in Topic.objects.order_by("name")]


def choose(subscriber: Subscriber, wanted: Collection[str], *, now: datetime) -> None:
    """Have exactly the topics whose slugs are in `wanted`. No mail is needed: the link came by mail to this address."""
    with transaction.atomic():
        for choice in choices(subscriber):
            if choice.on and choice.topic.slug not in wanted:
                Subscription.objects.filter(subscriber=subscriber, topic=choice.topic).update(left_at=now)
            elif not choice.on and choice.topic.slug in wanted:
                Subscription.objects.update_or_create(
                    subscriber=subscriber,
                    topic=choice.topic,
                    defaults={"confirmed_at": now, "left_at": None},
                    create_defaults={"asked_at": now, "confirmed_at": now},
                )


def leave_all(subscriber: Subscriber, *, now: datetime) -> None:
    """End everything."""
    choose(subscriber, (), now=now)


def shortened(email: str) -> str:
    """`m…@example.com`: enough for its owner to know it by."""
    local, _, domain = email.rpartition("@")
    return f"{local[:1]}…@{domain}"
