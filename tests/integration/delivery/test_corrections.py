"""A correction goes to readers whom the error reached or may have reached, and replaces unsent deliveries."""

from uuid import uuid4

import pytest

from stoppress.alerts.actions import breaking_topic, load_receipt
from stoppress.delivery.choices import DeliveryState as State
from stoppress.delivery.choices import Urgency
from stoppress.delivery.models import Alert, Delivery
from stoppress.delivery.recipients.materialise_recipients import materialise_batch
from stoppress.delivery.recipients.recipient_query import count_intended
from stoppress.delivery.transitions.cancel_unsent import cancel_unsent_batch
from stoppress.delivery.transitions.claim_deliveries import claim_deliveries
from stoppress.delivery.transitions.settle import SettledDelivery
from stoppress.signup.actions.erase_subscriber import erase_subscriber
from stoppress.subscribers.choices import Frequency
from stoppress.subscribers.models import Mute, Subscriber, Subscription
from tests.factories.alerts import add_subscribers, materialise_all, send_post_alert, settle_deliveries

pytestmark = pytest.mark.django_db


def correct_alert(alert, clock):
    """Create the alert that a correction at the desk creates."""
    values = {"topic": alert.topic, "blog": alert.blog, "post": alert.post, "seq": alert.seq, "by": "ines"}
    values |= {"subject": "Correction", "headline": "Right", "urgency": Urgency.CORRECTION, "corrects": alert}
    correction = Alert(
        id=uuid4(), created_at=clock(), not_after=alert.not_after, last_source_id=0, intended=0, **values
    )
    correction.intended = count_intended(correction)
    correction.save()
    return correction


def settle_some(state, now, number):
    in_flight = Delivery.objects.filter(state=State.IN_FLIGHT).order_by("pk")[:number]
    settle_deliveries([SettledDelivery(row.pk, row.subscriber_id, state, 1) for row in in_flight], holder="h", now=now)


@pytest.mark.parametrize("materialised", [True, False])
def test_correction_follows_the_error_and_replaces_unsent_deliveries(blog, post, clock, materialised):
    add_subscribers(10, clock())
    alert = send_post_alert(blog, post, clock)
    if materialised:
        materialise_all(clock)
    else:
        materialise_batch(now=clock(), size=7)
    claim_deliveries(6, holder="h", now=clock.tick())
    settle_some(State.ACCEPTED, clock(), 2)
    settle_some(State.UNCERTAIN, clock(), 1)
    settle_some(State.REFUSED, clock(), 1)
    correction = correct_alert(alert, clock)
    intended = load_receipt(correction).intended
    assert intended == 9
    materialise_all(clock)
    assert (
        load_receipt(alert).summary()
        == "2 accepted, 1 refused, 1 uncertain, 2 on their way, 4 replaced by the corrected version"
    )
    assert load_receipt(correction).summary() == "9 waiting"
    refused = Delivery.objects.get(state=State.REFUSED).subscriber_id
    assert not Delivery.objects.filter(alert=correction, subscriber=refused).exists()


def test_correction_replaces_a_delivery_deferred_later_and_counts_unsubscribed_readers(blog, post, clock):
    add_subscribers(4, clock())
    alert = send_post_alert(blog, post, clock)
    materialise_all(clock)
    claim_deliveries(4, holder="h", now=clock.tick())
    settle_some(State.ACCEPTED, clock(), 3)
    correction = correct_alert(alert, clock)
    materialise_all(clock)
    [last] = Delivery.objects.filter(state=State.IN_FLIGHT)
    settle_deliveries(
        [SettledDelivery(last.pk, last.subscriber_id, State.DEFERRED, 1, next_attempt_at=clock())],
        holder="h",
        now=clock(),
    )
    Subscription.objects.filter(subscriber__key="r0@example.com").update(unsubscribed_at=clock.tick())
    claim_deliveries(10, holder="h", now=clock())
    alert.refresh_from_db()  # as the mailer reads it
    assert cancel_unsent_batch(alert, now=clock(), size=10) == 1
    assert load_receipt(alert).summary() == "3 accepted, 1 replaced by the corrected version"
    assert load_receipt(correction).summary() == "3 on their way, 1 unsubscribed before it was sent"


def test_digest_goes_to_subscribers_of_its_frequency_and_zone_who_have_not_muted_the_story(blog, post, clock):
    add_subscribers(6, clock())
    subscriptions = list(Subscription.objects.order_by("pk"))
    Subscription.objects.filter(pk=subscriptions[0].pk).update(frequency=Frequency.MORNING)
    Subscription.objects.filter(pk=subscriptions[1].pk).update(frequency=Frequency.MORNING)
    Subscriber.objects.filter(pk=subscriptions[1].subscriber_id).update(zone="Asia/Tokyo")
    Mute.objects.create(subscriber=subscriptions[2].subscriber, blog=blog, at=clock())
    erase_subscriber(subscriptions[3].subscriber, now=clock())
    alert = send_post_alert(blog, post, clock)
    digest = Alert.objects.create(
        topic=breaking_topic(), urgency=Urgency.DIGEST, frequency=Frequency.MORNING, zone="Asia/Tokyo", subject="Today",
        headline="Today", by="clock", created_at=clock(), not_after=alert.not_after,
        last_source_id=subscriptions[-1].pk, intended=1,
    )  # fmt: skip
    assert (count_intended(alert), count_intended(digest)) == (2, 1)
    materialise_all(clock)
    assert (load_receipt(alert).intended, load_receipt(digest).intended) == (2, 1)
    assert Delivery.objects.get(alert=digest).subscriber_id == subscriptions[1].subscriber_id
    Mute.objects.create(subscriber=subscriptions[4].subscriber, blog=blog, at=clock.tick())
    claim_deliveries(10, holder="h", now=clock())
    assert load_receipt(alert).summary() == "1 on their way, 1 unsubscribed before it was sent"


def test_alert_is_not_claimed_before_approval_and_the_end_of_the_undo_window(blog, post, clock):
    add_subscribers(2, clock())
    alert = send_post_alert(blog, post, clock)
    Alert.objects.update(needs_approval=True, not_before=clock().replace(second=30))
    assert not materialise_batch(now=clock())
    Alert.objects.update(approved_at=clock())
    materialise_all(clock)
    assert not claim_deliveries(10, holder="h", now=clock())
    assert len(claim_deliveries(10, holder="h", now=clock.tick(30))) == 2
    assert load_receipt(alert)[State.IN_FLIGHT] == 2
