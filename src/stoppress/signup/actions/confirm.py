"""The owner of an address confirms a wish."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction
from django.db.models import F, Q
from django.utils.translation import gettext as _

from stoppress.coverage.localisation.languages import in_language, page_language
from stoppress.delivery.recipients.before_subscription_change import materialise_before_change
from stoppress.signup.consent_wording import confirm_question
from stoppress.subscribers.choices import ConsentKind
from stoppress.subscribers.errors import TopicRetiredError
from stoppress.subscribers.models import Consent, Subscriber, Subscription, Topic
from stoppress.subscribers.signed_links import CONFIRM_LINK_LIFETIME, InvalidLinkError, read_confirm_token


@dataclass(frozen=True)
class PendingConfirmation:
    """What a confirm link leads to: the topic its letter was about, and all that was asked for with it."""

    subscriber: Subscriber
    topic: Topic
    unconfirmed: tuple[Subscription, ...]
    back_to: str

    @property
    def other_subscriptions(self) -> tuple[Subscription, ...]:
        """Wishes beside the one of the letter."""
        return tuple(wish for wish in self.unconfirmed if wish.topic_id != self.topic.pk)


def find_confirmation(token: str, now: datetime) -> PendingConfirmation:
    """What `token` would confirm; changes nothing. Raises BadLink, ExpiredLink, TopicRetired (that was all)."""
    wish = read_confirm_token(token, now)
    try:
        subscriber = Subscriber.objects.get(pk=wish.subscriber_id, secret=wish.secret, erased_at__isnull=True)
        topic = Topic.objects.get(pk=wish.topic_id)
    except (Subscriber.DoesNotExist, Topic.DoesNotExist) as error:
        raise InvalidLinkError from error
    wishes = _open_wishes(subscriber, now)
    if topic.retired_at:
        if not wishes:
            raise TopicRetiredError(topic.name)
        topic = wishes[0].topic
    return PendingConfirmation(subscriber, topic, wishes, wish.back_to)


def confirm_subscriptions(token: str, *, now: datetime, chosen: Collection[str] | None = None) -> PendingConfirmation:
    """Confirm what `token` stands for, or of all that was asked for those whose topics are in `chosen` (slugs).

    Twice is as good as once. An address whose owner could press the button exists and is wanted: what suppressed it is
    lifted. Raises BadLink, ExpiredLink, TopicRetired.
    """
    found = find_confirmation(token, now)
    slugs = {found.topic.slug} if chosen is None else set(chosen)
    with transaction.atomic():
        materialise_before_change([found.subscriber.pk], now=now)
        readers = Subscriber.objects.select_for_update(no_key=True).filter(erased_at__isnull=True)
        reader = readers.filter(pk=found.subscriber.pk).first()
        if reader is None:
            raise InvalidLinkError
        for wish in _wishes(reader, slugs):
            wish.confirmed_at, wish.unsubscribed_at = now, None
            wish.save(update_fields=["confirmed_at", "unsubscribed_at"])
            _remember(reader, wish.topic, now)
        Subscriber.objects.filter(pk=reader.pk, confirmed_at__isnull=True).update(confirmed_at=now)
        reader.suppressions.filter(lifted_at__isnull=True).update(lifted_at=now)
    return found


def _wishes(reader: Subscriber, slugs: Collection[str]) -> list[Subscription]:
    wishes = Subscription.objects.filter(subscriber=reader, topic__slug__in=slugs, topic__retired_at__isnull=True)
    wishes = wishes.select_related("topic")
    return [wish for wish in wishes if not wish.is_active]


def _open_wishes(subscriber: Subscriber, now: datetime) -> tuple[Subscription, ...]:
    """What was asked for at this address in the last days, and neither confirmed nor ended since."""
    asked = Subscription.objects.filter(subscriber=subscriber, requested_at__gt=now - CONFIRM_LINK_LIFETIME)
    asked = asked.filter(topic__retired_at__isnull=True)
    open_ones = asked.filter(Q(unsubscribed_at__isnull=True, confirmed_at__isnull=True) | Q(requested_at__gt=F("unsubscribed_at")))
    return tuple(open_ones.select_related("topic").order_by("id"))


def _remember(reader: Subscriber, topic: Topic, now: datetime) -> None:
    with in_language(page_language(reader.language)):
        wording = " / ".join((confirm_question(topic.name), _("Yes, sign me up")))
    Consent.objects.create(
        subscriber=reader, topic=topic, kind=ConsentKind.CONFIRMED, at=now, origin="/alerts/confirm", wording=wording[:500]
    )
