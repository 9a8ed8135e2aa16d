"""No more about one story, while all else of a topic goes on."""

from dataclasses import dataclass
from datetime import datetime

from django.db import transaction

from stoppress.coverage.models import LiveBlog
from stoppress.delivery.recipients.before_subscription_change import materialise_before_change
from stoppress.subscribers.models import Mute, Subscriber
from stoppress.subscribers.signed_links import InvalidLinkError, read_mute_token


@dataclass(frozen=True)
class StoryMute:
    """What a mute link leads to."""

    subscriber: Subscriber
    blog: LiveBlog


def find_mute(token: str) -> StoryMute:
    """Whom and which story `token` is about; changes nothing. Raises BadLink, also for an erased address."""
    subscriber_id, blog_id = read_mute_token(token)
    try:
        subscriber = Subscriber.objects.get(pk=subscriber_id, erased_at__isnull=True)
        return StoryMute(subscriber, LiveBlog.objects.get(pk=blog_id))
    except (Subscriber.DoesNotExist, LiveBlog.DoesNotExist) as error:
        raise InvalidLinkError from error


def mute_story(token: str, *, now: datetime) -> StoryMute:
    """Send nothing more about the story. Twice is as good as once. Raises InvalidLinkError."""
    muting = find_mute(token)
    with transaction.atomic():
        materialise_before_change([muting.subscriber.pk], now=now)
        Mute.objects.get_or_create(subscriber=muting.subscriber, blog=muting.blog, defaults={"at": now})
    return muting


def undo_mute(token: str, *, now: datetime) -> StoryMute:
    """Take it back. Raises InvalidLinkError."""
    muting = find_mute(token)
    unmute_story(muting.subscriber, muting.blog.slug, now=now)
    return muting


def muted_stories(subscriber: Subscriber) -> list[LiveBlog]:
    """The stories a reader wants to hear no more of, the latest first."""
    rows = Mute.objects.filter(subscriber=subscriber).order_by("-at", "-id").select_related("blog")
    return [row.blog for row in rows]


def unmute_story(subscriber: Subscriber, slug: str, *, now: datetime) -> None:
    """Send mail about one story again."""
    with transaction.atomic():
        materialise_before_change([subscriber.pk], now=now)
        Mute.objects.filter(subscriber=subscriber, blog__slug=slug).delete()
