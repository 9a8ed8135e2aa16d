"""Forget somebody. The rows stay, so that every ledger still adds up; the address, and all that leads to it, goes."""

from datetime import datetime

from django.db import transaction

from stoppress.delivery.recipients.before_subscription_change import prepare_change
from stoppress.delivery.recipients.suppress_erased import suppress_waiting
from stoppress.signup.actions.preferences import leave_all
from stoppress.subscribers.choices import Reason
from stoppress.subscribers.erased_addresses import ERASED, hidden_key
from stoppress.subscribers.models import Mute, Subscriber, Suppression, new_secret
from stoppress.subscribers.signed_links import BadLink


def erase(subscriber: Subscriber, *, now: datetime, place: str = "/alerts/manage") -> None:
    """Erase one reader's address and wishes. Raises BadLink if that has been done already.

    Somebody who signs up with the same address afterwards is a new subscriber; a complaint stays a complaint.
    """
    with transaction.atomic():
        prepare_change([subscriber.pk], now=now)
        readers = Subscriber.objects.select_for_update(no_key=True).filter(pk=subscriber.pk, erased_at__isnull=True)
        reader = readers.first()
        if reader is None:
            raise BadLink
        leave_all(reader, now=now, place=place)
        reader.subscriptions.filter(left_at__isnull=True).update(left_at=now)
        suppress_waiting(reader.pk, now=now)
        Suppression.objects.create(subscriber=reader, reason=Reason.OPERATOR, reply=ERASED, at=now)
        Mute.objects.filter(subscriber=reader).delete()
        _make_way(hidden_key(reader.key))
        reader.key = hidden_key(reader.key)
        reader.email = reader.domain = reader.zone = reader.language = ""
        reader.secret, reader.erased_at = new_secret(), now
        reader.save()


def _make_way(key: str) -> None:
    """The same address was erased before: that row makes way; what stood against it has been carried over."""
    for earlier in Subscriber.objects.filter(key=key):
        Subscriber.objects.filter(pk=earlier.pk).update(key=f"{key}:{earlier.pk}")
