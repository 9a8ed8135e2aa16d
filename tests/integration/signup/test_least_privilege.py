"""What each signed link allows, as docs/operate/subscribers.md lists it, and how its owner gets a new one."""

from datetime import timedelta

import pytest
from django.test import Client

from stoppress.coverage.models import LiveBlog
from stoppress.delivery.models import Delivery
from stoppress.runtime.clock import utc_now
from stoppress.subscribers.mailbox_key import mailbox_key
from stoppress.subscribers.models import Subscriber, Subscription, Suppression
from stoppress.subscribers.signed_links import make_manage_token
from tests.factories.subscribers import (
    confirm_path,
    confirmed_subscriber,
    manage_path,
    mute_path,
    sign_up_subscriber,
    undo_path,
    unsubscribe_path,
    visible_text,
)

pytestmark = pytest.mark.django_db


def test_no_link_of_lower_privilege_leads_to_the_manage_link(client: Client, blog: LiveBlog) -> None:
    reader = sign_up_subscriber()
    pages = [client.get(confirm_path(reader)), client.post(confirm_path(reader))]
    pages += [client.get(mute_path(reader, blog)), client.post(mute_path(reader, blog))]
    pages += [client.post(mute_path(reader, blog), {"undo": "1"})]
    pages += [client.get(unsubscribe_path(reader)), client.post(unsubscribe_path(reader))]
    undo = undo_path(Subscription.objects.get())
    pages += [client.get(undo), client.post(undo)]
    assert [page.status_code for page in pages] == [200] * 9
    for page in pages:
        assert "/alerts/manage" not in page.content.decode() and reader.secret not in page.content.decode()
        assert reader.email not in page.content.decode()


def test_visit_of_the_preferences_does_not_prolong_the_link(client: Client) -> None:
    reader = confirmed_subscriber()
    here = manage_path(reader)
    page = client.get(here).content.decode()
    assert f'action="{here}"' in page and page.count("/alerts/manage/") == page.count(here)


@pytest.mark.parametrize("below", ["", "/sent", "/data.json", "/erase"])
def test_expired_manage_link_offers_a_new_one_and_nothing_else(client: Client, below: str) -> None:
    reader = confirmed_subscriber()
    old = make_manage_token(reader.pk, reader.secret, utc_now() - timedelta(days=30, seconds=1))
    for answer in (client.get(f"/alerts/manage/{old}{below}"), client.post(f"/alerts/manage/{old}{below}")):
        assert answer.status_code == 410 and 'href="/alerts/link"' in answer.content.decode()
        assert "mari" not in visible_text(answer.content)
    assert Subscriber.objects.get().erased_at is None
    nearly = make_manage_token(reader.pk, reader.secret, utc_now() - timedelta(days=29, hours=23))
    assert client.get(f"/alerts/manage/{nearly}").status_code == 200


def test_request_for_a_link_reveals_nothing_and_mails_only_confirmed_owners(client: Client) -> None:
    confirmed_subscriber("known@example.com")
    sign_up_subscriber("unconfirmed@example.com")
    suppressed = confirmed_subscriber("dead@example.com")
    Suppression.objects.create(subscriber=suppressed, reason="bounce", at=utc_now())
    Delivery.objects.all().delete()
    addresses = ("known@example.com", "unknown@example.com", "unconfirmed@example.com", "dead@example.com")
    answers = [client.post("/alerts/link", {"email": address}) for address in addresses]
    assert len({(answer.status_code, answer.content) for answer in answers}) == 1
    assert list(Delivery.objects.values_list("subscriber__key", "transactional_kind")) == [
        ("known@example.com", "manage")
    ]
    assert client.post("/alerts/link", {"email": "nonsense"}).status_code == 422
    assert client.get("/alerts/link").status_code == 200


def test_requests_for_links_are_limited_by_client_and_by_mailbox(client: Client) -> None:
    confirmed_subscriber("known@example.com")
    Delivery.objects.all().delete()
    statuses = [client.post("/alerts/link", {"email": "known@example.com"}).status_code for _ in range(21)]
    assert statuses.count(429) >= 1 and set(statuses) == {200, 429}
    assert Delivery.objects.count() <= 2


@pytest.mark.parametrize(
    ("address", "mailbox"),
    [
        ("mari.o+news@gmail.com", "mario@gmail.com"),
        ("m.a.r.i.o@googlemail.com", "mario@gmail.com"),
        ("mario+a+b@outlook.com", "mario@outlook.com"),
        ("mario+x@example.org", "mario@example.org"),
        ("mari.o@example.org", "mari.o@example.org"),
        ("mario-shop@yahoo.com", "mario@yahoo.com"),
        ("mario-shop@yahoo.co.uk", "mario@yahoo.co.uk"),
        ("mario-shop@example.org", "mario-shop@example.org"),
        ("ma.ri_o-1@protonmail.com", "mario1@proton.me"),
        ("mario@me.com", "mario@icloud.com"),
        ("any@mario.fastmail.com", "mario@fastmail.com"),
        ("mari-o@ya.ru", "mario@yandex.ru"),
        ("+@gmail.com", "+@gmail.com"),
        ("a@notgmail.com", "a@notgmail.com"),
    ],
)
def test_mailbox_key_folds_what_providers_ignore(address: str, mailbox: str) -> None:
    assert mailbox_key(address) == mailbox


def test_tagged_addresses_share_the_limit_of_their_mailbox_and_are_stored_as_typed() -> None:
    addresses = ["mari+1@gmail.com", "m.ari+2@gmail.com", "mari@googlemail.com", "ma.ri+3@gmail.com"]
    for address in addresses:
        sign_up_subscriber(address)
    assert Delivery.objects.count() == 2  # an hour
    assert sorted(Subscriber.objects.values_list("email", flat=True)) == sorted(addresses)
