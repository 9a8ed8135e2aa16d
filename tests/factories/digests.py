"""Subscribers of digests, and posts and alerts that a digest contains."""

from stoppress.coverage.actions import publish
from stoppress.coverage.post_content import Content
from stoppress.subscribers.choices import Frequency
from stoppress.subscribers.models import Subscriber, Subscription
from tests.factories.alerts import send_post_alert


def add_digest_subscriber(topic, now, *, frequency=Frequency.MORNING, zone="", name="r"):
    email = f"{name}{Subscriber.objects.count()}@example.com"
    subscriber = Subscriber.objects.create(email=email, key=email, zone=zone, requested_at=now, confirmed_at=now)
    return Subscription.objects.create(
        topic=topic, subscriber=subscriber, frequency=frequency, requested_at=now, confirmed_at=now
    )


def publish_post(blog, clock, headline, **more):
    text = Content(headline=headline, body=f"<p>{headline}. So says the harbour master.</p>")
    return publish(blog.slug, text, by="ines", now=clock.tick(), **more)


def publish_and_alert(blog, clock, headline, summary=""):
    post = publish_post(blog, clock, headline)
    return send_post_alert(blog, post, clock, subject=headline, summary=summary or f"{headline}, in short.")
