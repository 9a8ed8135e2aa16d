"""Topics, and the subscriptions to them that are active now.

Breaking news exists from the start. A newsroom adds its sections and retires them. The topic of a live blog is created
when its first reader requests it, and its name follows the blog's headline.
"""

import re
from collections.abc import Iterable

from django.db.models import Exists, OuterRef, QuerySet
from django.utils.translation import gettext as _

from stoppress.coverage.choices import BlogState
from stoppress.coverage.models import LiveBlog
from stoppress.runtime.text_cleaning import clean_line
from stoppress.subscribers.choices import Frequency
from stoppress.subscribers.default_topic_names import BREAKING_DESCRIPTION, BREAKING_NAME, BREAKING_SLUG
from stoppress.subscribers.errors import InvalidTopicError, TopicNotFoundError
from stoppress.subscribers.models import Mute, Subscription, Suppression, Topic

TOPIC_SLUG_PATTERN = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*")
STORY_PREFIX = "story-"
MAX_SECTION_SLUG_LENGTH, MAX_SLUG_LENGTH = 60, 120
"""Characters. A story's slug is longer: the prefix and the slug of its live blog."""
MAX_NAME_LENGTH, MAX_DESCRIPTION_LENGTH = 100, 300


def breaking_topic() -> Topic:
    """Return the topic that every newsroom has, and create it if it is missing."""
    defaults = {"name": BREAKING_NAME, "description": BREAKING_DESCRIPTION}
    topic, _ = Topic.objects.get_or_create(slug=BREAKING_SLUG, defaults=defaults)
    return topic


def breaking_topic_name() -> str:
    """Return the newsroom's name for breaking news. Writes nothing, since live pages call it."""
    return Topic.objects.filter(slug=BREAKING_SLUG).values_list("name", flat=True).first() or BREAKING_NAME


def listed_topics() -> list[Topic]:
    """Return the topics that forms offer: breaking news first, then sections by name."""
    breaking = breaking_topic()
    listed = Topic.objects.filter(listed=True, retired_at__isnull=True)
    return [breaking, *listed.exclude(pk=breaking.pk).order_by("name")]


def story_topic(blog: LiveBlog) -> Topic:
    """Return the topic of one live blog, create it if it is missing, and give it the blog's current headline."""
    topic, _ = Topic.objects.get_or_create(
        blog=blog, defaults={"slug": f"{STORY_PREFIX}{blog.slug}", "name": blog.headline, "listed": False}
    )
    if topic.name != blog.headline:
        topic.name = blog.headline
        topic.save(update_fields=["name"])
    return topic


def is_followable(blog: LiveBlog) -> bool:
    """Return True if the live blog may still get posts."""
    return blog.state != BlogState.ENDED


def find_topics(slugs: Iterable[str], stories: Iterable[str] = ()) -> list[Topic]:
    """Return topics, each once.

    Args:
        slugs: of listed topics.
        stories: slugs of live blogs whose topics are wanted.

    Raises:
        TopicNotFoundError: one of them does not exist, is retired or has ended.
    """
    topics = [_find_listed_topic(slug) for slug in dict.fromkeys(slugs)]
    return topics + [story_topic(_find_followable_blog(slug)) for slug in dict.fromkeys(stories)]


def add_topic(slug: str, name: str, description: str = "") -> Topic:
    """Create a section that readers can sign up for. Raises InvalidTopicError."""
    name, description = clean_topic_text(name, description)
    if not TOPIC_SLUG_PATTERN.fullmatch(slug) or len(slug) > MAX_SECTION_SLUG_LENGTH:
        message = _(
            "The address of a topic must have at most {limit} lower-case letters, digits and hyphens, such as politics."
        )
        raise InvalidTopicError("slug", message.format(limit=MAX_SECTION_SLUG_LENGTH))
    if slug.startswith(STORY_PREFIX):
        raise InvalidTopicError(
            "slug", _("Addresses that begin with {prefix} are reserved for live blogs.").format(prefix=STORY_PREFIX)
        )
    topic, created = Topic.objects.get_or_create(slug=slug, defaults={"name": name, "description": description})
    if not created:
        raise InvalidTopicError(
            "slug", _("There is already a topic {slug}: “{name}”.").format(slug=slug, name=topic.name)
        )
    return topic


def clean_topic_text(name: str, description: str) -> tuple[str, str]:
    """Return name and description, each on one line. Raises InvalidTopicError if one is missing or too long."""
    name, description = clean_line(name), clean_line(description)
    if not name or len(name) > MAX_NAME_LENGTH:
        raise InvalidTopicError(
            "name", _("A topic must have a name of at most {limit} characters.").format(limit=MAX_NAME_LENGTH)
        )
    if len(description) > MAX_DESCRIPTION_LENGTH:
        raise InvalidTopicError(
            "description", _("A description has at most {limit} characters.").format(limit=MAX_DESCRIPTION_LENGTH)
        )
    return name, description


def active_subscriptions(topic: Topic, frequency: Frequency = Frequency.INSTANT) -> QuerySet[Subscription]:
    """Return the subscriptions that mail about `topic` goes to, without suppressed addresses."""
    active = Subscription.objects.filter(topic=topic, confirmed_at__isnull=False, unsubscribed_at__isnull=True)
    return active.filter(frequency=frequency).exclude(Exists(active_suppressions()))


def count_active_subscribers(topic: Topic) -> int:
    """Return the number of subscribers who get mail about `topic`, at any frequency."""
    return sum(active_subscriptions(topic, frequency).count() for frequency in Frequency)


def active_suppressions() -> QuerySet[Suppression]:
    """Return a subquery: the suppressions of the outer query's `subscriber`."""
    return Suppression.objects.filter(subscriber=OuterRef("subscriber"), lifted_at__isnull=True)


def matching_mutes(blog: str = "alert__blog") -> QuerySet[Mute]:
    """Return a subquery: the mutes by the outer query's `subscriber` of the live blog in its field `blog`."""
    return Mute.objects.filter(subscriber=OuterRef("subscriber"), blog=OuterRef(blog))


def _find_listed_topic(slug: str) -> Topic:
    if slug == BREAKING_SLUG:
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


def _valid_slug(slug: str) -> str:
    """Return `slug` if it has the form of one, so that no other text reaches the database.

    Raises:
        TopicNotFoundError: it has not.
    """
    if not TOPIC_SLUG_PATTERN.fullmatch(slug) or len(slug) > MAX_SLUG_LENGTH:
        raise TopicNotFoundError(slug[:MAX_SLUG_LENGTH])
    return slug
