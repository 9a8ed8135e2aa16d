"""Alerts, and subscribers that receive them."""

from datetime import timedelta
from uuid import uuid4

from stoppress.alerts import actions
from stoppress.alerts.actions import SendRequest, Terms
from stoppress.coverage.post_content import Content
from stoppress.delivery.choices import DeliveryState as State
from stoppress.delivery.recipients.materialise_recipients import freeze_slice
from stoppress.delivery.transitions.claim_deliveries import claim
from stoppress.delivery.transitions.settle import Settlement, settle
from stoppress.subscribers.models import Subscriber, Subscription

TEXT = Content(headline="Sea wall fails", body="<p>It failed at the north steps. Nobody is hurt. More soon.</p>")


def add_readers(number, now, first=0):
    topic = actions.breaking_topic()
    for n in range(first, first + number):
        email = f"r{n}@example.com"
        reader = Subscriber.objects.create(email=email, key=email, asked_at=now, confirmed_at=now)
        Subscription.objects.create(topic=topic, subscriber=reader, asked_at=now, confirmed_at=now)


def send(blog, post, clock, **more):
    facts = {"alert_id": uuid4(), "subject": "Sea wall fails", "summary": "It failed.", "by": "ines", "now": clock()}
    return send_by(**({"blog_slug": blog.slug, "post_id": post.pk} | facts | more))


def send_by(*, by, now, topic=None, corrects=None, **given):
    """Send; `topic` and `corrects` may be given as rows."""
    if topic is not None:
        given["topic"] = topic.slug
    return actions.send_alert(SendRequest(corrects=corrects and corrects.pk, **given), by=by, now=now)


def freeze_all(clock, size=2):
    while freeze_slice(now=clock(), size=size):
        pass


HELD = Terms(undo=timedelta(seconds=10))
WATCHED = Terms(undo=timedelta(seconds=10), approval_above=2)


def some_accepted(clock, number):
    taken = claim(number, holder="h", now=clock())
    rows = [Settlement(parcel.id, parcel.subscriber_id, State.ACCEPTED, 1, 250, "ok") for parcel in taken]
    settle(rows, holder="h", now=clock())


def form(**given: str) -> dict[str, str]:
    text = {
        "subject": "Lower town told to leave",
        "summary": "Leave now.",
        "urgency": "alert",
        "revision": "1",
        "undo": "0",
    }
    return {"alert_id": str(uuid4())} | text | given
