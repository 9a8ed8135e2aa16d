"""Topics, and who has signed up for them now."""

from django.db.models import Exists, OuterRef, QuerySet

from stoppress.alerts.models import Subscription, Suppression, Topic

BREAKING = "breaking"
PROMISE = "A short message the moment something important happens. Never more than the news asks for."


def breaking_topic() -> Topic:
    """The one topic that every newsroom has."""
    topic, _ = Topic.objects.get_or_create(slug=BREAKING, defaults={"name": "Breaking news", "description": PROMISE})
    return topic


def in_force(topic: Topic) -> QuerySet[Subscription]:
    """The subscriptions that an alert to `topic` would go to, addresses that must not be written to left out."""
    wanted = Subscription.objects.filter(topic=topic, confirmed_at__isnull=False, left_at__isnull=True)
    return wanted.exclude(Exists(standing_suppressions()))


def standing_suppressions() -> QuerySet[Suppression]:
    """Those of the subscriber that an outer query speaks of as `subscriber`."""
    return Suppression.objects.filter(subscriber=OuterRef("subscriber"), lifted_at__isnull=True)
