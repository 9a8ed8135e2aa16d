"""Topics, and who has signed up for them now.

Breaking news is there from the start; a newsroom adds its sections, and retires them; the topic of a live blog is made
when its first reader asks for it, and follows its headline.
"""

import re
from collections.abc import Iterable

from django.db.models import Exists, OuterRef, QuerySet

from stoppress.coverage.choices import State
from stoppress.coverage.models import LiveBlog
from stoppress.subscribers.choices import Rhythm
from stoppress.subscribers.default_topic import DESCRIPTION, NAME
from stoppress.subscribers.default_topic import SLUG as BREAKING_SLUG
from stoppress.subscribers.errors import BadTopic, NoSuchTopic
from stoppress.subscribers.models import Mute, Subscription, Suppression, Topic

BREAKING = BREAKING_SLUG
PROMISE = DESCRIPTION
SLUG = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*")
STORY_PREFIX = "story-"
LONGEST_NAME, LONGEST_DESCRIPTION = 100, 300


def breaking_topic() -> Topic:
    """The one topic that every newsroom has."""
    topic, _ = Topic.objects.get_or_create(slug=BREAKING, defaults={"name": NAME, "description": PROMISE})
    return topic


def breaking_name() -> str:
    """What the newsroom calls it. Reading live pages writes nothing, not even a topic that is missing."""
    return Topic.objects.filter(slug=BREAKING).values_list("name", flat=True).first() or NAME


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


def can_be_followed(blog: LiveBlog) -> bool:
    """Whether there is anything to be expected of it."""
    return blog.state != State.ENDED


def find_topics(slugs: Iterable[str], stories: Iterable[str] = ()) -> list[Topic]:
    """Listed topics by slug, and stories by their live blog's; each once. Raises NoSuchTopic."""
    found = [_listed(slug) for slug in dict.fromkeys(slugs)]
    return found + [story_topic(_followed(slug)) for slug in dict.fromkeys(stories)]


def add_topic(slug: str, name: str, description: str = "") -> Topic:
    """A section that readers can sign up for. Raises BadTopic."""
    name, description = checked_words(name, description)
    if not SLUG.fullmatch(slug) or len(slug) > 60:
        raise BadTopic(
            "slug", "A topic’s address is made of small letters, digits and hyphens, at most 60, such as politics."
        )
    if slug.startswith(STORY_PREFIX):
        raise BadTopic("slug", f"Addresses that begin with {STORY_PREFIX} belong to live blogs.")
    topic, new = Topic.objects.get_or_create(slug=slug, defaults={"name": name, "description": description})
    if not new:
        raise BadTopic("slug", f"There is a topic {slug} already: “{topic.name}”.")
    return topic


def checked_words(name: str, description: str) -> tuple[str, str]:
    """Name and description, each on one line. Raises BadTopic."""
    name, description = _on_one_line(name), _on_one_line(description)
    if not name or len(name) > LONGEST_NAME:
        raise BadTopic("name", f"A topic has a name of at most {LONGEST_NAME} characters.")
    if len(description) > LONGEST_DESCRIPTION:
        raise BadTopic("description", f"A description has at most {LONGEST_DESCRIPTION} characters.")
    return name, description


def in_force(topic: Topic, rhythm: Rhythm = Rhythm.INSTANT) -> QuerySet[Subscription]:
    """The subscriptions that an alert to `topic` would go to, addresses that must not be written to left out."""
    wanted = Subscription.objects.filter(topic=topic, confirmed_at__isnull=False, left_at__isnull=True, rhythm=rhythm)
    return wanted.exclude(Exists(standing_suppressions()))


def signed_up(topic: Topic) -> int:
    """How many get it, at whatever rhythm."""
    return sum(in_force(topic, rhythm).count() for rhythm in Rhythm)


def standing_suppressions() -> QuerySet[Suppression]:
    """Those of the subscriber that an outer query speaks of as `subscriber`."""
    return Suppression.objects.filter(subscriber=OuterRef("subscriber"), lifted_at__isnull=True)


def mutes(blog: str = "alert__blog") -> QuerySet[Mute]:
    """The wish of the `subscriber` of an outer query to hear no more of its `blog`."""
    return Mute.objects.filter(subscriber=OuterRef("subscriber"), blog=OuterRef(blog))


def _listed(slug: str) -> Topic:
    if slug == BREAKING:
        return breaking_topic()
    try:
        return Topic.objects.get(slug=_spelled(slug), listed=True, retired_at__isnull=True)
    except Topic.DoesNotExist as error:
        raise NoSuchTopic(slug) from error


def _followed(slug: str) -> LiveBlog:
    blog = LiveBlog.objects.filter(slug=_spelled(slug)).first()
    if blog is None or not can_be_followed(blog):
        raise NoSuchTopic(slug)
    return blog


def _on_one_line(text: str) -> str:
    return " ".join("".join(char if char.isprintable() else " " for char in text).split())


def _spelled(slug: str) -> str:
    """`slug` if it can be one: nothing else reaches the database. Raises NoSuchTopic."""
    if not SLUG.fullmatch(slug) or len(slug) > 120:
        raise NoSuchTopic(slug[:120])
    return slug
