"""A reader's own page: which topics, how often, in which zone and language; or none."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from stoppress.delivery.recipients.before_subscription_change import prepare_change
from stoppress.delivery.recipients.send_order import current_generation
from stoppress.signup.actions.unsubscribe import leave_by_address, remember
from stoppress.signup.consent_wording import line
from stoppress.subscribers.choices import ConsentKind, Rhythm
from stoppress.subscribers.models import Subscriber, Subscription, Topic
from stoppress.subscribers.signed_links import BadLink, read_manage
from stoppress.subscribers.topics import can_be_followed, listed_topics

PLACE = "/alerts/manage"


@dataclass(frozen=True)
class Choice:
    """One topic, whether the reader gets it, and how often."""

    topic: Topic
    on: bool
    rhythm: Rhythm = Rhythm.INSTANT


def find_reader(token: str) -> Subscriber:
    """Whose page `token` opens; raises BadLink, also once the reader's secret has been renewed."""
    subscriber_id, secret = read_manage(token)
    try:
        return Subscriber.objects.get(pk=subscriber_id, secret=secret, erased_at__isnull=True)
    except Subscriber.DoesNotExist as error:
        raise BadLink from error


def choices(subscriber: Subscriber) -> list[Choice]:
    """What the page offers: all that forms offer, and the stories that this reader follows or followed."""
    wishes = {wish.topic_id: wish for wish in subscriber.subscriptions.select_related("topic__blog")}
    listed = listed_topics()
    shown = {topic.pk for topic in listed}
    own = [wish.topic for wish in wishes.values() if wish.topic_id not in shown and _offered(wish)]
    return [_choice(topic, wishes.get(topic.pk)) for topic in [*listed, *sorted(own, key=lambda topic: topic.name)]]


def choose(
    subscriber: Subscriber,
    wanted: Mapping[str, Rhythm] | Collection[str],
    *,
    now: datetime,
    offered: Collection[str] | None = None,
    place: str = PLACE,
) -> None:
    """Have exactly the topics whose slugs are in `wanted`, of those that were `offered` (all, if that is not known).

    No mail is needed: the link came by mail to this address.
    """
    with transaction.atomic():
        prepare_change([subscriber.pk], now=now)
        locked = Subscriber.objects.select_for_update(no_key=True)
        if not locked.filter(pk=subscriber.pk, secret=subscriber.secret).exists():
            raise BadLink  # erased in the meantime
        for choice in choices(subscriber):
            slug = choice.topic.slug
            if offered is not None and slug not in offered:
                continue
            rhythm = wanted.get(slug, choice.rhythm) if isinstance(wanted, Mapping) else choice.rhythm
            if choice.on and slug not in wanted:
                leave_by_address(subscriber.pk, choice.topic.pk, now=now, place=place)
            elif slug in wanted and (not choice.on or rhythm != choice.rhythm):
                _want(subscriber, choice.topic, rhythm, now, place)


def leave_all(subscriber: Subscriber, *, now: datetime, place: str = PLACE) -> None:
    """End everything."""
    choose(subscriber, (), now=now, place=place)


def settle_down(subscriber: Subscriber, *, zone: str, language: str, now: datetime) -> None:
    """Keep where a reader lives and what they read."""
    reader = Subscriber.objects.filter(pk=subscriber.pk, secret=subscriber.secret)
    with transaction.atomic():
        prepare_change([subscriber.pk], now=now)
        reader.update(zone=zone, language=language)
    subscriber.zone, subscriber.language = zone, language


def _offered(wish: Subscription) -> bool:
    if wish.in_force:
        return True
    blog = wish.topic.blog
    if wish.confirmed_at is None or wish.topic.retired_at:
        return False
    return can_be_followed(blog) if blog else wish.topic.listed


def _choice(topic: Topic, wish: Subscription | None) -> Choice:
    if wish is None:
        return Choice(topic, False)
    return Choice(topic, wish.in_force, Rhythm(wish.rhythm))


def _want(subscriber: Subscriber, topic: Topic, rhythm: Rhythm, now: datetime, place: str) -> None:
    wish, _new = Subscription.objects.get_or_create(subscriber=subscriber, topic=topic, defaults={"asked_at": now})
    if not wish.in_force:
        wish.confirmed_at, wish.left_at = now, None
    wish.rhythm, wish.generation = rhythm, current_generation()
    wish.save(update_fields=["confirmed_at", "left_at", "rhythm", "generation"])
    words = " / ".join((line(topic), str(rhythm.label), _("Save")))
    remember(subscriber.pk, topic.pk, ConsentKind.CHOSE, now, place, words)
