"""Create the digests that are due, each once: the unique day of an alert prevents a second one.

Content is chosen by position (edition_ranges.py). An edition without content or readers, too, moves the position on.
"""

from datetime import datetime
from typing import Any

from django.conf import settings
from django.db import IntegrityError, transaction
from django.db.models import Max, QuerySet

from stoppress.alerts.digests.collect_coverage import collect_coverage
from stoppress.alerts.digests.edition_ranges import EditionRange, advance_position, find_position, next_range
from stoppress.alerts.digests.editions import Edition, edition_due
from stoppress.alerts.models import DigestPosition
from stoppress.coverage.localisation.languages import TRANSLATED_LANGUAGES, newsroom_language
from stoppress.delivery.choices import STALE_AFTER, Urgency
from stoppress.delivery.message.alert_content import localised_alert_content
from stoppress.delivery.message.build_message import MAX_MESSAGE_BYTES
from stoppress.delivery.message.digest_content import DigestContent, build_digest
from stoppress.delivery.message.preview import render_sample
from stoppress.delivery.models import Alert
from stoppress.delivery.recipients.send_order import begin_send
from stoppress.runtime import notifications
from stoppress.subscribers.choices import Frequency
from stoppress.subscribers.models import Subscription, Topic
from stoppress.subscribers.time_zones import subscriber_zone
from stoppress.subscribers.topics import active_subscriptions

DIGEST_EDITOR = "Stop Press"
"""The sender's name that the desk shows for digests."""
CUT_TEXT_LENGTH = 600
"""Characters of each text of an item in a digest that would be too large otherwise."""
RESERVED_BYTES = 3_000
"""Room for two signatures, and for an address and a name that are longer than the sample's."""


def compile_digests(now: datetime) -> int:
    """Create every digest that is due in some zone and has content. Return how many were created."""
    positions = DigestPosition.objects.values_list("topic_id", "frequency", "zone")
    positions = positions.filter(topic__retired_at__isnull=True)
    known = {(topic_id, Frequency(frequency), zone) for topic_id, frequency, zone in positions}
    return sum(_compile(*key, now) for key in sorted({*requested_digests(), *known}))


def requested_digests() -> list[tuple[int, Frequency, str]]:
    """Return topic, frequency and zone of all digests that have subscribers. An empty zone is the newsroom's."""
    active = Subscription.objects.filter(confirmed_at__isnull=False, unsubscribed_at__isnull=True)
    digest_subscribed = active.filter(topic__retired_at__isnull=True).exclude(frequency=Frequency.INSTANT)
    rows = digest_subscribed.order_by().values_list("topic_id", "frequency", "subscriber__zone").distinct()
    return sorted({(topic, Frequency(frequency), zone or settings.DEFAULT_ZONE) for topic, frequency, zone in rows})


def _compile(topic_id: int, frequency: Frequency, zone: str, now: datetime) -> bool:
    edition = edition_due(subscriber_zone(zone), frequency, now)
    if edition is None or _exists(topic_id, zone, edition):
        return False
    position = find_position(topic_id, edition, zone)
    if position is not None and position.day == edition.day:
        return False
    topic = Topic.objects.get(pk=topic_id)
    covered = next_range(topic, edition, position)
    subscriptions = digest_subscriptions(topic, frequency, zone)
    content = compile_edition(topic, edition, covered) if subscriptions.exists() else None
    if content is None or not content.items:
        advance_position(topic, edition, zone, covered, position)
        return False
    try:
        with transaction.atomic():
            generation = begin_send()
            if not advance_position(topic, edition, zone, covered, position):
                return False
            _create_digest(topic, zone, edition, content, covered, generation, now)
    except IntegrityError:  # another scheduler created it first
        return False
    return True


def _create_digest(
    topic: Topic,
    zone: str,
    edition: Edition,
    content: DigestContent,
    covered: EditionRange,
    generation: int,
    now: datetime,
) -> None:
    Alert.objects.create(
        topic=topic,
        urgency=Urgency.DIGEST,
        **content_fields(content),
        created_at=now,
        not_after=now + STALE_AFTER[Urgency.DIGEST],
        frequency=edition.frequency,
        zone=zone,
        digest_day=edition.day,
        digest_range=covered.as_json(),
        last_source_id=Subscription.objects.aggregate(last=Max("pk"))["last"] or 0,
        generation=generation,
        intended=digest_subscriptions(topic, edition.frequency, zone).count(),
    )
    transaction.on_commit(lambda: notifications.notify(notifications.MAIL))


def content_fields(content: DigestContent) -> dict[str, Any]:
    """Return the fields of an alert that carries this digest."""
    return {
        "subject": content.subject,
        "headline": content.headline,
        "summary": content.summary,
        "items": list(content.items),
        "more_items": content.more_count,
        "variants": dict(content.variants),
        "by": DIGEST_EDITOR,
    }


def compile_edition(topic: Topic, edition: Edition, covered: EditionRange) -> DigestContent:
    """Return the content of an edition, from the current state of its posts and alerts.

    It fits into a mail that Gmail shows whole, in every language: long texts are cut first, then stories are left to
    the link "more stories", the least important first.
    """
    candidates = list(collect_coverage(topic, covered))
    content = build_digest(topic.name, edition.frequency, edition.day, candidates, language=newsroom_language())
    max_items = len(content.items)
    while content.items and not _fits(topic, edition, content):
        content = build_digest(
            topic.name,
            edition.frequency,
            edition.day,
            candidates,
            language=newsroom_language(),
            max_items=max_items,
            max_text_length=CUT_TEXT_LENGTH,
        )
        max_items -= 1
        if max_items < 1:
            break
    return content


def _fits(topic: Topic, edition: Edition, content: DigestContent) -> bool:
    """Return True if the mail is small enough in every language, with room for a signature and a long address."""
    draft = Alert(
        topic=topic,
        urgency=Urgency.DIGEST,
        frequency=edition.frequency,
        created_at=edition.at,
        **content_fields(content),
    )
    sizes = (len(render_sample(localised_alert_content(draft, language))) for language in TRANSLATED_LANGUAGES)
    return max(sizes) <= MAX_MESSAGE_BYTES - RESERVED_BYTES


def digest_subscriptions(topic: Topic, frequency: Frequency, zone: str) -> QuerySet[Subscription]:
    """Return the subscriptions that a digest goes to."""
    zones = [zone, ""] if zone == settings.DEFAULT_ZONE else [zone]
    return active_subscriptions(topic, frequency).filter(subscriber__zone__in=zones)


def _exists(topic_id: int, zone: str, edition: Edition) -> bool:
    digests = Alert.objects.filter(topic_id=topic_id, frequency=edition.frequency, zone=zone, digest_day=edition.day)
    return digests.exists()
