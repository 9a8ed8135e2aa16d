"""Make the digests that are due, each once: the unique day of an alert sees to that, however often this is asked."""

from datetime import datetime

from django.conf import settings
from django.db import IntegrityError, transaction
from django.db.models import Max, QuerySet

from stoppress.alerts.digests.collect_coverage import collect_coverage
from stoppress.alerts.digests.editions import Edition, edition_due
from stoppress.coverage.localisation.languages import newsroom_language
from stoppress.delivery.choices import STALE_AFTER, Urgency
from stoppress.delivery.message.digest_content import DigestContent, build_digest
from stoppress.delivery.models import Alert
from stoppress.delivery.recipients.send_order import begin_send
from stoppress.runtime import notifications
from stoppress.subscribers.choices import Frequency
from stoppress.subscribers.models import Subscription, Topic
from stoppress.subscribers.time_zones import subscriber_zone
from stoppress.subscribers.topics import active_subscriptions

DIGEST_EDITOR = "Stop Press"


def compile_digests(now: datetime) -> int:
    """Make every digest that is due somewhere and has something to say; how many were made."""
    return sum(_compile(*wish, now) for wish in requested_digests())


def requested_digests() -> list[tuple[int, Frequency, str]]:
    """Topics, frequencies and zones for which somebody wants a digest. Who named no zone has the newsroom's own."""
    wanted = Subscription.objects.exclude(frequency=Frequency.INSTANT)
    wanted = wanted.filter(confirmed_at__isnull=False, unsubscribed_at__isnull=True, topic__retired_at__isnull=True)
    rows = wanted.order_by().values_list("topic_id", "frequency", "subscriber__zone").distinct()
    return sorted({(topic_id, Frequency(frequency), zone or settings.DEFAULT_ZONE) for topic_id, frequency, zone in rows})


def _compile(topic_id: int, frequency: Frequency, zone: str, now: datetime) -> bool:
    edition = edition_due(subscriber_zone(zone), frequency, now)
    if edition is None or _made_already(topic_id, zone, edition):
        return False
    topic = Topic.objects.get(pk=topic_id)
    found = compile_edition(topic, edition)
    if not found.items or not digest_subscriptions(topic, frequency, zone).exists():
        return False
    try:
        with transaction.atomic():
            generation = begin_send()
            intended = digest_subscriptions(topic, frequency, zone).count()
            _make(topic, zone, edition, found, intended, generation, now)
            transaction.on_commit(lambda: notifications.notify(notifications.MAIL))
    except IntegrityError:  # Another clock was first.
        return False
    return True


def compile_edition(topic: Topic, edition: Edition) -> DigestContent:
    """What the edition says, as it stands now."""
    told = collect_coverage(topic, edition)
    return build_digest(topic.name, edition.frequency, edition.day, told, language=newsroom_language())


def digest_subscriptions(topic: Topic, frequency: Frequency, zone: str) -> QuerySet[Subscription]:
    """The subscriptions that a digest goes to."""
    zones = [zone, ""] if zone == settings.DEFAULT_ZONE else [zone]
    return active_subscriptions(topic, frequency).filter(subscriber__zone__in=zones)


def _made_already(topic_id: int, zone: str, edition: Edition) -> bool:
    made = Alert.objects.filter(topic_id=topic_id, frequency=edition.frequency, zone=zone, digest_day=edition.day)
    return made.exists()


def _make(
    topic: Topic, zone: str, edition: Edition, found: DigestContent, intended: int, generation: int, now: datetime
) -> None:
    Alert.objects.create(
        topic=topic,
        urgency=Urgency.DIGEST,
        subject=found.subject,
        headline=found.headline,
        summary=found.summary,
        items=list(found.items),
        variants=dict(found.variants),
        by=DIGEST_EDITOR,
        created_at=now,
        not_after=now + STALE_AFTER[Urgency.DIGEST],
        frequency=edition.frequency,
        zone=zone,
        digest_day=edition.day,
        last_source_id=Subscription.objects.aggregate(last=Max("pk"))["last"] or 0,
        generation=generation,
        intended=intended,
    )
