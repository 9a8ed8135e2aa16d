"""Subscribers who signed up by the form, and paths of the links in their mail."""

import re
from html import unescape

from django.test import Client

from stoppress.coverage.models import LiveBlog
from stoppress.runtime.clock import utc_now
from stoppress.subscribers.models import Subscriber, Subscription, Topic
from stoppress.subscribers.signed_links import (
    UndoLink,
    make_confirm_token,
    make_manage_token,
    make_mute_token,
    make_undo_token,
    make_unsubscribe_token,
)
from stoppress.subscribers.topics import breaking_topic


def sign_up_subscriber(email: str = "mari@example.com", **fields: object) -> Subscriber:
    """Return a subscriber who has sent the form and not confirmed yet."""
    answer = Client().post("/alerts", {"email": email, **fields})
    assert answer.status_code == 200, answer.content.decode()
    return Subscriber.objects.get(key=email.lower())


def confirmed_subscriber(email: str = "mari@example.com", **fields: object) -> Subscriber:
    """Return a subscriber who has confirmed all that the form requested."""
    subscriber = sign_up_subscriber(email, **fields)
    for subscription in Subscription.objects.filter(subscriber=subscriber).select_related("topic"):
        assert Client().post(confirm_path(subscriber, subscription.topic)).status_code == 200
    return Subscriber.objects.get(pk=subscriber.pk)


def confirm_path(subscriber: Subscriber, topic: Topic | None = None) -> str:
    token = make_confirm_token(subscriber.pk, (topic or breaking_topic()).pk, subscriber.secret, "", utc_now())
    return f"/alerts/confirm/{token}"


def manage_path(subscriber: Subscriber) -> str:
    return f"/alerts/manage/{make_manage_token(subscriber.pk, subscriber.secret, utc_now())}"


def unsubscribe_path(subscriber: Subscriber, topic: Topic | None = None) -> str:
    return f"/alerts/unsubscribe/{make_unsubscribe_token(subscriber.pk, (topic or breaking_topic()).pk)}"


def mute_path(subscriber: Subscriber, blog: LiveBlog) -> str:
    return f"/alerts/mute/{make_mute_token(subscriber.pk, blog.pk)}"


def undo_path(subscription: Subscription) -> str:
    assert subscription.unsubscribed_at is not None
    link = UndoLink(subscription.subscriber_id, subscription.topic_id, subscription.unsubscribed_at)
    return f"/alerts/undo/{make_undo_token(link)}"


def visible_text(page: bytes) -> str:
    """Return the visible text of a page on one line."""
    text = re.sub(r"<(script|style).*?</\1>", " ", page.decode(), flags=re.DOTALL)
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", text)).split())
