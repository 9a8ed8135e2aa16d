"""Recognise an address that was erased, by a keyed hash that only this installation can compute."""

from django.db.models import QuerySet
from django.utils.crypto import salted_hmac

from stoppress.subscribers.models import Subscriber, Suppression

ERASED_KEY_PREFIX = "erased:"
ERASURE_NOTE = "erased at its owner's request"
"""`reply` of the suppression that an erasure creates. That suppression ends with the erased row."""


def erased_key(key: str) -> str:
    """Return the keyed hash that replaces an erased address's key. It depends on the installation's secret key."""
    return ERASED_KEY_PREFIX + salted_hmac("stoppress.alerts.erased", key, algorithm="sha256").hexdigest()


def is_suppressed(key: str) -> bool:
    """Return True if a complaint or a dead mailbox suppresses this address, even from before its erasure."""
    exists = Subscriber.objects.filter(key=key).exists()
    return _suppressions_of(key if exists else erased_key(key)).exists()


def restore_suppressions(subscriber: Subscriber) -> None:
    """Copy the suppressions of the erased row with the same address to this new subscriber."""
    Suppression.objects.bulk_create(
        Suppression(subscriber=subscriber, reason=old.reason, reply=old.reply, at=old.at)
        for old in _suppressions_of(erased_key(subscriber.key))
    )


def _suppressions_of(key: str) -> QuerySet[Suppression]:
    return Suppression.objects.filter(subscriber__key=key, lifted_at__isnull=True).exclude(reply=ERASURE_NOTE)
