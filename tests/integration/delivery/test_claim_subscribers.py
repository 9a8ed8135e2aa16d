"""Recipients that are claimed directly: the same people in the same states as by materialising first."""

import pytest

from stoppress.alerts.actions import halt_alert, load_receipt
from stoppress.delivery.choices import DeliveryState as State
from stoppress.delivery.ledger.open_alerts import find_open_alerts
from stoppress.delivery.models import Alert, Delivery
from stoppress.delivery.recipients.before_subscription_change import materialise_before_change
from stoppress.delivery.recipients.materialise_recipients import materialise_batch
from stoppress.delivery.transitions import claim_subscribers
from stoppress.delivery.transitions.claim_deliveries import ClaimedDelivery, claim_deliveries
from stoppress.delivery.transitions.claim_subscribers import claim_from_subscriptions
from stoppress.signup.actions import save_choices
from stoppress.signup.actions.erase_subscriber import erase_subscriber
from stoppress.signup.actions.mute_story import mute_story
from stoppress.signup.actions.unsubscribe import end_subscription
from stoppress.subscribers.choices import Frequency
from stoppress.subscribers.models import Subscriber, Subscription, Suppression, Topic
from stoppress.subscribers.signed_links import make_mute_token
from tests.factories.alerts import add_subscribers, materialise_all, send_post_alert

pytestmark = pytest.mark.django_db


def addresses(deliveries):
    return [delivery.email for delivery in deliveries]


def test_claimed_subscribers_get_the_same_deliveries_as_materialised_ones(blog, post, clock):
    add_subscribers(5, clock())
    alert = send_post_alert(blog, post, clock)
    direct = claim_from_subscriptions(alert, 3, holder="m", now=clock())
    assert direct.has_more
    materialise_batch(now=clock(), size=10)
    claimed = claim_deliveries(10, holder="m", now=clock())
    assert len(direct.deliveries) == 3 and len(claimed) == 2
    subscribers = sorted(Subscriber.objects.values_list("email", flat=True))
    assert sorted(addresses([*direct.deliveries, *claimed])) == subscribers
    one, other = direct.deliveries[0], claimed[0]
    own = {"id", "subscriber_id", "email", "secret"}
    same = [name for name in ClaimedDelivery._fields if name not in own]
    assert [getattr(one, name) for name in same] == [getattr(other, name) for name in same]
    stored = Delivery.objects.get(pk=one.id)
    assert (stored.subscriber_id, stored.holder) == (one.subscriber_id, "m")
    rows = list(
        Delivery.objects.values(
            "state", "holder", "transactional_kind", "lane", "next_attempt_at", "created_at", "attempts", "reply"
        )
    )
    assert all(row == rows[0] for row in rows)
    assert rows[0]["state"] == State.IN_FLIGHT


def test_subscriber_is_suppressed_when_unsubscribed_after_send(blog, post, clock):
    add_subscribers(6, clock())
    alert = send_post_alert(blog, post, clock)
    unsubscribed, muted, suppressed, erased, *staying = Subscriber.objects.order_by("pk")
    now = clock.tick(1)
    end_subscription(unsubscribed.pk, alert.topic_id, now=now)
    mute_story(make_mute_token(muted.pk, blog.pk), now=now)
    materialise_before_change([suppressed.pk], now=now)
    Suppression.objects.create(subscriber=suppressed, reason="complaint", at=now)
    erase_subscriber(erased, now=now)
    claimed = claim_from_subscriptions(alert, 10, holder="m", now=now)
    assert addresses(claimed.deliveries) == [reader.email for reader in staying]
    assert claim_deliveries(10, holder="m", now=now) == []
    found = load_receipt(alert)
    assert (found[State.SUPPRESSED], found[State.IN_FLIGHT], found.intended) == (4, 2, 6)


def test_subscriber_is_not_claimed_when_signed_up_after_send(blog, post, clock):
    add_subscribers(2, clock())
    alert = send_post_alert(blog, post, clock)
    clock.tick(1)
    add_subscribers(1, clock(), first=2)
    claimed = claim_from_subscriptions(alert, 10, holder="m", now=clock())
    assert len(claimed.deliveries) == 2
    assert not claimed.has_more


def test_claim_returns_nothing_when_the_alert_is_halted_or_corrected(blog, post, clock):
    add_subscribers(3, clock())
    alert = send_post_alert(blog, post, clock)
    assert find_open_alerts(now=clock()).unmaterialised == (alert,)
    halt_alert(alert, now=clock())
    assert claim_from_subscriptions(alert, 10, holder="m", now=clock()) == ([], False)
    Alert.objects.update(halted_at=None)
    Alert.objects.create(
        topic=alert.topic, subject="Corrected", headline="Corrected", by="ines", created_at=clock(), corrects=alert,
        urgency="correction", not_after=alert.not_after, last_source_id=0, intended=0,
    )  # fmt: skip
    assert claim_from_subscriptions(alert, 10, holder="m", now=clock()) == ([], False)
    assert find_open_alerts(now=clock()).unmaterialised == ()


def test_claim_leaves_the_rest_to_materialisation_when_other_topics_lie_between(blog, post, clock, monkeypatch):
    monkeypatch.setattr(claim_subscribers, "MAX_SUBSCRIPTIONS_SCANNED", 4)
    add_subscribers(12, clock())
    Subscription.objects.filter(pk__in=Subscription.objects.order_by("pk")[2:9]).update(frequency=Frequency.MORNING)
    alert = send_post_alert(blog, post, clock)
    claimed = claim_from_subscriptions(alert, 3, holder="m", now=clock())
    assert len(claimed.deliveries) == 2
    assert not claimed.has_more
    materialise_all(clock)
    assert Delivery.objects.filter(alert=alert).count() == 5


def test_claim_skips_older_subscriptions_of_other_topics(blog, post, clock, monkeypatch):
    monkeypatch.setattr(claim_subscribers, "MAX_SUBSCRIPTIONS_SCANNED", 4)
    add_subscribers(6, clock())
    Subscription.objects.update(topic=Topic.objects.create(name="Sport"))
    add_subscribers(3, clock(), first=6)
    claimed = claim_from_subscriptions(send_post_alert(blog, post, clock), 2, holder="m", now=clock())
    assert addresses(claimed.deliveries) == ["r6@example.com", "r7@example.com"]
    assert claimed.has_more


def test_subscriber_is_not_claimed_when_a_delivery_exists(blog, post, clock):
    add_subscribers(4, clock())
    alert = send_post_alert(blog, post, clock)
    first = claim_from_subscriptions(alert, 2, holder="m", now=clock()).deliveries
    Alert.objects.update(materialised_up_to_id=0)
    again = claim_from_subscriptions(alert, 10, holder="m", now=clock()).deliveries
    assert len(again) == 2
    assert not set(addresses(first)) & set(addresses(again))
    assert {delivery.id for delivery in again} <= set(Delivery.objects.values_list("pk", flat=True))


@pytest.mark.parametrize("change", ["another frequency", "unsubscribes and subscribes again"])
def test_subscriber_who_changes_preferences_during_the_send_is_claimed_as_at_send(blog, post, clock, change):
    add_subscribers(3, clock())
    alert = send_post_alert(blog, post, clock)
    claim_from_subscriptions(alert, 1, holder="m", now=clock())
    reader = Subscriber.objects.order_by("pk").last()
    now = clock.tick(1)
    if change == "another frequency":
        save_choices(reader, {"breaking": Frequency.MORNING}, now=now)
    else:
        save_choices(reader, (), now=now)
        save_choices(reader, {"breaking": Frequency.INSTANT}, now=clock.tick(1))
    direct = claim_from_subscriptions(alert, 10, holder="m", now=clock())
    claimed = claim_deliveries(10, holder="m", now=clock())
    assert len(direct.deliveries) == 1
    assert addresses(claimed) == [reader.email]
    materialise_all(clock)
    assert load_receipt(alert).intended == 3
    assert Delivery.objects.filter(alert=alert).count() == 3


def test_subscriber_is_not_claimed_when_signed_up_during_the_send(blog, post, clock):
    add_subscribers(2, clock())
    alert = send_post_alert(blog, post, clock)
    clock.tick(1)
    late = Subscriber.objects.create(email="late@example.com", key="late@example.com", requested_at=clock())
    save_choices(late, {"breaking": Frequency.INSTANT}, now=clock())
    save_choices(late, {"breaking": Frequency.EVENING}, now=clock())
    materialise_all(clock)
    assert Delivery.objects.filter(alert=alert).count() == 2
