"""One click, and the mail ends. Works with the link of every mail ever sent, as often as it is pressed."""

from dataclasses import dataclass
from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from stoppress.coverage.localisation.languages import in_language, page_language
from stoppress.delivery.recipients.before_subscription_change import materialise_before_change
from stoppress.subscribers.choices import ConsentKind
from stoppress.subscribers.models import Consent, Subscriber, Subscription, Topic
from stoppress.subscribers.signed_links import UNDO_LINK_LIFETIME, InvalidLinkError, ExpiredLinkError, UndoLink, read_undo_token, read_unsubscribe_token

ORIGIN_LINK = "/alerts/unsubscribe"
ORIGIN_ONE_CLICK = "one click in a mail program"
ORIGIN_MAIL = "a mail to the address for leaving"


@dataclass(frozen=True)
class Unsubscription:
    """What an unsubscribe link leads to."""

    subscriber: Subscriber
    topic: Topic


def find_unsubscription(token: str) -> Unsubscription:
    """Whom and what `token` is about; changes nothing. Raises BadLink."""
    return _found(*read_unsubscribe_token(token))


def unsubscribe(token: str, *, now: datetime, origin: str = ORIGIN_LINK) -> Unsubscription:
    """End the subscription that `token` is about; once ended it stays so. Raises BadLink."""
    leaving = find_unsubscription(token)
    end_subscription(leaving.subscriber.pk, leaving.topic.pk, now=now, origin=origin)
    return leaving


def end_subscription(subscriber_id: int, topic_id: int, *, now: datetime, origin: str = ORIGIN_MAIL) -> bool:
    """End one subscription, for a mail to its signed `leave+…` address; whether there was one in force."""
    wishes = Subscription.objects.filter(subscriber=subscriber_id, topic=topic_id)
    with transaction.atomic():
        materialise_before_change([subscriber_id], now=now)
        ended = wishes.filter(confirmed_at__isnull=False, unsubscribed_at__isnull=True).update(unsubscribed_at=now)
        if ended:
            record_consent(subscriber_id, topic_id, ConsentKind.UNSUBSCRIBED, now, origin)
    return bool(ended)


def find_undo_link(leaving: Unsubscription, now: datetime) -> UndoLink | None:
    """What can still be taken back."""
    wish = Subscription.objects.filter(subscriber=leaving.subscriber, topic=leaving.topic).first()
    if leaving.subscriber.erased_at or wish is None or wish.unsubscribed_at is None or now > wish.unsubscribed_at + UNDO_LINK_LIFETIME:
        return None
    return UndoLink(leaving.subscriber.pk, leaving.topic.pk, wish.unsubscribed_at)


def find_undo(token: str, now: datetime) -> Unsubscription:
    """What `token` would take back; changes nothing. Raises BadLink, ExpiredLink."""
    left = read_undo_token(token, now)
    return _found(left.subscriber_id, left.topic_id)


def undo_unsubscribe(token: str, *, now: datetime) -> Unsubscription:
    """Take one leaving back, and no other than the one `token` was made for. Twice is as good as once.

    Raises BadLink; ExpiredLink also if it cannot be had back: the reader has left again, or was erased.
    """
    left = read_undo_token(token, now)
    with transaction.atomic():
        materialise_before_change([left.subscriber_id], now=now)
        wish = Subscription.objects.filter(subscriber=left.subscriber_id, topic=left.topic_id, unsubscribed_at=left.at)
        if wish.filter(subscriber__erased_at__isnull=True).update(unsubscribed_at=None):
            language = Subscriber.objects.get(pk=left.subscriber_id).language
            with in_language(page_language(language)):
                wording = _("Yes, keep it coming")
            record_consent(left.subscriber_id, left.topic_id, ConsentKind.CHOSEN, now, "/alerts/undo", wording)
    wishes = Subscription.objects.filter(subscriber=left.subscriber_id, topic=left.topic_id)
    if not wishes.filter(confirmed_at__isnull=False, unsubscribed_at__isnull=True).exists():
        raise ExpiredLinkError
    return _found(left.subscriber_id, left.topic_id)


def record_consent(subscriber_id: int, topic_id: int, kind: ConsentKind, now: datetime, origin: str, wording: str = "") -> None:
    """Keep what somebody said about one topic."""
    Consent.objects.create(
        subscriber_id=subscriber_id, topic_id=topic_id, kind=kind, at=now, origin=origin[:200], wording=wording[:500]
    )


def _found(subscriber_id: int, topic_id: int) -> Unsubscription:
    try:
        return Unsubscription(Subscriber.objects.get(pk=subscriber_id), Topic.objects.get(pk=topic_id))
    except (Subscriber.DoesNotExist, Topic.DoesNotExist) as error:
        raise InvalidLinkError from error
