"""Topics, and who has signed up for them now.

Breaking news is there from the start; a newsroom adds its sections, and retires them; the topic of a live blog is made
when its first reader asks for it, and follows its headline.
"""

import re
from collections.abc import Iterable

from django.db.models import Exists, OuterRef, QuerySet

from stoppress.coverage.choices import BlogState
from stoppress.coverage.models import LiveBlog
from stoppress.subscribers.choices import Frequency
from stoppress.subscribers.default_topic import BREAKING_DESCRIPTION, BREAKING_NAME
from stoppress.subscribers.default_topic import BREAKING_SLUG as BREAKING_SLUG
from stoppress.subscribers.errors import InvalidTopicError, TopicNotFoundError
from stoppress.subscribers.models import Mute, Subscription, Suppression, Topic

BREAKING = BREAKING_SLUG
PROMISE = BREAKING_DESCRIPTION
TOPIC_SLUG_PATTERN = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*")
STORY_PREFIX = "story-"
MAX_NAME_LENGTH, MAX_DESCRIPTION_LENGTH = 100, 300


def breaking_topic() -> Topic:
    """The one topic that every newsroom has."""
    topic, _ = Topic.objects.get_or_create(slug=BREAKING, defaults={"name": BREAKING_NAME, "description": PROMISE})
    return topic


def breaking_topic_name() -> str:
    """What the newsroom calls it. Reading live pages writes nothing, not even a topic that is missing."""
    return Topic.objects.filter(slug=BREAKING).values_list("name", flat=True).first() or BREAKING_NAME


def listed_topics() -> list[Topic]:
    """What forms offer: breaking news first, then sections by name."""
    breaking = breaking_topic()
    return [
        breaking,
        *Topic.objects.filter(listed=True, retired_at__isnull=True).exclude(pk=breaking.pk).order_by("name"),
    ]


def story_topic(blog: LiveBlog) -> Topic:
    """The topic of one live blog, made now if nobody asked for it before; its name is the blog's headline."""
    topic, _ = Topic.objects.get_or_create(
        blog=blog, defaults={"slug": f"{STORY_PREFIX}{blog.slug}", "name": blog.headline, "listed": False}
    )
    if topic.name != blog.headline:
        topic.name = blog.headline
        topic.save(update_fields=["name"])
    return topic


def is_followable(blog: LiveBlog) -> bool:
    """Whether there is anything to be expected of it."""
    return blog.state != BlogState.ENDED


def find_topics(slugs: Iterable[str], stories: Iterable[str] = ()) -> list[Topic]:
    """Listed topics by slug, and stories by their live blog's; each once. Raises NoSuchTopic."""
    found = [_find_listed_topic(slug) for slug in dict.fromkeys(slugs)]
    return found + [story_topic(_find_followable_blog(slug)) for slug in dict.fromkeys(stories)]


def add_topic(slug: str, name: str, description: str = "") -> Topic:
    """A section that readers can sign up for. Raises InvalidTopicError."""
    name, description = clean_topic_text(name, description)
    if not TOPIC_SLUG_PATTERN.fullmatch(slug) or len(slug) > 60:
        raise InvalidTopicError(
            "slug", "A topic’s address is made of small letters, digits and hyphens, at most 60, such as politics."
        )
    if slug.startswith(STORY_PREFIX):
        raise InvalidTopicError("slug", f"Addresses that begin with {STORY_PREFIX} belong to live blogs.")
    topic, new = Topic.objects.get_or_create(slug=slug, defaults={"name": name, "description": description})
    if not new:
        raise InvalidTopicError("slug", f"There is a topic {slug} already: “{topic.name}”.")
    return topic


def clean_topic_text(name: str, description: str) -> tuple[str, str]:
    """Name and description, each on one line. Raises InvalidTopicError."""
    name, description = _to_single_line(name), _to_single_line(description)
    if not name or len(name) > MAX_NAME_LENGTH:
        raise InvalidTopicError("name", f"A topic has a name of at most {MAX_NAME_LENGTH} characters.")
    if len(description) > MAX_DESCRIPTION_LENGTH:
        raise InvalidTopicError("description", f"A description has at most {MAX_DESCRIPTION_LENGTH} characters.")
    return name, description


def active_subscriptions(topic: Topic, frequency: Frequency = Frequency.INSTANT) -> QuerySet[Subscription]:
    """The subscriptions that an alert to `topic` would go to, addresses that must not be written to left out."""
    wanted = Subscription.objects.filter(topic=topic, confirmed_at__isnull=False, unsubscribed_at__isnull=True, frequency=frequency)
    return wanted.exclude(Exists(active_suppressions()))


def count_active_subscribers(topic: Topic) -> int:
    """How many get it, at whatever frequency."""
    return sum(active_subscriptions(topic, frequency).count() for frequency in Frequency)


def active_suppressions() -> QuerySet[Suppression]:
    """Those of the subscriber that an outer query speaks of as `subscriber`."""
    return Suppression.objects.filter(subscriber=OuterRef("subscriber"), lifted_at__isnull=True)


def matching_mutes(blog: str = "alert__blog") -> QuerySet[Mute]:
    """The wish of the `subscriber` of an outer query to hear no more of its `blog`."""
    return Mute.objects.filter(subscriber=OuterRef("subscriber"), blog=OuterRef(blog))


def _find_listed_topic(slug: str) -> Topic:
    if slug == BREAKING:
        return breaking_topic()
    try:
        return Topic.objects.get(slug=_valid_slug(slug), listed=True, retired_at__isnull=True)
    except Topic.DoesNotExist as error:
        raise TopicNotFoundError(slug) from error


def _find_followable_blog(slug: str) -> LiveBlog:
    blog = LiveBlog.objects.filter(slug=_valid_slug(slug)).first()
    if blog is None or not is_followable(blog):
        raise TopicNotFoundError(slug)
    return blog


def _to_single_line(text: str) -> str:
    return " ".join("".join(char if char.isprintable() else " " for char in text).split())


def _valid_slug(slug: str) -> str:
    """`slug` if it can be one: nothing else reaches the database. Raises NoSuchTopic."""
    if not TOPIC_SLUG_PATTERN.fullmatch(slug) or len(slug) > 120:
        raise TopicNotFoundError(slug[:120])
    return slug
