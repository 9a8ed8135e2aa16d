"""Subscribers of digests, and posts and alerts that a digest contains."""

from stoppress.coverage.actions import publish
from stoppress.coverage.post_content import Content
from stoppress.subscribers.choices import Rhythm
from stoppress.subscribers.models import Subscriber, Subscription
from tests.factories.alerts import send


def reader(topic, now, *, rhythm=Rhythm.MORNING, zone="", name="r"):
    email = f"{name}{Subscriber.objects.count()}@example.com"
    made = Subscriber.objects.create(email=email, key=email, zone=zone, asked_at=now, confirmed_at=now)
    return Subscription.objects.create(topic=topic, subscriber=made, rhythm=rhythm, asked_at=now, confirmed_at=now)


def write(blog, clock, headline, **more):
    text = Content(headline=headline, body=f"<p>{headline}. So says the harbour master.</p>")
    return publish(blog.slug, text, by="ines", now=clock.tick(), **more)


def alerted(blog, clock, headline):
    post = write(blog, clock, headline)
    return send(blog, post, clock, subject=headline, summary=f"{headline}, in short.")
