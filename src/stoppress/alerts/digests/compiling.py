"""Make the digests that are due, each once: the unique day of an alert sees to that, however often this is asked."""

import logging
from datetime import datetime
from functools import lru_cache
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db import IntegrityError, transaction
from django.db.models import Max, QuerySet

from stoppress.alerts.digests.editions import Edition, edition_due
from stoppress.alerts.digests.gathering import gather
from stoppress.alerts.digests.items import Digest, digest
from stoppress.alerts.models import Alert, Subscription, Topic
from stoppress.alerts.topics import in_force
from stoppress.alerts.words import STALE_AFTER, Rhythm, Urgency
from stoppress.coverage import hints

log = logging.getLogger(__name__)

BY = "Stop Press"


def compile_digests(now: datetime) -> int:
    """Make every digest that is due somewhere and has something to say; how many were made."""
    return sum(_compile(*wish, now) for wish in wishes())


def wishes() -> list[tuple[int, Rhythm, str]]:
    """Topics, rhythms and zones for which somebody wants a digest. Zone "" is the newsroom's own."""
    wanted = Subscription.objects.exclude(rhythm=Rhythm.INSTANT)
    wanted = wanted.filter(confirmed_at__isnull=False, left_at__isnull=True)
    rows = wanted.values_list("topic_id", "rhythm", "subscriber__zone").distinct().order_by("topic_id", "rhythm")
    return [(topic_id, Rhythm(rhythm), zone) for topic_id, rhythm, zone in rows]


def _compile(topic_id: int, rhythm: Rhythm, zone: str, now: datetime) -> bool:
    edition = edition_due(zone_named(zone), rhythm, now)
    if edition is None or _made_already(topic_id, zone, edition):
        return False
    topic = Topic.objects.get(pk=topic_id)
    found = digest(topic.name, rhythm, edition.day, gather(topic, edition))
    if not found.items or not (intended := readers(topic, rhythm, zone).count()):
        return False
    try:
        with transaction.atomic():
            _make(topic, zone, edition, found, intended, now)
            transaction.on_commit(lambda: hints.ring(hints.MAIL))
    except IntegrityError:  # Another clock was first.
        return False
    return True


@lru_cache(maxsize=1024)
def zone_named(name: str) -> ZoneInfo:
    """The zone of this name; the newsroom's own for an empty one, and for one that is not known here."""
    try:
        return ZoneInfo(name or settings.DEFAULT_ZONE)
    except (KeyError, ValueError, OSError):
        log.warning("readers have a zone that is not known: %r; their digests come by the newsroom's own", name)
        return ZoneInfo(settings.DEFAULT_ZONE)


def readers(topic: Topic, rhythm: Rhythm, zone: str) -> QuerySet[Subscription]:
    """The subscriptions that a digest goes to."""
    return in_force(topic).filter(rhythm=rhythm, subscriber__zone=zone)


def _made_already(topic_id: int, zone: str, edition: Edition) -> bool:
    made = Alert.objects.filter(topic_id=topic_id, rhythm=edition.rhythm, zone=zone, digest_day=edition.day)
    return made.exists()


def _make(topic: Topic, zone: str, edition: Edition, found: Digest, intended: int, now: datetime) -> None:
    Alert.objects.create(
        topic=topic,
        urgency=Urgency.DIGEST,
        subject=found.subject,
        headline=found.headline,
        summary=found.summary,
        items=list(found.items),
        by=BY,
        created_at=now,
        not_after=now + STALE_AFTER[Urgency.DIGEST],
        rhythm=edition.rhythm,
        zone=zone,
        digest_day=edition.day,
        watermark=Subscription.objects.aggregate(last=Max("pk"))["last"] or 0,
        intended=intended,
    )
