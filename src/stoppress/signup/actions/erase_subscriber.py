"""Erase a subscriber's personal data. The rows stay, so that ledgers still add up; the address is deleted.

What lies outside of the rows is removed by erasure_traces.py.
"""

from datetime import datetime

from django.db import transaction

from stoppress.delivery.recipients.before_subscription_change import materialise_before_change
from stoppress.delivery.recipients.suppress_erased import suppress_waiting_deliveries
from stoppress.signup.actions.erasure_traces import mark_erasure, remove_erasure_traces_now
from stoppress.signup.actions.preferences import ORIGIN_MANAGE, unsubscribe_from_all
from stoppress.signup.actions.subscriber_rows import lock_subscriber
from stoppress.subscribers.choices import SuppressionReason
from stoppress.subscribers.erased_addresses import ERASURE_NOTE, erased_key
from stoppress.subscribers.models import Mute, Subscriber, Suppression, new_secret


def erase_subscriber(subscriber: Subscriber, *, now: datetime, origin: str = ORIGIN_MANAGE) -> None:
    """Erase the subscriber's address and preferences, and end all subscriptions.

    A later sign-up with the same address creates a new subscriber. A complaint still suppresses that one.

    Raises:
        InvalidLinkError: the subscriber has been erased before.
    """
    with transaction.atomic():
        mark_erasure(subscriber.key)
        transaction.on_commit(lambda: remove_erasure_traces_now(now))
        materialise_before_change([subscriber.pk], now=now)
        row = lock_subscriber(subscriber.pk)
        unsubscribe_from_all(row, now=now, origin=origin)
        row.subscriptions.filter(unsubscribed_at__isnull=True).update(unsubscribed_at=now)
        suppress_waiting_deliveries(row.pk, now=now)
        Suppression.objects.create(subscriber=row, reason=SuppressionReason.OPERATOR, reply=ERASURE_NOTE, at=now)
        Mute.objects.filter(subscriber=row).delete()
        key = erased_key(row.key)
        _free_key(key)
        row.key = key
        row.email = row.domain = row.zone = row.language = ""
        row.secret, row.erased_at = new_secret(), now
        row.save()


def _free_key(key: str) -> None:
    """Rename the key of rows where the same address was erased before; this row has a copy of their suppressions."""
    for earlier in Subscriber.objects.filter(key=key):
        Subscriber.objects.filter(pk=earlier.pk).update(key=f"{key}:{earlier.pk}")
