"""Addresses of any script, from sign-up to unsubscribe (RFC 6531, RFC 6532), with aiosmtpd as the relay."""

import io
import unicodedata
from datetime import UTC, datetime
from email import message_from_bytes, policy

import pytest
from aiosmtpd.controller import Controller
from django.core.cache import cache
from django.test import Client

from stoppress.alerts import actions
from stoppress.alerts.actions import send_test
from stoppress.delivery.choices import DeliveryState as State
from stoppress.delivery.message.alert_content import build_alert_content
from stoppress.delivery.message.verp_addresses import SignedMailbox, verify_address
from stoppress.delivery.models import Delivery
from stoppress.delivery.recipients.materialise_recipients import materialise_batch
from stoppress.inbound.webhooks.delivery_lookup import find_delivery_by_message_id
from stoppress.signup.actions import erase_subscriber
from stoppress.signup.lists import ImportRun, export_subscriptions, import_subscribers, map_rows, read_records
from stoppress.smtp import Refused
from stoppress.smtp.relay_url import parse_relays
from stoppress.subscribers import erased_addresses
from stoppress.subscribers.address_validation import parse_address
from stoppress.subscribers.choices import SuppressionReason
from stoppress.subscribers.erased_addresses import is_suppressed
from stoppress.subscribers.models import Consent, Subscriber, Subscription, Suppression
from stoppress.subscribers.topics import active_subscriptions, breaking_topic
from tests.factories.alerts import send_post_alert
from tests.factories.subscribers import manage_path
from tests.support.mailer_thread import find_link_path, is_finished, running_mailer
from tests.support.waiting import wait_until

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.timeout(90),
    pytest.mark.usefixtures("mailer_home"),
]
TYPED = "Пошта@Приклад.укр"
EMAIL = "Пошта@приклад.укр"
KEY = "пошта@xn--80aikifvh.xn--j1amh"
ON_THE_WIRE = "Пошта@xn--80aikifvh.xn--j1amh"


@pytest.fixture
def clock():
    return lambda: datetime.now(UTC)


class OnAnyPort(Controller):
    """A controller on any free port; aiosmtpd's own would connect to itself at port 0."""

    def _trigger_server(self):
        self.port = self.server.sockets[0].getsockname()[1]
        super()._trigger_server()


class Relay:
    """aiosmtpd as the relay, with SMTPUTF8 or without."""

    def __init__(self, *, smtputf8):
        self.envelopes = []
        self._controller = OnAnyPort(self, hostname="127.0.0.1", port=0, enable_SMTPUTF8=smtputf8)

    @property
    def port(self):
        return self._controller.port

    def __enter__(self):
        self._controller.start()
        return self

    def __exit__(self, *_):
        self._controller.stop()

    async def handle_DATA(self, server, session, envelope):  # noqa: N802  aiosmtpd calls it
        self.envelopes.append(envelope)
        return "250 kept"


def parsed(envelope):
    return message_from_bytes(envelope.content, policy=policy.SMTPUTF8)


def create_subscriber(email, at, *, confirmed=True):
    address = parse_address(email)
    reader = Subscriber.objects.create(email=address.email, domain=address.domain, key=address.key, requested_at=at)
    Subscription.objects.create(
        topic=breaking_topic(), subscriber=reader, requested_at=at, confirmed_at=at if confirmed else None
    )
    return reader


def test_international_address_signs_up_gets_an_alert_and_unsubscribes(blog, post, clock):
    reader = Client()
    with Relay(smtputf8=True) as relay, running_mailer(relay):
        assert reader.post("/alerts", {"email": TYPED}).status_code == 200
        wait_until(lambda: len(relay.envelopes) == 1)
        mail_to_confirm = relay.envelopes[0]
        assert mail_to_confirm.rcpt_tos == [ON_THE_WIRE] and mail_to_confirm.smtp_utf8
        assert f"To: <{ON_THE_WIRE}>\r\n".encode() in mail_to_confirm.content
        assert reader.post(find_link_path(parsed(mail_to_confirm), "/alerts/confirm/")).status_code == 200
        alert = send_post_alert(blog, post, clock)
        wait_until(is_finished(alert))
        mail = parsed(relay.envelopes[1])
        assert EMAIL in mail.get_body(("plain",)).get_content() and EMAIL in mail.get_body(("html",)).get_content()
        assert verify_address(SignedMailbox.BOUNCE, relay.envelopes[1].mail_from) == (
            Delivery.objects.get(alert=alert).pk,
        )
        https = mail["List-Unsubscribe"].split(">")[0].removeprefix("<http://news.test")
        assert reader.post(https, {"List-Unsubscribe": "One-Click"}).status_code == 200
    assert active_subscriptions(breaking_topic()).count() == 0
    assert (
        find_delivery_by_message_id(mail["Message-ID"], ON_THE_WIRE)
        == find_delivery_by_message_id(mail["Message-ID"], EMAIL)
        is not None
    )


def test_delivery_is_refused_when_the_relay_lacks_smtputf8(blog, post, clock):
    for email in (EMAIL, "Mari@bücher.example.com", "plain@example.com"):
        create_subscriber(email, clock())
    with Relay(smtputf8=False) as relay, running_mailer(relay):
        alert = send_post_alert(blog, post, clock)
        wait_until(is_finished(alert))
    assert sorted(each.rcpt_tos[0] for each in relay.envelopes) == [
        "Mari@xn--bcher-kva.example.com",
        "plain@example.com",
    ]
    row = Delivery.objects.get(alert=alert, subscriber__key=KEY)
    assert (row.state, row.code) == (State.REFUSED, 553) and "SMTPUTF8" in row.reply
    assert not Suppression.objects.exists()


@pytest.mark.parametrize("smtputf8", [True, False])
def test_send_test_is_refused_when_the_relay_lacks_smtputf8(blog, post, clock, settings, smtputf8):
    story = build_alert_content(send_post_alert(blog, post, clock))
    with Relay(smtputf8=smtputf8) as relay:
        settings.RELAYS = parse_relays(f"smtp://127.0.0.1:{relay.port}")
        outcome = send_test(story, EMAIL, now=clock())
    assert isinstance(outcome, Refused) is not smtputf8
    assert [each.rcpt_tos for each in relay.envelopes] == ([[ON_THE_WIRE]] if smtputf8 else [])


def test_spellings_of_one_address_are_one_subscriber(client):
    for typed in ("Mårten@example.com", "mårten@example.com", unicodedata.normalize("NFD", "MÅRTEN@EXAMPLE.com")):
        cache.clear()
        assert client.post("/alerts", {"email": typed}).status_code == 200
    assert Subscriber.objects.get().key == "mårten@example.com"
    client.post("/alerts", {"email": "straße@example.com"})
    client.post("/alerts", {"email": "strasse@example.com"})
    assert Subscriber.objects.count() == 3


def test_complaint_counts_for_every_spelling_and_after_erasure(clock):
    reader = create_subscriber(EMAIL, clock())
    Suppression.objects.create(subscriber=reader, reason=SuppressionReason.COMPLAINT, at=clock())
    assert is_suppressed(parse_address("ПОШТА@xn--80aikifvh.xn--j1amh").key)
    erase_subscriber(reader, now=clock())
    assert Subscriber.objects.get().key == erased_addresses.erased_key(KEY)
    assert is_suppressed(parse_address(TYPED).key)
    assert "ошта" not in repr(list(Subscriber.objects.values()) + list(Consent.objects.values()))


def test_exported_list_with_international_addresses_can_be_imported(clock):
    create_subscriber(EMAIL, clock())
    out = io.StringIO()
    list(export_subscriptions(out))
    assert EMAIL in out.getvalue()
    Subscription.objects.all().delete()
    Subscriber.objects.all().delete()
    text = out.getvalue() + "пошта@приклад.укр\r\n" + unicodedata.normalize("NFD", "mårten@example.com") + "\r\n"
    run = ImportRun(topic=breaking_topic(), origin="list.csv", now=clock())
    report = import_subscribers(map_rows(read_records(io.BytesIO(text.encode()))), run)
    assert (report.added, report.already_subscribed) == (2, 1)
    assert set(Subscriber.objects.values_list("key", "email")) == {
        (KEY, EMAIL),
        ("mårten@example.com", "mårten@example.com"),
    }


def test_preferences_page_masks_an_international_address(client, blog, post, clock):
    reader = create_subscriber(EMAIL, clock())
    alert = send_post_alert(blog, post, clock)
    materialise_batch(now=clock())
    assert actions.load_receipt(alert).intended == 1
    page = client.get(manage_path(reader)).content.decode()
    assert "П…@приклад.укр" in page and EMAIL not in page
    assert client.get(manage_path(reader) + "/data.json").json()["address"] == EMAIL
