"""Somebody asks for a topic at an address. Nothing counts before the address itself has confirmed it."""

from datetime import datetime

from django.db import transaction

from stoppress.alerts.brakes import Brake
from stoppress.alerts.ledger.posting import post_letter
from stoppress.alerts.models import Subscriber, Subscription, Topic
from stoppress.alerts.signup.addresses import Address
from stoppress.alerts.words import Letter

LETTERS_AN_HOUR = Brake("letters to an address, by the hour", limit=2, seconds=3600)
LETTERS_A_DAY = Brake("letters to an address, by the day", limit=5, seconds=24 * 3600)


def ask(address: Address, topic: Topic, *, now: datetime, back_to: str = "") -> None:
    """Write down the wish and send a letter: to confirm it, or to say that it is in force already.

    Tells the caller nothing. An address that was written to often of late gets no further letter: nobody can use the
    form to flood somebody else's inbox.
    """
    with transaction.atomic():
        subscriber = _subscriber(address, now)
        wish = _wish(subscriber, topic, now)
        if _may_write(address, now):
            letter = Letter.KNOWN if wish.in_force and not _suppressed(subscriber) else Letter.CONFIRM
            post_letter(letter, subscriber, topic, now=now, back_to=back_to)


def _may_write(address: Address, now: datetime) -> bool:
    return LETTERS_AN_HOUR.allow(address.key, now) and LETTERS_A_DAY.allow(address.key, now)


def _suppressed(subscriber: Subscriber) -> bool:
    return subscriber.suppressions.filter(lifted_at__isnull=True).exists()


def _subscriber(address: Address, now: datetime) -> Subscriber:
    subscriber, _ = Subscriber.objects.get_or_create(  # safe against the same address twice at the same moment
        key=address.key, defaults={"email": address.email, "domain": address.domain, "asked_at": now}
    )
    return subscriber


def _wish(subscriber: Subscriber, topic: Topic, now: datetime) -> Subscription:
    wish, _ = Subscription.objects.get_or_create(subscriber=subscriber, topic=topic, defaults={"asked_at": now})
    return wish
