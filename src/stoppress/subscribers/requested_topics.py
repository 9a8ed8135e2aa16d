"""Topics that a reader requested: a confirmation mail names them, and its page offers them."""

from collections.abc import Iterable
from datetime import datetime

from django.db.models import F, Q

from stoppress.subscribers.choices import ConsentKind
from stoppress.subscribers.models import Consent, Subscription
from stoppress.subscribers.signed_links import CONFIRM_LINK_LIFETIME


def unconfirmed_subscriptions(subscriber_id: int, now: datetime) -> tuple[Subscription, ...]:
    """Return what was requested in the last seven days and neither confirmed nor ended since, oldest first."""
    recent = Subscription.objects.filter(subscriber=subscriber_id, requested_at__gt=now - CONFIRM_LINK_LIFETIME)
    new = Q(unsubscribed_at__isnull=True, confirmed_at__isnull=True)
    requested_again = Q(requested_at__gt=F("unsubscribed_at"))
    rows = recent.filter(new | requested_again, topic__retired_at__isnull=True)
    return tuple(rows.select_related("topic").order_by("id"))


def topic_names_to_confirm(subscriber_id: int, topic_id: int, topic_name: str, now: datetime) -> tuple[str, ...]:
    """Return the names of the topics that the confirm page offers: the mail's own topic first."""
    others = (each.topic for each in unconfirmed_subscriptions(subscriber_id, now) if each.topic_id != topic_id)
    return _unique((topic_name, *(topic.name for topic in others)))


def topic_names_requested_at(subscriber_id: int, topic_name: str, at: datetime) -> tuple[str, ...]:
    """Return the names of the topics of the sign-up at this moment, beginning with `topic_name`."""
    consents = Consent.objects.filter(subscriber=subscriber_id, kind=ConsentKind.REQUESTED, at=at)
    return _unique((topic_name, *consents.order_by("pk").values_list("topic__name", flat=True)))


def _unique(names: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(names))
