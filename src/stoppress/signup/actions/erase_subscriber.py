"""Forget somebody. The rows stay, so that every ledger still adds up; the address, and all that leads to it, goes."""

from datetime import datetime

from django.db import transaction

from stoppress.delivery.recipients.before_subscription_change import materialise_before_change
from stoppress.delivery.recipients.suppress_erased import suppress_waiting_deliveries
from stoppress.signup.actions.preferences import unsubscribe_from_all
from stoppress.subscribers.choices import SuppressionReason
from stoppress.subscribers.erased_addresses import ERASURE_NOTE, erased_key
from stoppress.subscribers.models import Mute, Subscriber, Suppression, new_secret
from stoppress.subscribers.signed_links import InvalidLinkError


def erase_subscriber(subscriber: Subscriber, *, now: datetime, origin: str = "/alerts/manage") -> None:
    """Erase one reader's address and wishes. Raises BadLink if that has been done already.

    Somebody who signs up with the same address afterwards is a new subscriber; a complaint stays a complaint.
    """
    with transaction.atomic():
        materialise_before_change([subscriber.pk], now=now)
        readers = Subscriber.objects.select_for_update(no_key=True).filter(pk=subscriber.pk, erased_at__isnull=True)
        reader = readers.first()
        if reader is None:
            raise InvalidLinkError
        unsubscribe_from_all(reader, now=now, origin=origin)
        reader.subscriptions.filter(unsubscribed_at__isnull=True).update(unsubscribed_at=now)
        suppress_waiting_deliveries(reader.pk, now=now)
        Suppression.objects.create(subscriber=reader, reason=SuppressionReason.OPERATOR, reply=ERASURE_NOTE, at=now)
        Mute.objects.filter(subscriber=reader).delete()
        _make_way(erased_key(reader.key))
        reader.key = erased_key(reader.key)
        reader.email = reader.domain = reader.zone = reader.language = ""
        reader.secret, reader.erased_at = new_secret(), now
        reader.save()


def _make_way(key: str) -> None:
    """The same address was erased before: that row makes way; what stood against it has been carried over."""
    for earlier in Subscriber.objects.filter(key=key):
        Subscriber.objects.filter(pk=earlier.pk).update(key=f"{key}:{earlier.pk}")
