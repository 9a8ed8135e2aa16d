"""Retries do not wait behind new deliveries, and are found without scanning those."""

from datetime import timedelta

import pytest
from django.db import connection

from stoppress.alerts.actions import breaking_topic
from stoppress.coverage.actions import withdraw
from stoppress.delivery.choices import DeliveryState as State
from stoppress.delivery.choices import Lane, TransactionalKind
from stoppress.delivery.ledger.open_alerts import find_open_alerts
from stoppress.delivery.ledger.queue_transactional_mail import queue_transactional_mail
from stoppress.delivery.models import Delivery
from stoppress.delivery.transitions.claim_deliveries import claim_deliveries
from stoppress.delivery.transitions.settle import SettledDelivery
from stoppress.subscribers.models import Subscriber
from tests.factories.alerts import add_subscribers, materialise_all, send_post_alert, settle_deliveries

pytestmark = pytest.mark.django_db


def defer_some(number, clock, seconds):
    """Claim `number` deliveries and defer each of them for `seconds`."""
    deliveries = claim_deliveries(number, holder="h", now=clock())
    again = clock() + timedelta(seconds=seconds)
    rows = [
        SettledDelivery(delivery.id, delivery.subscriber_id, State.DEFERRED, 1, 451, "later", again)
        for delivery in deliveries
    ]
    settle_deliveries(rows, holder="h", now=clock())
    return {delivery.id for delivery in deliveries}


def claim_ids(size, clock):
    return [delivery.id for delivery in claim_deliveries(size, holder="h", now=clock())]


def test_retries_get_their_share_beside_new_deliveries(blog, post, clock):
    add_subscribers(100, clock())
    send_post_alert(blog, post, clock)
    materialise_all(clock, size=100)
    later = defer_some(30, clock, seconds=300)
    clock.tick(299)
    assert later.isdisjoint(claim_ids(16, clock))
    clock.tick(1)
    window = claim_ids(16, clock)
    assert len(window) == 16
    assert len(later.intersection(window)) == 2, "an eighth"


def test_retry_that_waited_longest_goes_first(blog, post, clock):
    add_subscribers(40, clock())
    send_post_alert(blog, post, clock)
    materialise_all(clock, size=100)
    defer_some(3, clock, seconds=600)
    sooner = defer_some(3, clock, seconds=300)
    clock.tick(700)
    assert len(sooner.intersection(claim_ids(24, clock))) == 3


def test_retries_get_the_whole_window_when_nothing_else_waits(blog, post, clock):
    add_subscribers(20, clock())
    send_post_alert(blog, post, clock)
    materialise_all(clock, size=100)
    later = defer_some(20, clock, seconds=300)
    clock.tick(300)
    assert later.issuperset(claim_ids(16, clock)) and Delivery.objects.filter(state=State.IN_FLIGHT).count() == 16


def test_transactional_retries_share_the_window_with_new_mail(clock):
    add_subscribers(30, clock())
    readers = list(Subscriber.objects.order_by("pk"))
    for reader in readers[:10]:
        queue_transactional_mail(TransactionalKind.CONFIRM, reader, breaking_topic(), now=clock())
    later = defer_some(10, clock, seconds=300)
    clock.tick(300)
    for reader in readers[10:]:
        queue_transactional_mail(TransactionalKind.CONFIRM, reader, breaking_topic(), now=clock())
    assert len(later.intersection(claim_ids(16, clock))) == 2
    assert (
        len(later.intersection(claim_ids(16, clock))) == 8 and Delivery.objects.filter(state=State.PENDING).count() == 0
    )


def test_retry_is_not_claimed_when_its_post_was_withdrawn_meanwhile(blog, post, clock):
    add_subscribers(5, clock())
    send_post_alert(blog, post, clock)
    materialise_all(clock, size=100)
    defer_some(5, clock, seconds=300)
    clock.tick(300)
    known = find_open_alerts(now=clock())
    withdraw(blog.slug, post.pk, by="ines", now=clock(), note="It was wrong.")
    assert claim_deliveries(5, holder="h", now=clock(), open_alerts=known) == []


def test_retries_are_queried_by_their_own_index(blog, post, clock):
    """Otherwise each window would scan a million new deliveries."""
    from stoppress.delivery.ledger.due_deliveries import _due_ids

    add_subscribers(20, clock())
    send_post_alert(blog, post, clock)
    materialise_all(clock, size=100)
    statement, params = _due_ids(find_open_alerts(now=clock()), {Lane.BREAKING: 8}, clock())
    with connection.cursor() as cursor:
        if connection.vendor == "sqlite":
            cursor.execute(f"EXPLAIN QUERY PLAN {statement}", params)
        else:
            cursor.execute("SET LOCAL enable_seqscan = off")
            cursor.execute(f"EXPLAIN {statement}", params)
        plan = "\n".join(str(row) for row in cursor.fetchall())
    assert "delivery_to_retry" in plan and "delivery_due" not in plan
