"""What is swept away when its time is over. Nothing that a reader, a receipt or a consent relies on is among it.

Every step is short, so that nobody who writes waits for it.
"""

from datetime import datetime, timedelta
from typing import Any

from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils.crypto import salted_hmac

from stoppress.delivery.canary import KEY
from stoppress.delivery.choices import Letter
from stoppress.delivery.ledger.delivery_states import IN_FLIGHT, WAITING
from stoppress.delivery.models import Delivery, MailerRun
from stoppress.inbound.models import Bounce
from stoppress.runtime.models import RateLimitCount
from stoppress.subscribers.models import Subscriber, Subscription, Suppression, new_secret

AT_ONCE = 500
"""Rows in one transaction."""
UNCONFIRMED_FOR = timedelta(days=30)
"""How long an address is kept whose owner never confirmed it."""
RUNS_FOR = timedelta(days=30)
CANARIES_FOR = timedelta(days=30)


def sweep_brakes(now: datetime) -> int:
    """Delete the counts of brakes that count for nothing any more; how many."""
    return _delete(RateLimitCount.objects.filter(until__lte=now))


def sweep_runs(now: datetime) -> int:
    """Delete what mailers said of themselves long ago, unless one of them still holds a delivery; how many."""
    held = Delivery.objects.filter(holder=OuterRef("holder"), state=IN_FLIGHT)
    return _delete(MailerRun.objects.filter(Q(beat_at__lt=now - RUNS_FOR), ~Exists(held)))


def sweep_canaries(now: datetime) -> int:
    """Delete canaries that landed long ago; how many. One that came back is kept with what came back."""
    old = Delivery.objects.filter(subscriber__key__startswith=KEY, letter=Letter.CANARY, alert__isnull=True)
    old = old.filter(made_at__lt=now - CANARIES_FOR).exclude(state__in=[*WAITING, IN_FLIGHT])
    return _delete(old.filter(~Exists(Bounce.objects.filter(delivery=OuterRef("pk")))))


def erase_unconfirmed(now: datetime) -> int:
    """Forget addresses that somebody entered and whose owner never confirmed; how many.

    Their rows stay, without the address, so that what was sent to them can be counted. An address that must not be
    written to is not forgotten: else it would be written to again.
    """
    before = now - UNCONFIRMED_FOR
    mine = {"subscriber": OuterRef("pk")}
    old = Subscriber.objects.filter(confirmed_at__isnull=True, erased_at__isnull=True, asked_at__lt=before)
    old = old.exclude(key__startswith=KEY).filter(
        ~Exists(Subscription.objects.filter(Q(confirmed_at__isnull=False) | Q(asked_at__gte=before), **mine)),
        ~Exists(Delivery.objects.filter(made_at__gte=before, alert__isnull=True, **mine)),  # letters
        ~Exists(Suppression.objects.filter(lifted_at__isnull=True, **mine)),
    )
    count = 0
    for subscriber in old.iterator(AT_ONCE):
        count += _forget(subscriber, now)
    return count


def _forget(subscriber: Subscriber, now: datetime) -> int:
    """Unless it was confirmed a moment ago."""
    row = Subscriber.objects.filter(pk=subscriber.pk, confirmed_at__isnull=True, erased_at__isnull=True)
    key = salted_hmac("stoppress.alerts.forgotten", f"{subscriber.pk} {subscriber.key}", algorithm="sha256").hexdigest()
    return row.update(email="", domain="", key=key, secret=new_secret(), language="", zone="", erased_at=now)


def _delete(rows: QuerySet[Any]) -> int:
    count = 0
    while some := list(rows.values_list("pk", flat=True)[:AT_ONCE]):
        count += rows.model._default_manager.filter(pk__in=some).delete()[0]
    return count
