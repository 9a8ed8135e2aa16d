"""Unsubscribe with one click, by the link of any mail ever sent, and undo it within an hour."""

from dataclasses import dataclass
from datetime import datetime

from django.db import transaction

from stoppress.coverage.localisation.languages import in_language, page_language
from stoppress.delivery.recipients.before_subscription_change import materialise_before_change
from stoppress.signup.actions.subscriber_rows import record_consent
from stoppress.signup.consent_wording import undo_wording
from stoppress.subscribers.choices import ConsentKind
from stoppress.subscribers.models import Subscriber, Subscription, Topic
from stoppress.subscribers.signed_links import (
    UNDO_LINK_LIFETIME,
    ExpiredLinkError,
    InvalidLinkError,
    UndoLink,
    read_undo_token,
    read_unsubscribe_token,
)

ORIGIN_LINK = "/alerts/unsubscribe"
ORIGIN_ONE_CLICK = "one click in a mail program"
ORIGIN_MAIL = "a mail to the unsubscribe address"
ORIGIN_UNDO = "/alerts/undo"


@dataclass(frozen=True)
class Unsubscription:
    """The subscriber and the topic of an unsubscribe link."""

    subscriber: Subscriber
    topic: Topic


def find_unsubscription(token: str) -> Unsubscription:
    """Return the subscriber and the topic of `token`. Changes nothing. Raises InvalidLinkError."""
    return _load(*read_unsubscribe_token(token))


def unsubscribe(token: str, *, now: datetime, origin: str = ORIGIN_LINK) -> Unsubscription:
    """End the subscription of `token`. Idempotent. Raises InvalidLinkError."""
    unsubscription = find_unsubscription(token)
    end_subscription(unsubscription.subscriber.pk, unsubscription.topic.pk, now=now, origin=origin)
    return unsubscription


def end_subscription(subscriber_id: int, topic_id: int, *, now: datetime, origin: str = ORIGIN_MAIL) -> bool:
    """End one subscription. Return True if it was active."""
    rows = Subscription.objects.filter(subscriber=subscriber_id, topic=topic_id)
    with transaction.atomic():
        materialise_before_change([subscriber_id], now=now)
        ended = rows.filter(confirmed_at__isnull=False, unsubscribed_at__isnull=True).update(unsubscribed_at=now)
        if ended:
            record_consent(subscriber_id, topic_id, ConsentKind.UNSUBSCRIBED, now, origin)
    return bool(ended)


def find_undo_link(unsubscription: Unsubscription, now: datetime) -> UndoLink | None:
    """Return the content of an undo link for the last unsubscription; None if it is too late to undo it."""
    subscriber, topic = unsubscription.subscriber, unsubscription.topic
    row = Subscription.objects.filter(subscriber=subscriber, topic=topic).first()
    if subscriber.erased_at or row is None or row.unsubscribed_at is None:
        return None
    if now > row.unsubscribed_at + UNDO_LINK_LIFETIME:
        return None
    return UndoLink(subscriber.pk, topic.pk, row.unsubscribed_at)


def find_undo(token: str, now: datetime) -> Unsubscription:
    """Return the unsubscription that `token` would undo. Changes nothing. Raises InvalidLinkError, ExpiredLinkError."""
    link = read_undo_token(token, now)
    return _load(link.subscriber_id, link.topic_id)


def undo_unsubscribe(token: str, *, now: datetime, is_after_unsubscribing: bool = False) -> Unsubscription:
    """Undo the unsubscription that `token` was made for, and no other one. Idempotent.

    Args:
        token: the token of the link.
        now: the time.
        is_after_unsubscribing: the button stood on the page that confirms the unsubscription; for the consent.

    Raises:
        InvalidLinkError: the token is not ours.
        ExpiredLinkError: an hour has passed, the subscriber has unsubscribed again, or was erased.
    """
    link = read_undo_token(token, now)
    rows = Subscription.objects.filter(subscriber=link.subscriber_id, topic=link.topic_id)
    with transaction.atomic():
        materialise_before_change([link.subscriber_id], now=now)
        undoable = rows.filter(unsubscribed_at=link.at, subscriber__erased_at__isnull=True)
        if undoable.update(unsubscribed_at=None):
            undone = _load(link.subscriber_id, link.topic_id)
            with in_language(page_language(undone.subscriber.language)):
                wording = undo_wording(undone.topic.name, is_after_unsubscribing=is_after_unsubscribing)
            record_consent(link.subscriber_id, link.topic_id, ConsentKind.CHOSEN, now, ORIGIN_UNDO, wording)
    if not rows.filter(confirmed_at__isnull=False, unsubscribed_at__isnull=True).exists():
        raise ExpiredLinkError
    return _load(link.subscriber_id, link.topic_id)


def _load(subscriber_id: int, topic_id: int) -> Unsubscription:
    try:
        return Unsubscription(Subscriber.objects.get(pk=subscriber_id), Topic.objects.get(pk=topic_id))
    except (Subscriber.DoesNotExist, Topic.DoesNotExist) as error:
        raise InvalidLinkError from error
