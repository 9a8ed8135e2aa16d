"""What editors do with topics: rename, describe, retire and restore them, and count their readers."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Count, QuerySet
from django.utils.translation import gettext as _

from stoppress.subscribers.choices import Frequency
from stoppress.subscribers.default_topic_names import BREAKING_SLUG
from stoppress.subscribers.errors import InvalidTopicError, TopicConflictError, TopicNotFoundError
from stoppress.subscribers.models import Subscription, Suppression, Topic
from stoppress.subscribers.topics import MAX_SLUG_LENGTH, breaking_topic, clean_topic_text

MAX_STORY_TOPICS = 50
"""Topics of live blogs in the overview: the newest."""


@dataclass(frozen=True)
class TopicReaders:
    """One topic and its readers by frequency, without suppressed addresses."""

    topic: Topic
    readers: dict[Frequency, int]

    @property
    def total(self) -> int:
        """Readers at any frequency."""
        return sum(self.readers.values())


@dataclass(frozen=True)
class TopicOverview:
    """All topics: those that forms offer, those of stories, and retired ones."""

    listed: list[TopicReaders]
    stories: list[TopicReaders]
    retired: list[TopicReaders]


def topic_overview() -> TopicOverview:
    """Return every topic with its readers. A million subscriptions are counted in about a second."""
    breaking = breaking_topic()
    sections = list(Topic.objects.filter(blog=None).order_by("name"))
    sections.sort(key=lambda topic: topic.pk != breaking.pk)
    stories = Topic.objects.filter(blog__isnull=False).select_related("blog").order_by("-pk")[:MAX_STORY_TOPICS]
    rows = _count_readers([*sections, *stories])
    return TopicOverview(
        listed=[row for row in rows if not row.topic.blog_id and not row.topic.retired_at],
        stories=[row for row in rows if row.topic.blog_id],
        retired=[row for row in rows if not row.topic.blog_id and row.topic.retired_at],
    )


def count_topic_readers(topic: Topic) -> TopicReaders:
    """Return one topic with its readers."""
    return _count_readers([topic])[0]


def find_editable_topic(slug: str) -> Topic:
    """Return a topic that editors may change, even if it is retired. Raises TopicNotFoundError."""
    if slug == BREAKING_SLUG:
        return breaking_topic()
    topic = Topic.objects.filter(slug=slug[:MAX_SLUG_LENGTH], blog=None).first()
    if topic is None:
        raise TopicNotFoundError(slug[:MAX_SLUG_LENGTH])
    return topic


def update_topic(topic: Topic, name: str, description: str) -> None:
    """Rename and describe a topic. Its slug stays.

    Args:
        topic: as it was loaded; its name and description detect a change by another editor.
        name: the new name.
        description: the new description.

    Raises:
        InvalidTopicError: a text is missing or too long.
        TopicConflictError: another editor has changed the topic.
    """
    name, description = clean_topic_text(name, description)
    unchanged = Topic.objects.filter(pk=topic.pk, name=topic.name, description=topic.description)
    if not unchanged.update(name=name, description=description):
        raise TopicConflictError


def retire_topic(topic: Topic, *, now: datetime) -> None:
    """Retire a topic: no new readers and no new alerts, but readers and history stay. Idempotent.

    Raises:
        InvalidTopicError: it is breaking news.
    """
    if topic.slug == BREAKING_SLUG:
        raise InvalidTopicError("slug", _("Breaking news cannot be retired: every form and live page offers it."))
    Topic.objects.filter(pk=topic.pk, blog=None, retired_at__isnull=True).update(retired_at=now)


def restore_topic(topic: Topic) -> None:
    """Offer a retired topic again. Readers who did not unsubscribe get it again."""
    Topic.objects.filter(pk=topic.pk).update(retired_at=None)


def _count_readers(topics: Iterable[Topic]) -> list[TopicReaders]:
    topics = list(topics)
    active = Subscription.objects.filter(topic__in=topics, confirmed_at__isnull=False, unsubscribed_at__isnull=True)
    suppressed = Suppression.objects.filter(lifted_at__isnull=True).values("subscriber")
    counts = _count_by_topic(active) - _count_by_topic(active.filter(subscriber__in=suppressed))
    return [
        TopicReaders(topic, {frequency: counts[topic.pk, frequency.value] for frequency in Frequency})
        for topic in topics
    ]


def _count_by_topic(subscriptions: QuerySet[Subscription]) -> Counter[tuple[int, str]]:
    rows = subscriptions.order_by().values_list("topic_id", "frequency").annotate(Count("pk"))
    return Counter({(topic_id, frequency): count for topic_id, frequency, count in rows})
