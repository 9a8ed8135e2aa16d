"""Decide what an edition covers by positions in committed logs, never by comparing the clocks of two processes.

    edition n        positions (seq 12, generation 4] … (seq 31, generation 9]
    edition n + 1                                       (seq 31, generation 9] … (seq 40, generation 9]

Each edition begins where the one before it ended and ends with what is committed when it is compiled. So a post or an
alert is in exactly one edition, whatever time the machine that wrote it has stored. The first edition of a topic,
frequency and zone has no predecessor: it begins with the first change that is newer, by its stored time, than the
moment of the edition before.
"""

from dataclasses import asdict, dataclass
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import F, Min, Q, QuerySet
from django.db.models.functions import Coalesce

from stoppress.alerts.digests.editions import Edition
from stoppress.alerts.models import DigestPosition
from stoppress.coverage.choices import ChangeKind
from stoppress.coverage.models import Change, LiveBlog
from stoppress.delivery.choices import Urgency
from stoppress.delivery.models import Alert
from stoppress.delivery.recipients.send_order import current_generation
from stoppress.subscribers.models import Topic


@dataclass(frozen=True)
class EditionRange:
    """Changes `after_seq` < seq ≤ `to_seq` of the topic's live blog; Sends `from_generation` ≤ n < `to_generation`."""

    blog_id: int | None
    after_seq: int
    to_seq: int
    from_generation: int
    to_generation: int

    def as_json(self) -> dict[str, Any]:
        """Return it as `Alert.digest_range` stores it."""
        return asdict(self)


def find_position(topic_id: int, edition: Edition, zone: str) -> DigestPosition | None:
    """Return how far the digests have come; None before the first edition."""
    return DigestPosition.objects.filter(topic_id=topic_id, frequency=edition.frequency, zone=zone).first()


def next_range(topic: Topic, edition: Edition, position: DigestPosition | None) -> EditionRange:
    """Return what the edition covers: everything committed by now that no earlier edition covers."""
    to_generation = current_generation()
    to_seq = LiveBlog.objects.values_list("seq", flat=True).get(pk=topic.blog_id) if topic.blog_id else 0
    after_seq, from_generation = to_seq, to_generation
    if position is not None and position.blog_id == topic.blog_id:
        after_seq = position.seq
    elif topic.blog_id:
        published = published_changes(topic.blog_id).filter(at__gt=edition.since)
        first_seq = published.aggregate(first=Min("seq"))["first"]
        after_seq = to_seq if first_seq is None else first_seq - 1
    if position is not None:
        from_generation = position.generation
    else:
        alerts = released_alerts(topic).filter(released_at__gt=edition.since)
        first = alerts.aggregate(first=Min("release_generation"))["first"]
        from_generation = to_generation if first is None else first
    return EditionRange(topic.blog_id, after_seq, to_seq, from_generation, to_generation)


def published_changes(blog_id: int) -> QuerySet[Change]:
    """Return the changes that published a post of the live blog."""
    return Change.objects.filter(blog_id=blog_id, kind=ChangeKind.PUBLISHED)


def released_alerts(topic: Topic) -> QuerySet[Any]:
    """Return the alerts to the topic that need no approval any more.

    Two values are added: `release_generation`, the order of their Sends and approvals, and `released_at`.
    """
    alerts = Alert.objects.filter(topic=topic).exclude(urgency=Urgency.DIGEST)
    alerts = alerts.filter(Q(needs_approval=False) | Q(approved_at__isnull=False))
    return alerts.annotate(
        release_generation=Coalesce(F("approval_generation"), F("generation")),
        released_at=Coalesce(F("approved_at"), F("created_at")),
    )


def advance_position(
    topic: Topic, edition: Edition, zone: str, covered: EditionRange, position: DigestPosition | None
) -> bool:
    """Store that this edition covers the range; call it in the transaction that creates its digest.

    Returns:
        False if another process has advanced the position since it was read.
    """
    values = {
        "day": edition.day,
        "blog_id": covered.blog_id,
        "seq": covered.to_seq,
        "generation": covered.to_generation,
    }
    if position is not None:
        unchanged = DigestPosition.objects.filter(
            pk=position.pk, day=position.day, seq=position.seq, generation=position.generation
        )
        return unchanged.update(**values) == 1
    try:
        with transaction.atomic():
            DigestPosition.objects.create(topic=topic, frequency=edition.frequency, zone=zone, **values)
    except IntegrityError:
        return False
    return True
