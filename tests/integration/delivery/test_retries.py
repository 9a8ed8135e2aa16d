"""What is to be tried again does not wait behind what was never tried, and is found without passing that by."""

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


def put_off(number, clock, seconds):
    """Let so many be taken up and be told to come again."""
    parcels = claim_deliveries(number, holder="h", now=clock())
    again = clock() + timedelta(seconds=seconds)
    rows = [SettledDelivery(parcel.id, parcel.subscriber_id, State.DEFERRED, 1, 451, "later", again) for parcel in parcels]
    settle_deliveries(rows, holder="h", now=clock())
    return {parcel.id for parcel in parcels}


def taken(size, clock):
    return [parcel.id for parcel in claim_deliveries(size, holder="h", now=clock())]


def test_a_reader_who_was_put_off_does_not_wait_behind_all_who_were_never_tried(blog, post, clock):
    add_subscribers(100, clock())
    send_post_alert(blog, post, clock)
    materialise_all(clock, size=100)
    later = put_off(30, clock, seconds=300)
    clock.tick(299)
    assert later.isdisjoint(taken(16, clock))
    clock.tick(1)
    window = taken(16, clock)
    assert len(window) == 16
    assert len(later.intersection(window)) == 2, "an eighth"


def test_who_has_waited_longest_goes_first(blog, post, clock):
    add_subscribers(40, clock())
    send_post_alert(blog, post, clock)
    materialise_all(clock, size=100)
    put_off(3, clock, seconds=600)
    sooner = put_off(3, clock, seconds=300)
    clock.tick(700)
    assert len(sooner.intersection(taken(24, clock))) == 3


def test_retries_have_the_whole_window_once_nothing_else_waits(blog, post, clock):
    add_subscribers(20, clock())
    send_post_alert(blog, post, clock)
    materialise_all(clock, size=100)
    later = put_off(20, clock, seconds=300)
    clock.tick(300)
    assert later.issuperset(taken(16, clock)) and Delivery.objects.filter(state=State.IN_FLIGHT).count() == 16


def test_letters_to_be_tried_again_share_with_new_ones(clock):
    add_subscribers(30, clock())
    readers = list(Subscriber.objects.order_by("pk"))
    for reader in readers[:10]:
        queue_transactional_mail(TransactionalKind.CONFIRM, reader, breaking_topic(), now=clock())
    later = put_off(10, clock, seconds=300)
    clock.tick(300)
    for reader in readers[10:]:
        queue_transactional_mail(TransactionalKind.CONFIRM, reader, breaking_topic(), now=clock())
    assert len(later.intersection(taken(16, clock))) == 2
    assert len(later.intersection(taken(16, clock))) == 8 and Delivery.objects.filter(state=State.PENDING).count() == 0


def test_what_was_withdrawn_since_the_last_look_is_not_tried_again(blog, post, clock):
    add_subscribers(5, clock())
    send_post_alert(blog, post, clock)
    materialise_all(clock, size=100)
    put_off(5, clock, seconds=300)
    clock.tick(300)
    known = find_open_alerts(now=clock())
    withdraw(blog.slug, post.pk, by="ines", now=clock(), note="It was wrong.")
    assert claim_deliveries(5, holder="h", now=clock(), open_alerts=known) == []


def test_retries_are_found_by_an_index_of_their_own(blog, post, clock):
    """Else a million that were never tried would be passed by for each window."""
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
