"""Data retention: what is deleted, and what subscribers and receipts rely on."""

from datetime import timedelta

import pytest
from django.test import override_settings

from stoppress.delivery import canary_mail
from stoppress.delivery.choices import DeliveryState, Lane, TransactionalKind
from stoppress.delivery.ledger.queue_transactional_mail import queue_transactional_mail
from stoppress.delivery.message.transactional_mail import build_transactional_content, render_transactional_text
from stoppress.delivery.models import Delivery, MailerRun
from stoppress.delivery.transitions.claim_deliveries import claim_deliveries
from stoppress.delivery.transitions.settle import SettledDelivery
from stoppress.inbound.models import Bounce
from stoppress.runtime.models import RateLimitCount
from stoppress.service.scheduler import data_retention
from stoppress.subscribers.choices import SuppressionReason
from stoppress.subscribers.models import Subscriber, Subscription, Suppression
from stoppress.subscribers.topics import active_subscriptions, breaking_topic
from tests.factories.alerts import settle_deliveries

pytestmark = pytest.mark.django_db

CANARY = override_settings(CANARY_ADDRESS="canary@example.com", CANARY_INTERVAL=timedelta(hours=1))
MONTH = timedelta(days=31)


def signed_up(email, now, confirmed_at=None):
    facts = {"requested_at": now, "confirmed_at": confirmed_at}
    subscriber = Subscriber.objects.create(email=email, domain=email.partition("@")[2], key=email, **facts)
    Subscription.objects.create(subscriber=subscriber, topic=breaking_topic(), **facts)
    queue_transactional_mail(TransactionalKind.CONFIRM, subscriber, breaking_topic(), now=now)
    return subscriber


def confirmed(email, now):
    return signed_up(email, now, confirmed_at=now)


def test_unconfirmed_address_is_erased_after_a_month_and_its_mail_still_counts(clock):
    signed_up("amina@example.com", clock())
    kept = confirmed("bo@example.com", clock())
    assert data_retention.erase_unconfirmed(clock() + timedelta(days=29)) == 0
    assert data_retention.erase_unconfirmed(clock() + MONTH) == 1
    assert data_retention.erase_unconfirmed(clock() + MONTH) == 0
    assert [row.email for row in Subscriber.objects.order_by("id")] == ["", "bo@example.com"]
    erased = Subscriber.objects.first()
    assert "amina" not in erased.key and erased.erased_at and not erased.domain
    assert Delivery.objects.count() == 2 and kept.subscriptions.get().is_active


def test_address_can_be_erased_repeatedly(clock):
    for _ in range(2):
        signed_up("amina@example.com", clock())
        assert data_retention.erase_unconfirmed(clock.tick(MONTH.total_seconds())) == 1


def test_address_is_kept_when_requested_recently_or_suppressed(clock):
    again, blocked = signed_up("amina@example.com", clock()), signed_up("bo@example.com", clock())
    Suppression.objects.create(subscriber=blocked, reason=SuppressionReason.COMPLAINT, at=clock())
    later = clock() + MONTH
    queue_transactional_mail(TransactionalKind.CONFIRM, again, breaking_topic(), now=later - timedelta(days=1))
    assert data_retention.erase_unconfirmed(later) == 0


def test_expired_rate_limits_are_deleted(clock):
    RateLimitCount.objects.create(counter_key="over", expires_at=clock())
    RateLimitCount.objects.create(counter_key="counts", expires_at=clock() + timedelta(seconds=1))
    RateLimitCount.objects.create(counter_key="from a clock a year ahead", expires_at=clock() + timedelta(days=365))
    assert data_retention.delete_old_rate_limits(clock()) == 2
    assert [count.counter_key for count in RateLimitCount.objects.all()] == ["counts"]


def test_old_mailer_runs_are_deleted_unless_they_hold_deliveries(clock):
    facts = {"host": "mail1", "pid": 1, "started_at": clock(), "heartbeat_at": clock()}
    for holder in ("old", "holding"):
        MailerRun.objects.create(holder=holder, **facts)
    signed_up("amina@example.com", clock())
    claim_deliveries(9, holder="holding", now=clock())
    MailerRun.objects.create(holder="new", **(facts | {"heartbeat_at": clock() + MONTH}))
    assert data_retention.delete_old_mailer_runs(clock() + MONTH) == 1
    assert sorted(MailerRun.objects.values_list("holder", flat=True)) == ["holding", "new"]


@CANARY
def test_canary_uses_the_breaking_lane_and_is_no_subscriber(clock):
    assert canary_mail.queue_canary(clock()) == 1
    assert canary_mail.queue_canary(clock.tick(60)) == 0
    [parcel] = claim_deliveries(9, holder="me", now=clock())
    assert Delivery.objects.get().lane == Lane.BREAKING
    assert (parcel.email, parcel.transactional_kind) == ("canary@example.com", TransactionalKind.CANARY)
    assert active_subscriptions(breaking_topic()).count() == 0
    words = build_transactional_content(parcel.transactional_kind, "")
    assert words.subject == "Test message: alerts from The Halden Courier are delivered"
    assert "there is no news" in render_transactional_text(words, "https://news.test/")
    settle_deliveries(
        [SettledDelivery(parcel.id, parcel.subscriber_id, DeliveryState.ACCEPTED, 1, 250)], holder="me", now=clock()
    )
    assert canary_mail.find_newest_canary().seconds == 60
    assert canary_mail.queue_canary(clock.tick(3600)) == 1


@CANARY
def test_canary_address_may_also_be_a_subscriber(clock):
    confirmed("canary@example.com", clock())
    canary_mail.queue_canary(clock())
    assert active_subscriptions(breaking_topic()).count() == 1 and Subscriber.objects.count() == 2
    assert data_retention.erase_unconfirmed(clock() + MONTH) == 0


@CANARY
def test_old_canaries_are_deleted_unless_they_bounced(clock):
    signed_up("amina@example.com", clock())
    for _ in range(2):
        canary_mail.queue_canary(clock())
        [parcel] = [
            one
            for one in claim_deliveries(9, holder="me", now=clock())
            if one.transactional_kind is TransactionalKind.CANARY
        ]
        settle_deliveries(
            [SettledDelivery(parcel.id, parcel.subscriber_id, DeliveryState.ACCEPTED, 1, 250)], holder="me", now=clock()
        )
        clock.tick(3600)
    Bounce.objects.create(key="k", at=clock(), via="smtp", kind="bounce", delivery_id=parcel.id)
    assert data_retention.delete_old_canaries(clock()) == 0
    assert data_retention.delete_old_canaries(clock() + MONTH) == 1
    assert (
        Delivery.objects.filter(transactional_kind=TransactionalKind.CONFIRM).exists()
        and Delivery.objects.filter(pk=parcel.id).exists()
    )
