"""Alerts, and subscribers that receive them."""

from datetime import timedelta
from uuid import uuid4

from django.db import transaction

from stoppress.alerts import actions
from stoppress.alerts.actions import SendRequest, SendTerms
from stoppress.coverage.post_content import Content
from stoppress.delivery.choices import DeliveryState as State
from stoppress.delivery.ledger.open_alerts import find_open_alerts
from stoppress.delivery.recipients.materialise_recipients import materialise_batch
from stoppress.delivery.transitions.cancel_unsent import cancel_unsent_batch
from stoppress.delivery.transitions.claim_deliveries import claim_deliveries
from stoppress.delivery.transitions.settle import SettledDelivery, settle_held_deliveries
from stoppress.subscribers.models import Subscriber, Subscription

POST_CONTENT = Content(
    headline="Sea wall fails", body="<p>It failed at the north steps. Nobody is hurt. More soon.</p>"
)


def add_subscribers(number, now, first=0):
    topic = actions.breaking_topic()
    for n in range(first, first + number):
        email = f"r{n}@example.com"
        reader = Subscriber.objects.create(email=email, key=email, requested_at=now, confirmed_at=now)
        Subscription.objects.create(topic=topic, subscriber=reader, requested_at=now, confirmed_at=now)


def send_post_alert(blog, post, clock, **more):
    values = {"alert_id": uuid4(), "subject": "Sea wall fails", "summary": "It failed.", "by": "ines", "now": clock()}
    return send_with_request(**({"blog_slug": blog.slug, "post_id": post.pk} | values | more))


def send_with_request(*, by, now, topic=None, corrects=None, **given):
    """Send an alert; `topic` and `corrects` may be given as model instances."""
    if corrects is not None:
        given.setdefault("note", "It did not fail: the wall holds.")
    if topic is not None:
        given["topic"] = topic.slug
    return actions.send_alert(SendRequest(corrects=corrects and corrects.pk, **given), by=by, now=now)


def materialise_all(clock, size=2):
    while materialise_batch(now=clock(), size=size):
        pass


UNDO_TERMS = SendTerms(undo=timedelta(seconds=10))
APPROVAL_TERMS = SendTerms(undo=timedelta(seconds=10), approval_above=2)


def settle_some_accepted(clock, number):
    claimed = claim_deliveries(number, holder="h", now=clock())
    settled = [
        SettledDelivery(delivery.id, delivery.subscriber_id, State.ACCEPTED, 1, 250, "ok") for delivery in claimed
    ]
    settle_deliveries(settled, holder="h", now=clock())


def alert_form_data(**given: str) -> dict[str, str]:
    text = {
        "subject": "Lower town told to leave",
        "summary": "Leave now.",
        "urgency": "alert",
        "revision": "1",
        "undo": "0",
    }
    if "corrects" in given:
        text["note"] = "We had it wrong: nobody must leave."
    return {"alert_id": str(uuid4())} | text | given


def settle_deliveries(settled, *, holder, now):
    """Settle deliveries in flight; roll back and fail if another mailer holds one of them."""
    with transaction.atomic():
        stored = settle_held_deliveries(settled, holder=holder, now=now)
        assert stored == len(settled), f"{len(settled) - stored} deliveries are not held by {holder}"


def cancel_all_unsent(*, now):
    """Cancel every waiting delivery of halted and expired alerts; return how many."""
    total = 0
    for alert in find_open_alerts(now=now).to_cancel:
        while cancelled := cancel_unsent_batch(alert, now=now, size=2_000):
            total += cancelled
    return total
