"""A subscriber's preferences: which topics, how often, in which zone and language."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction

from stoppress.delivery.recipients.before_subscription_change import materialise_before_change
from stoppress.delivery.recipients.send_order import current_generation
from stoppress.signup.actions.subscriber_rows import record_consent
from stoppress.signup.actions.unsubscribe import end_subscription
from stoppress.signup.consent_wording import preferences_wording
from stoppress.subscribers.choices import ConsentKind, Frequency
from stoppress.subscribers.models import Subscriber, Subscription, Topic
from stoppress.subscribers.signed_links import InvalidLinkError, read_manage_token
from stoppress.subscribers.topics import is_followable, listed_topics

ORIGIN_MANAGE = "/alerts/manage"


@dataclass(frozen=True)
class TopicChoice:
    """One topic on the preferences page. `selected` is True if the subscriber gets it."""

    topic: Topic
    selected: bool
    frequency: Frequency = Frequency.INSTANT


def find_subscriber(token: str, now: datetime) -> Subscriber:
    """Return the subscriber whose preferences `token` opens.

    Raises:
        InvalidLinkError: also if the subscriber's secret has been renewed, or the address erased.
        ExpiredManageLinkError: the link is older than thirty days.
    """
    subscriber_id, secret = read_manage_token(token, now)
    try:
        return Subscriber.objects.get(pk=subscriber_id, secret=secret, erased_at__isnull=True)
    except Subscriber.DoesNotExist as error:
        raise InvalidLinkError from error


def topic_choices(subscriber: Subscriber) -> list[TopicChoice]:
    """Return what the page offers: all listed topics, then stories that the subscriber follows or followed."""
    by_topic = {each.topic_id: each for each in subscriber.subscriptions.select_related("topic__blog")}
    listed = listed_topics()
    listed_ids = {topic.pk for topic in listed}
    story_topics = [each.topic for each in by_topic.values() if each.topic_id not in listed_ids and _is_offered(each)]
    topics = [*listed, *sorted(story_topics, key=lambda topic: topic.name)]
    return [_to_choice(topic, by_topic.get(topic.pk)) for topic in topics]


def save_choices(
    subscriber: Subscriber,
    wanted: Mapping[str, Frequency] | Collection[str],
    *,
    now: datetime,
    offered: Collection[str] | None = None,
    origin: str = ORIGIN_MANAGE,
) -> None:
    """Subscribe to the topics in `wanted`, and end the subscriptions to all others that were offered.

    No confirmation is needed: the link came by mail to this address.

    Args:
        subscriber: whose preferences these are.
        wanted: slugs, or a mapping of slugs to their new frequencies. With slugs alone, frequencies do not change.
        now: the time of the change.
        offered: slugs that the page showed; topics not shown stay as they are. None: all.
        origin: stored with the consents.

    Raises:
        InvalidLinkError: the subscriber was erased in the meantime.
    """
    with transaction.atomic():
        materialise_before_change([subscriber.pk], now=now)
        locked = Subscriber.objects.select_for_update(no_key=True)
        if not locked.filter(pk=subscriber.pk, secret=subscriber.secret).exists():
            raise InvalidLinkError
        for choice in topic_choices(subscriber):
            slug = choice.topic.slug
            if offered is not None and slug not in offered:
                continue
            frequency = wanted.get(slug, choice.frequency) if isinstance(wanted, Mapping) else choice.frequency
            if choice.selected and slug not in wanted:
                end_subscription(subscriber.pk, choice.topic.pk, now=now, origin=origin)
            elif slug in wanted and (not choice.selected or frequency != choice.frequency):
                _subscribe(subscriber, choice.topic, frequency, now, origin)


def unsubscribe_from_all(subscriber: Subscriber, *, now: datetime, origin: str = ORIGIN_MANAGE) -> None:
    """End all subscriptions."""
    save_choices(subscriber, (), now=now, origin=origin)


def save_locale(subscriber: Subscriber, *, zone: str, language: str, now: datetime) -> None:
    """Store the subscriber's time zone (IANA) and language (BCP 47)."""
    row = Subscriber.objects.filter(pk=subscriber.pk, secret=subscriber.secret)
    with transaction.atomic():
        materialise_before_change([subscriber.pk], now=now)
        row.update(zone=zone, language=language)
    subscriber.zone, subscriber.language = zone, language


def _is_offered(subscription: Subscription) -> bool:
    """Return True if the page offers the topic of this subscription although forms do not."""
    if subscription.is_active:
        return True
    topic = subscription.topic
    if subscription.confirmed_at is None or topic.retired_at:
        return False
    return is_followable(topic.blog) if topic.blog else topic.listed


def _to_choice(topic: Topic, subscription: Subscription | None) -> TopicChoice:
    if subscription is None:
        return TopicChoice(topic, False)
    return TopicChoice(topic, subscription.is_active, Frequency(subscription.frequency))


def _subscribe(subscriber: Subscriber, topic: Topic, frequency: Frequency, now: datetime, origin: str) -> None:
    subscription, _created = Subscription.objects.get_or_create(
        subscriber=subscriber, topic=topic, defaults={"requested_at": now}
    )
    if not subscription.is_active:
        subscription.confirmed_at, subscription.unsubscribed_at = now, None
    subscription.frequency, subscription.generation = frequency, current_generation()
    subscription.save(update_fields=["confirmed_at", "unsubscribed_at", "frequency", "generation"])
    wording = preferences_wording(topic, frequency)
    record_consent(subscriber.pk, topic.pk, ConsentKind.CHOSEN, now, origin, wording)
