"""The deliveries to one subscriber are found alert by alert, by indexes alone."""

import pytest
from django.db import connection

from stoppress.delivery.choices import TransactionalKind
from stoppress.delivery.ledger.queue_transactional_mail import queue_transactional_mail
from stoppress.delivery.models import Delivery
from stoppress.delivery.recipients.by_subscriber import DELIVERY_IDS, deliveries_to_subscriber
from stoppress.subscribers.models import Subscriber
from tests.factories.alerts import add_subscribers, materialise_all, send_post_alert

pytestmark = pytest.mark.django_db


def test_query_returns_alerts_and_transactional_mail_of_one_subscriber(blog, post, clock):
    add_subscribers(3, clock())
    first, second = send_post_alert(blog, post, clock), send_post_alert(blog, post, clock, again=True)
    materialise_all(clock)
    reader, other, _ = Subscriber.objects.order_by("pk")
    for subscriber in (reader, other):
        queue_transactional_mail(TransactionalKind.CONFIRM, subscriber, first.topic, now=clock())
    mine = deliveries_to_subscriber(reader.pk)
    assert {row.subscriber_id for row in mine} == {reader.pk}
    assert [row.alert_id for row in mine.order_by("pk")] == [first.pk, second.pk, None]
    assert mine.filter(alert__isnull=True).update(return_slug="storm") == 1
    assert Delivery.objects.filter(return_slug="storm").get().subscriber_id == reader.pk


def test_query_of_one_subscriber_uses_indexes_alone():
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute("SET LOCAL enable_seqscan = off")  # a table as small as this one would be read full_scans
            cursor.execute(f"EXPLAIN {DELIVERY_IDS}", [1, 1])
            full_scans = ("Seq Scan on delivery_delivery",)
        else:
            cursor.execute(f"EXPLAIN QUERY PLAN {DELIVERY_IDS}", [1, 1])
            full_scans = ("SCAN d", "SCAN l")
        plan = "\n".join(str(row[-1]) for row in cursor.fetchall())
    assert not [scan for scan in full_scans if scan in plan], plan
