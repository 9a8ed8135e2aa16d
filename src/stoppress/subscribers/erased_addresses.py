"""What is left of an address that was erased: a keyed hash, by which only this installation can know it again."""

from django.db.models import QuerySet
from django.utils.crypto import salted_hmac

from stoppress.subscribers.models import Subscriber, Suppression

ERASED_KEY_PREFIX = "erased:"
ERASURE_NOTE = "erased at its owner's wish"
"""What a suppression says that is there for the erasure alone."""


def erased_key(key: str) -> str:
    """What stands in place of an address's key once it is erased. It changes if the installation's secret key does."""
    return ERASED_KEY_PREFIX + salted_hmac("stoppress.alerts.erased", key, algorithm="sha256").hexdigest()


def is_suppressed(key: str) -> bool:
    """Whether a complaint or a dead mailbox stands against this address, also from before it was erased."""
    known = Subscriber.objects.filter(key=key).exists()
    return _standing(key if known else erased_key(key)).exists()


def restore_suppressions(subscriber: Subscriber) -> None:
    """A new subscriber whose address was erased before: what must not be written to still must not be."""
    Suppression.objects.bulk_create(
        Suppression(subscriber=subscriber, reason=old.reason, reply=old.reply, at=old.at)
        for old in _standing(erased_key(subscriber.key))
    )


def _standing(key: str) -> QuerySet[Suppression]:
    return Suppression.objects.filter(subscriber__key=key, lifted_at__isnull=True).exclude(reply=ERASURE_NOTE)
