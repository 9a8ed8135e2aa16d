"""Erasure deletes the address, keeps the ledger complete, and keeps complaints."""

import pytest
from django.db import connection

from stoppress.delivery.choices import DeliveryState, TransactionalKind
from stoppress.delivery.models import Delivery
from stoppress.delivery.transitions.claim_deliveries import claim_deliveries
from stoppress.runtime.clock import utc_now
from stoppress.subscribers import erased_addresses
from stoppress.subscribers.choices import SuppressionReason
from stoppress.subscribers.models import Mute, Subscriber, Subscription, Suppression
from stoppress.subscribers.topics import active_subscriptions, breaking_topic
from tests.factories.subscribers import (
    confirm_path,
    confirmed_subscriber,
    manage_path,
    mute_path,
    sign_up_subscriber,
    unsubscribe_path,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def erased(client, blog):
    """Return a subscriber who got breaking news, muted a story, and was erased."""
    reader = confirmed_subscriber()
    client.post(mute_path(reader, blog))
    assert client.get(manage_path(reader) + "/erase").status_code == 200
    assert client.post(manage_path(reader) + "/erase").status_code == 200
    return reader


def dump_database() -> str:
    rows = []
    with connection.cursor() as cursor:
        for table in connection.introspection.table_names(cursor):
            cursor.execute(f'SELECT * FROM "{table}"')
            rows += [repr(row) for row in cursor.fetchall()]
    return "\n".join(rows)


def test_get_request_of_the_erase_page_erases_nothing(client):
    reader = confirmed_subscriber()
    client.get(manage_path(reader) + "/erase")
    client.head(manage_path(reader) + "/erase")
    assert Subscriber.objects.get() == reader and Subscriber.objects.get().email == "mari@example.com"


def test_erased_address_is_nowhere_in_the_database(erased):
    assert "mari" not in dump_database() and "example.com" not in dump_database()
    row = Subscriber.objects.get()
    assert (row.pk, row.email, row.domain) == (erased.pk, "", "") and row.erased_at
    assert row.key == erased_addresses.erased_key("mari@example.com") and row.secret != erased.secret


def test_erasure_suppresses_waiting_deliveries(erased):
    assert [row.state for row in Delivery.objects.all()] == [DeliveryState.SUPPRESSED]
    assert claim_deliveries(10, holder="m", now=utc_now()) == []
    assert active_subscriptions(breaking_topic()).count() == 0 and not Mute.objects.exists()


def test_links_of_earlier_mails_do_nothing_when_the_subscriber_is_erased(client, erased, blog):
    for path in (manage_path(erased), manage_path(erased) + "/erase", confirm_path(erased), mute_path(erased, blog)):
        assert client.get(path).status_code == client.post(path).status_code == 404
    response = client.post(unsubscribe_path(erased), {"List-Unsubscribe": "One-Click"})
    assert response.status_code == 200
    assert client.post(unsubscribe_path(erased)).status_code == 200
    assert "erased" in client.get(unsubscribe_path(erased)).content.decode()
    assert "mari" not in dump_database()


def test_sign_up_creates_a_new_subscriber_when_the_address_was_erased(client, erased):
    reader = sign_up_subscriber()
    assert reader.pk != erased.pk and Subscriber.objects.count() == 2
    client.post(confirm_path(reader))
    assert active_subscriptions(breaking_topic()).count() == 1
    assert Subscription.objects.get(subscriber=erased.pk).unsubscribed_at is not None


def test_complaint_survives_erasure_until_the_owner_confirms_again(client, clock):
    reader = confirmed_subscriber()
    Suppression.objects.create(subscriber=reader, reason=SuppressionReason.COMPLAINT, at=clock())
    client.post(manage_path(reader) + "/erase")
    again = sign_up_subscriber()
    assert list(again.suppressions.values_list("reason", flat=True)) == [SuppressionReason.COMPLAINT]
    sign_up_subscriber()
    assert [row.transactional_kind for row in Delivery.objects.filter(subscriber=again)] == [TransactionalKind.CONFIRM]
    client.post(confirm_path(again))
    assert active_subscriptions(breaking_topic()).count() == 1


def test_address_can_be_erased_repeatedly(client, clock):
    for _ in range(3):
        reader = confirmed_subscriber()
        Suppression.objects.create(subscriber=reader, reason=SuppressionReason.COMPLAINT, at=clock())
        client.post(manage_path(reader) + "/erase")
    assert Subscriber.objects.filter(erased_at__isnull=False).count() == 3 and "mari" not in dump_database()
    assert erased_addresses.is_suppressed("mari@example.com")
    assert not erased_addresses.is_suppressed("tove@example.com")
