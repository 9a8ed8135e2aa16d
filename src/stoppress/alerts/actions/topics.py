"""What editors do with topics: describe them, retire them, bring them back; and how many read each."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Count, QuerySet

from stoppress.subscribers.choices import Rhythm
from stoppress.subscribers.errors import BadTopic, NoSuchTopic, StaleTopic
from stoppress.subscribers.models import Subscription, Suppression, Topic
from stoppress.subscribers.topics import BREAKING, breaking_topic, checked_words

STORIES = 50
"""Topics of live blogs that a list shows: the newest."""


@dataclass(frozen=True)
class Row:
    """One topic and its readers, addresses that must not be written to left out."""

    topic: Topic
    readers: dict[Rhythm, int]

    @property
    def total(self) -> int:
        """At whatever rhythm."""
        return sum(self.readers.values())


@dataclass(frozen=True)
class Roll:
    """All topics: those that forms offer, those of stories, and those that are retired."""

    listed: list[Row]
    stories: list[Row]
    retired: list[Row]


def roll() -> Roll:
    """Every topic with its readers. A million are counted in about a second."""
    breaking = breaking_topic()
    sections = list(Topic.objects.filter(blog=None).order_by("name"))
    sections.sort(key=lambda topic: topic.pk != breaking.pk)
    stories = Topic.objects.filter(blog__isnull=False).select_related("blog").order_by("-pk")[:STORIES]
    rows = _rows([*sections, *stories])
    return Roll(
        listed=[row for row in rows if not row.topic.blog_id and not row.topic.retired_at],
        stories=[row for row in rows if row.topic.blog_id],
        retired=[row for row in rows if not row.topic.blog_id and row.topic.retired_at],
    )


def row_of(topic: Topic) -> Row:
    """One topic with its readers."""
    return _rows([topic])[0]


def find_section(slug: str) -> Topic:
    """A topic that an editor may change, retired ones among them. Raises NoSuchTopic."""
    if slug == BREAKING:
        return breaking_topic()
    found = Topic.objects.filter(slug=slug[:120], blog=None).first()
    if found is None:
        raise NoSuchTopic(slug[:120])
    return found


def describe(topic: Topic, name: str, description: str) -> None:
    """Rename and describe `topic`, as it was read: its address stays. Raises BadTopic, StaleTopic."""
    name, description = checked_words(name, description)
    same = Topic.objects.filter(pk=topic.pk, name=topic.name, description=topic.description)
    if not same.update(name=name, description=description):
        raise StaleTopic


def retire(topic: Topic, *, now: datetime) -> None:
    """No new readers and no new alerts; its readers and history stay. Twice is as good as once. Raises BadTopic."""
    if topic.slug == BREAKING:
        raise BadTopic("slug", "Breaking news cannot be retired: every form and live page offers it.")
    Topic.objects.filter(pk=topic.pk, blog=None, retired_at__isnull=True).update(retired_at=now)


def bring_back(topic: Topic) -> None:
    """Offer it again. Whoever had not left has it again."""
    Topic.objects.filter(pk=topic.pk).update(retired_at=None)


def _rows(topics: Iterable[Topic]) -> list[Row]:
    topics = list(topics)
    wanted = Subscription.objects.filter(topic__in=topics, confirmed_at__isnull=False, left_at__isnull=True)
    suppressed = Suppression.objects.filter(lifted_at__isnull=True).values("subscriber")
    counts = _counted(wanted) - _counted(wanted.filter(subscriber__in=suppressed))
    return [Row(topic, {rhythm: counts[topic.pk, rhythm.value] for rhythm in Rhythm}) for topic in topics]


def _counted(wishes: QuerySet[Subscription]) -> Counter[tuple[int, str]]:
    rows = wishes.order_by().values_list("topic_id", "rhythm").annotate(Count("pk"))
    return Counter({(topic, rhythm): count for topic, rhythm, count in rows})
