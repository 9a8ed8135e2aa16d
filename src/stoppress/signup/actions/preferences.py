"""A reader's own page: which topics, how often, in which zone and language; or none."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from stoppress.delivery.recipients.before_subscription_change import materialise_before_change
from stoppress.delivery.recipients.send_order import current_generation
from stoppress.signup.actions.unsubscribe import end_subscription, record_consent
from stoppress.signup.consent_wording import topic_line
from stoppress.subscribers.choices import ConsentKind, Frequency
from stoppress.subscribers.models import Subscriber, Subscription, Topic
from stoppress.subscribers.signed_links import InvalidLinkError, read_manage_token
from stoppress.subscribers.topics import is_followable, listed_topics

PLACE = "/alerts/manage"


@dataclass(frozen=True)
class TopicChoice:
    """One topic, whether the reader gets it, and how often."""

    topic: Topic
    selected: bool
    frequency: Frequency = Frequency.INSTANT


def find_subscriber(token: str) -> Subscriber:
    """Whose page `token` opens; raises BadLink, also once the reader's secret has been renewed."""
    subscriber_id, secret = read_manage_token(token)
    try:
        return Subscriber.objects.get(pk=subscriber_id, secret=secret, erased_at__isnull=True)
    except Subscriber.DoesNotExist as error:
        raise InvalidLinkError from error


def topic_choices(subscriber: Subscriber) -> list[TopicChoice]:
    """What the page offers: all that forms offer, and the stories that this reader follows or followed."""
    wishes = {wish.topic_id: wish for wish in subscriber.subscriptions.select_related("topic__blog")}
    listed = listed_topics()
    shown = {topic.pk for topic in listed}
    own = [wish.topic for wish in wishes.values() if wish.topic_id not in shown and _offered(wish)]
    return [_choice(topic, wishes.get(topic.pk)) for topic in [*listed, *sorted(own, key=lambda topic: topic.name)]]


def save_choices(
    subscriber: Subscriber,
    wanted: Mapping[str, Frequency] | Collection[str],
    *,
    now: datetime,
    offered: Collection[str] | None = None,
    origin: str = PLACE,
) -> None:
    """Have exactly the topics whose slugs are in `wanted`, of those that were `offered` (all, if that is not known).

    No mail is needed: the link came by mail to this address.
    """
    with transaction.atomic():
        materialise_before_change([subscriber.pk], now=now)
        locked = Subscriber.objects.select_for_update(no_key=True)
        if not locked.filter(pk=subscriber.pk, secret=subscriber.secret).exists():
            raise InvalidLinkError  # erased in the meantime
        for choice in topic_choices(subscriber):
            slug = choice.topic.slug
            if offered is not None and slug not in offered:
                continue
            frequency = wanted.get(slug, choice.frequency) if isinstance(wanted, Mapping) else choice.frequency
            if choice.selected and slug not in wanted:
                end_subscription(subscriber.pk, choice.topic.pk, now=now, origin=origin)
            elif slug in wanted and (not choice.selected or frequency != choice.frequency):
                _want(subscriber, choice.topic, frequency, now, origin)


def unsubscribe_from_all(subscriber: Subscriber, *, now: datetime, origin: str = PLACE) -> None:
    """End everything."""
    save_choices(subscriber, (), now=now, origin=origin)


def save_locale(subscriber: Subscriber, *, zone: str, language: str, now: datetime) -> None:
    """Keep where a reader lives and what they read."""
    reader = Subscriber.objects.filter(pk=subscriber.pk, secret=subscriber.secret)
    with transaction.atomic():
        materialise_before_change([subscriber.pk], now=now)
        reader.update(zone=zone, language=language)
    subscriber.zone, subscriber.language = zone, language


def _offered(wish: Subscription) -> bool:
    if wish.is_active:
        return True
    blog = wish.topic.blog
    if wish.confirmed_at is None or wish.topic.retired_at:
        return False
    return is_followable(blog) if blog else wish.topic.listed


def _choice(topic: Topic, wish: Subscription | None) -> TopicChoice:
    if wish is None:
        return TopicChoice(topic, False)
    return TopicChoice(topic, wish.is_active, Frequency(wish.frequency))


def _want(subscriber: Subscriber, topic: Topic, frequency: Frequency, now: datetime, origin: str) -> None:
    wish, _new = Subscription.objects.get_or_create(subscriber=subscriber, topic=topic, defaults={"requested_at": now})
    if not wish.is_active:
        wish.confirmed_at, wish.unsubscribed_at = now, None
    wish.frequency, wish.generation = frequency, current_generation()
    wish.save(update_fields=["confirmed_at", "unsubscribed_at", "frequency", "generation"])
    wording = " / ".join((topic_line(topic), str(frequency.label), _("Save")))
    record_consent(subscriber.pk, topic.pk, ConsentKind.CHOSEN, now, origin, wording)
