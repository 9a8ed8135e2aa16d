"""Confirm subscriptions by the link in a mail: the second step of double opt-in."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction

from stoppress.coverage.localisation.languages import in_language, page_language
from stoppress.delivery.recipients.before_subscription_change import materialise_before_change
from stoppress.signup.actions.subscriber_rows import lock_subscriber, record_consent
from stoppress.signup.consent_wording import confirm_wording
from stoppress.subscribers.choices import ConsentKind
from stoppress.subscribers.errors import TopicRetiredError
from stoppress.subscribers.models import Subscriber, Subscription, Topic
from stoppress.subscribers.requested_topics import unconfirmed_subscriptions
from stoppress.subscribers.signed_links import InvalidLinkError, read_confirm_token

ORIGIN_CONFIRM = "/alerts/confirm"


@dataclass(frozen=True)
class PendingConfirmation:
    """What a confirm link offers.

    Args:
        subscriber: the owner of the address.
        topic: the topic that the mail was about.
        unconfirmed: all subscriptions requested with it that are still unconfirmed.
        return_slug: slug of the live blog that the reader came from, or empty.
    """

    subscriber: Subscriber
    topic: Topic
    unconfirmed: tuple[Subscription, ...]
    return_slug: str

    @property
    def other_subscriptions(self) -> tuple[Subscription, ...]:
        """Unconfirmed subscriptions to other topics than the one of the mail."""
        return tuple(each for each in self.unconfirmed if each.topic_id != self.topic.pk)


def find_confirmation(token: str, now: datetime) -> PendingConfirmation:
    """Return what `token` would confirm. Changes nothing.

    Raises:
        InvalidLinkError: also if the address was erased, or its secret renewed.
        ExpiredLinkError: the link is older than seven days.
        TopicRetiredError: the topic was retired and nothing else is left to confirm.
    """
    link = read_confirm_token(token, now)
    try:
        subscriber = Subscriber.objects.get(pk=link.subscriber_id, secret=link.secret, erased_at__isnull=True)
        topic = Topic.objects.get(pk=link.topic_id)
    except (Subscriber.DoesNotExist, Topic.DoesNotExist) as error:
        raise InvalidLinkError from error
    unconfirmed = unconfirmed_subscriptions(subscriber.pk, now)
    if topic.retired_at:
        if not unconfirmed:
            raise TopicRetiredError(topic.name)
        topic = unconfirmed[0].topic
    return PendingConfirmation(subscriber, topic, unconfirmed, link.return_slug)


def confirm_subscriptions(token: str, *, now: datetime, chosen: Collection[str] | None = None) -> PendingConfirmation:
    """Confirm the topic of `token`, or the requested topics whose slugs are in `chosen`, if the page had a choice.

    Idempotent. The press of the button proves that the address works and its owner wants mail, so its suppressions are
    removed.

    Raises:
        InvalidLinkError, ExpiredLinkError, TopicRetiredError: like `find_confirmation`.
    """
    confirmation = find_confirmation(token, now)
    slugs = {confirmation.topic.slug} if chosen is None else set(chosen)
    with transaction.atomic():
        materialise_before_change([confirmation.subscriber.pk], now=now)
        subscriber = lock_subscriber(confirmation.subscriber.pk)
        for subscription in _inactive(subscriber, slugs):
            subscription.confirmed_at, subscription.unsubscribed_at = now, None
            subscription.save(update_fields=["confirmed_at", "unsubscribed_at"])
            _record(subscriber, subscription.topic, now, is_one_of_several=chosen is not None)
        Subscriber.objects.filter(pk=subscriber.pk, confirmed_at__isnull=True).update(confirmed_at=now)
        subscriber.suppressions.filter(lifted_at__isnull=True).update(lifted_at=now)
    return confirmation


def _inactive(subscriber: Subscriber, slugs: Collection[str]) -> list[Subscription]:
    rows = Subscription.objects.filter(subscriber=subscriber, topic__slug__in=slugs, topic__retired_at__isnull=True)
    return [each for each in rows.select_related("topic") if not each.is_active]


def _record(subscriber: Subscriber, topic: Topic, now: datetime, *, is_one_of_several: bool) -> None:
    with in_language(page_language(subscriber.language)):
        wording = confirm_wording(topic, is_one_of_several=is_one_of_several)
    record_consent(subscriber.pk, topic.pk, ConsentKind.CONFIRMED, now, ORIGIN_CONFIRM, wording)
