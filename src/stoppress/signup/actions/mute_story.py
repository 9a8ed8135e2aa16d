"""Mute one story: no more mail about it, while the rest of each topic continues."""

from dataclasses import dataclass
from datetime import datetime

from django.db import transaction

from stoppress.coverage.models import LiveBlog
from stoppress.delivery.recipients.before_subscription_change import materialise_before_change
from stoppress.subscribers.models import Mute, Subscriber
from stoppress.subscribers.signed_links import InvalidLinkError, read_mute_token


@dataclass(frozen=True)
class StoryMute:
    """The subscriber and the live blog of a mute link."""

    subscriber: Subscriber
    blog: LiveBlog


def find_mute(token: str) -> StoryMute:
    """Return the subscriber and the story of `token`. Changes nothing.

    Raises:
        InvalidLinkError: also if the address was erased.
    """
    subscriber_id, blog_id = read_mute_token(token)
    try:
        subscriber = Subscriber.objects.get(pk=subscriber_id, erased_at__isnull=True)
        return StoryMute(subscriber, LiveBlog.objects.get(pk=blog_id))
    except (Subscriber.DoesNotExist, LiveBlog.DoesNotExist) as error:
        raise InvalidLinkError from error


def mute_story(token: str, *, now: datetime) -> StoryMute:
    """Stop mail about the story of `token`. Idempotent. Raises InvalidLinkError."""
    mute = find_mute(token)
    with transaction.atomic():
        materialise_before_change([mute.subscriber.pk], now=now)
        Mute.objects.get_or_create(subscriber=mute.subscriber, blog=mute.blog, defaults={"at": now})
    return mute


def undo_mute(token: str, *, now: datetime) -> StoryMute:
    """Resume mail about the story of `token`. Raises InvalidLinkError."""
    mute = find_mute(token)
    unmute_story(mute.subscriber, mute.blog.slug, now=now)
    return mute


def muted_stories(subscriber: Subscriber) -> list[LiveBlog]:
    """Return the stories that the subscriber has muted, the most recently muted first."""
    mutes = Mute.objects.filter(subscriber=subscriber).order_by("-at", "-id").select_related("blog")
    return [mute.blog for mute in mutes]


def unmute_story(subscriber: Subscriber, slug: str, *, now: datetime) -> None:
    """Resume mail about the live blog with this slug."""
    with transaction.atomic():
        materialise_before_change([subscriber.pk], now=now)
        Mute.objects.filter(subscriber=subscriber, blog__slug=slug).delete()
