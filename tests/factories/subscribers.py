"""What readers do, for tests of the pages behind the links in mail."""

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


def sign_up_subscriber(email: str = "mari@example.com", **given: object) -> Subscriber:
    """Somebody who has sent the form and not confirmed yet."""
    answer = Client().post("/alerts", {"email": email, **given})
    assert answer.status_code == 200, answer.content.decode()
    return Subscriber.objects.get(key=email.lower())


def confirmed_subscriber(email: str = "mari@example.com", **given: object) -> Subscriber:
    """Somebody who gets what the form asked for."""
    reader = sign_up_subscriber(email, **given)
    for wish in Subscription.objects.filter(subscriber=reader).select_related("topic"):
        assert Client().post(confirm_path(reader, wish.topic)).status_code == 200
    return Subscriber.objects.get(pk=reader.pk)


def confirm_path(reader: Subscriber, topic: Topic | None = None) -> str:
    token = make_confirm_token(reader.pk, (topic or breaking_topic()).pk, reader.secret, "", utc_now())
    return f"/alerts/confirm/{token}"


def manage_path(reader: Subscriber) -> str:
    return f"/alerts/manage/{make_manage_token(reader.pk, reader.secret)}"


def unsubscribe_path(reader: Subscriber, topic: Topic | None = None) -> str:
    return f"/alerts/unsubscribe/{make_unsubscribe_token(reader.pk, (topic or breaking_topic()).pk)}"


def mute_path(reader: Subscriber, blog: LiveBlog) -> str:
    return f"/alerts/mute/{make_mute_token(reader.pk, blog.pk)}"


def undo_path(wish: Subscription) -> str:
    assert wish.unsubscribed_at is not None
    return f"/alerts/undo/{make_undo_token(UndoLink(wish.subscriber_id, wish.topic_id, wish.unsubscribed_at))}"


def visible_text(page: bytes) -> str:
    """A page's text in one line, as somebody would read it."""
    text = re.sub(r"<(script|style).*?</\1>", " ", page.decode(), flags=re.DOTALL)
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", text)).split())
