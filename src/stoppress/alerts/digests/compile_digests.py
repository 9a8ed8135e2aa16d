"""Make the digests that are due, each once: the unique day of an alert sees to that, however often this is asked."""

from datetime import datetime

from django.conf import settings
from django.db import IntegrityError, transaction
from django.db.models import Max, QuerySet

from stoppress.alerts.digests.collect_coverage import gather
from stoppress.alerts.digests.editions import Edition, edition_due
from stoppress.coverage.localisation.languages import newsroom_language
from stoppress.delivery.choices import STALE_AFTER, Urgency
from stoppress.delivery.message.digest_content import Digest, digest
from stoppress.delivery.models import Alert
from stoppress.delivery.recipients.send_order import begin_send
from stoppress.runtime import notifications
from stoppress.subscribers.choices import Rhythm
from stoppress.subscribers.models import Subscription, Topic
from stoppress.subscribers.time_zones import zone_named
from stoppress.subscribers.topics import in_force

BY = "Stop Press"


def compile_digests(now: datetime) -> int:
    """Make every digest that is due somewhere and has something to say; how many were made."""
    return sum(_compile(*wish, now) for wish in wishes())


def wishes() -> list[tuple[int, Rhythm, str]]:
    """Topics, rhythms and zones for which somebody wants a digest. Who named no zone has the newsroom's own."""
    wanted = Subscription.objects.exclude(rhythm=Rhythm.INSTANT)
    wanted = wanted.filter(confirmed_at__isnull=False, left_at__isnull=True, topic__retired_at__isnull=True)
    rows = wanted.order_by().values_list("topic_id", "rhythm", "subscriber__zone").distinct()
    return sorted({(topic_id, Rhythm(rhythm), zone or settings.DEFAULT_ZONE) for topic_id, rhythm, zone in rows})


def _compile(topic_id: int, rhythm: Rhythm, zone: str, now: datetime) -> bool:
    edition = edition_due(zone_named(zone), rhythm, now)
    if edition is None or _made_already(topic_id, zone, edition):
        return False
    topic = Topic.objects.get(pk=topic_id)
    found = compiled(topic, edition)
    if not found.items or not readers(topic, rhythm, zone).exists():
        return False
    try:
        with transaction.atomic():
            generation = begin_send()
            intended = readers(topic, rhythm, zone).count()
            _make(topic, zone, edition, found, intended, generation, now)
            transaction.on_commit(lambda: notifications.ring(notifications.MAIL))
    except IntegrityError:  # Another clock was first.
        return False
    return True


def compiled(topic: Topic, edition: Edition) -> Digest:
    """What the edition says, as it stands now."""
    told = gather(topic, edition)
    return digest(topic.name, edition.rhythm, edition.day, told, language=newsroom_language())


def readers(topic: Topic, rhythm: Rhythm, zone: str) -> QuerySet[Subscription]:
    """The subscriptions that a digest goes to."""
    zones = [zone, ""] if zone == settings.DEFAULT_ZONE else [zone]
    return in_force(topic, rhythm).filter(subscriber__zone__in=zones)


def _made_already(topic_id: int, zone: str, edition: Edition) -> bool:
    made = Alert.objects.filter(topic_id=topic_id, rhythm=edition.rhythm, zone=zone, digest_day=edition.day)
    return made.exists()


def _make(
    topic: Topic, zone: str, edition: Edition, found: Digest, intended: int, generation: int, now: datetime
) -> None:
    Alert.objects.create(
        topic=topic,
        urgency=Urgency.DIGEST,
        subject=found.subject,
        headline=found.headline,
        summary=found.summary,
        items=list(found.items),
        variants=dict(found.variants),
        by=BY,
        created_at=now,
        not_after=now + STALE_AFTER[Urgency.DIGEST],
        rhythm=edition.rhythm,
        zone=zone,
        digest_day=edition.day,
        watermark=Subscription.objects.aggregate(last=Max("pk"))["last"] or 0,
        generation=generation,
        intended=intended,
    )
