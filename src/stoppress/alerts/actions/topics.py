"""What editors do with topics: describe them, retire them, bring them back; and how many read each."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Count, QuerySet

from stoppress.subscribers.choices import Frequency
from stoppress.subscribers.errors import InvalidTopicError, TopicNotFoundError, TopicConflictError
from stoppress.subscribers.models import Subscription, Suppression, Topic
from stoppress.subscribers.topics import BREAKING, breaking_topic, clean_topic_text

MAX_STORY_TOPICS = 50
"""Topics of live blogs that a list shows: the newest."""


@dataclass(frozen=True)
class TopicReaders:
    """One topic and its readers, addresses that must not be written to left out."""

    topic: Topic
    readers: dict[Frequency, int]

    @property
    def total(self) -> int:
        """At whatever frequency."""
        return sum(self.readers.values())


@dataclass(frozen=True)
class TopicOverview:
    """All topics: those that forms offer, those of stories, and those that are retired."""

    listed: list[TopicReaders]
    stories: list[TopicReaders]
    retired: list[TopicReaders]


def topic_overview() -> TopicOverview:
    """Every topic with its readers. A million are counted in about a second."""
    breaking = breaking_topic()
    sections = list(Topic.objects.filter(blog=None).order_by("name"))
    sections.sort(key=lambda topic: topic.pk != breaking.pk)
    stories = Topic.objects.filter(blog__isnull=False).select_related("blog").order_by("-pk")[:MAX_STORY_TOPICS]
    rows = _rows([*sections, *stories])
    return TopicOverview(
        listed=[row for row in rows if not row.topic.blog_id and not row.topic.retired_at],
        stories=[row for row in rows if row.topic.blog_id],
        retired=[row for row in rows if not row.topic.blog_id and row.topic.retired_at],
    )


def count_topic_readers(topic: Topic) -> TopicReaders:
    """One topic with its readers."""
    return _rows([topic])[0]


def find_editable_topic(slug: str) -> Topic:
    """A topic that an editor may change, retired ones among them. Raises TopicNotFoundError."""
    if slug == BREAKING:
        return breaking_topic()
    found = Topic.objects.filter(slug=slug[:120], blog=None).first()
    if found is None:
        raise TopicNotFoundError(slug[:120])
    return found


def update_topic(topic: Topic, name: str, description: str) -> None:
    """Rename and describe `topic`, as it was read: its address stays. Raises BadTopic, StaleTopic."""
    name, description = clean_topic_text(name, description)
    same = Topic.objects.filter(pk=topic.pk, name=topic.name, description=topic.description)
    if not same.update(name=name, description=description):
        raise TopicConflictError


def retire_topic(topic: Topic, *, now: datetime) -> None:
    """No new readers and no new alerts; its readers and history stay. Twice is as good as once. Raises BadTopic."""
    if topic.slug == BREAKING:
        raise InvalidTopicError("slug", "Breaking news cannot be retired: every form and live page offers it.")
    Topic.objects.filter(pk=topic.pk, blog=None, retired_at__isnull=True).update(retired_at=now)


def restore_topic(topic: Topic) -> None:
    """Offer it again. Whoever had not left has it again."""
    Topic.objects.filter(pk=topic.pk).update(retired_at=None)


def _rows(topics: Iterable[Topic]) -> list[TopicReaders]:
    topics = list(topics)
    wanted = Subscription.objects.filter(topic__in=topics, confirmed_at__isnull=False, unsubscribed_at__isnull=True)
    suppressed = Suppression.objects.filter(lifted_at__isnull=True).values("subscriber")
    counts = _counted(wanted) - _counted(wanted.filter(subscriber__in=suppressed))
    return [TopicReaders(topic, {frequency: counts[topic.pk, frequency.value] for frequency in Frequency}) for topic in topics]


def _counted(wishes: QuerySet[Subscription]) -> Counter[tuple[int, str]]:
    rows = wishes.order_by().values_list("topic_id", "frequency").annotate(Count("pk"))
    return Counter({(topic, frequency): count for topic, frequency, count in rows})
