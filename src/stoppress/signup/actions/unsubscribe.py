"""One click, and the mail ends. Works with the link of every mail ever sent, as often as it is pressed."""

from dataclasses import dataclass
from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from stoppress.coverage.localisation.languages import in_language, page_language
from stoppress.delivery.recipients.before_subscription_change import prepare_change
from stoppress.subscribers.choices import ConsentKind
from stoppress.subscribers.models import Consent, Subscriber, Subscription, Topic
from stoppress.subscribers.signed_links import UNDO_FOR, BadLink, ExpiredLink, Left, read_undo, read_unsubscribe

BY_LINK = "/alerts/unsubscribe"
BY_MAIL_PROGRAM = "one click in a mail program"
BY_MAIL = "a mail to the address for leaving"


@dataclass(frozen=True)
class Leaving:
    """What an unsubscribe link leads to."""

    subscriber: Subscriber
    topic: Topic


def leaving_of(token: str) -> Leaving:
    """Whom and what `token` is about; changes nothing. Raises BadLink."""
    return _found(*read_unsubscribe(token))


def leave(token: str, *, now: datetime, place: str = BY_LINK) -> Leaving:
    """End the subscription that `token` is about; once ended it stays so. Raises BadLink."""
    leaving = leaving_of(token)
    leave_by_address(leaving.subscriber.pk, leaving.topic.pk, now=now, place=place)
    return leaving


def leave_by_address(subscriber_id: int, topic_id: int, *, now: datetime, place: str = BY_MAIL) -> bool:
    """End one subscription, for a mail to its signed `leave+…` address; whether there was one in force."""
    wishes = Subscription.objects.filter(subscriber=subscriber_id, topic=topic_id)
    with transaction.atomic():
        prepare_change([subscriber_id], now=now)
        ended = wishes.filter(confirmed_at__isnull=False, left_at__isnull=True).update(left_at=now)
        if ended:
            remember(subscriber_id, topic_id, ConsentKind.LEFT, now, place)
    return bool(ended)


def left_lately(leaving: Leaving, now: datetime) -> Left | None:
    """What can still be taken back."""
    wish = Subscription.objects.filter(subscriber=leaving.subscriber, topic=leaving.topic).first()
    if leaving.subscriber.erased_at or wish is None or wish.left_at is None or now > wish.left_at + UNDO_FOR:
        return None
    return Left(leaving.subscriber.pk, leaving.topic.pk, wish.left_at)


def undo_of(token: str, now: datetime) -> Leaving:
    """What `token` would take back; changes nothing. Raises BadLink, ExpiredLink."""
    left = read_undo(token, now)
    return _found(left.subscriber_id, left.topic_id)


def undo(token: str, *, now: datetime) -> Leaving:
    """Take one leaving back, and no other than the one `token` was made for. Twice is as good as once.

    Raises BadLink; ExpiredLink also if it cannot be had back: the reader has left again, or was erased.
    """
    left = read_undo(token, now)
    with transaction.atomic():
        prepare_change([left.subscriber_id], now=now)
        wish = Subscription.objects.filter(subscriber=left.subscriber_id, topic=left.topic_id, left_at=left.at)
        if wish.filter(subscriber__erased_at__isnull=True).update(left_at=None):
            language = Subscriber.objects.get(pk=left.subscriber_id).language
            with in_language(page_language(language)):
                words = _("Yes, keep it coming")
            remember(left.subscriber_id, left.topic_id, ConsentKind.CHOSE, now, "/alerts/undo", words)
    wishes = Subscription.objects.filter(subscriber=left.subscriber_id, topic=left.topic_id)
    if not wishes.filter(confirmed_at__isnull=False, left_at__isnull=True).exists():
        raise ExpiredLink
    return _found(left.subscriber_id, left.topic_id)


def remember(subscriber_id: int, topic_id: int, kind: ConsentKind, now: datetime, place: str, words: str = "") -> None:
    """Keep what somebody said about one topic."""
    Consent.objects.create(
        subscriber_id=subscriber_id, topic_id=topic_id, kind=kind, at=now, place=place[:200], words=words[:500]
    )


def _found(subscriber_id: int, topic_id: int) -> Leaving:
    try:
        return Leaving(Subscriber.objects.get(pk=subscriber_id), Topic.objects.get(pk=topic_id))
    except (Subscriber.DoesNotExist, Topic.DoesNotExist) as error:
        raise BadLink from error
