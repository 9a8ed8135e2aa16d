"""Editors' choices in the received mail: languages, muting, undo, a second editor, halt and resume."""

from datetime import UTC, datetime, timedelta
from email import message_from_bytes, policy
from uuid import uuid4

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from stoppress.alerts import actions
from stoppress.alerts.actions import SendTerms
from stoppress.delivery.choices import DeliveryState as State
from stoppress.delivery.choices import Lane
from stoppress.delivery.message.alert_content import build_alert_content
from stoppress.delivery.message.build_message import Recipient, compile_alert, fill_alert
from stoppress.delivery.message.dkim_keys import dns_record, load_configured_keys
from stoppress.delivery.message.dkim_selectors import parse_dkim_keys
from stoppress.delivery.relays.message_factory import MessageFactory
from stoppress.delivery.transitions.claim_deliveries import ClaimedDelivery
from stoppress.subscribers.models import Subscriber
from stoppress.subscribers.signed_links import make_mute_token
from tests.factories.alerts import add_subscribers, send_post_alert
from tests.fakes.smtp_server import SMTPServer
from tests.support.dkim_verifier import verify_signatures
from tests.support.mailer_thread import is_finished, running_mailer
from tests.support.waiting import wait_until

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.timeout(90),
    pytest.mark.usefixtures("mailer_home"),
]


@pytest.fixture
def clock():
    """Return the real time, because the mailer waits for it."""
    return lambda: datetime.now(UTC)


def parse_messages(relay):
    return {got.recipient: message_from_bytes(got.data, policy=policy.default) for got in relay.accepted}


def test_reader_gets_the_alert_in_their_language_with_a_mute_link(blog, post, clock):
    add_subscribers(4, clock())
    Subscriber.objects.filter(key="r1@example.com").update(language="fr-CA")
    Subscriber.objects.filter(key="r2@example.com").update(language="sv")
    variants = {"fr": {"subject": "La digue c\u00e8de", "summary": "Elle a c\u00e9d\u00e9."}}
    with SMTPServer() as relay, running_mailer(relay):
        alert = send_post_alert(blog, post, clock, variants=variants)
        wait_until(is_finished(alert))
        got = parse_messages(relay)
    subjects = {to: str(mail["Subject"]) for to, mail in got.items()}
    assert subjects.pop("r1@example.com") == "La digue c\u00e8de"
    assert set(subjects.values()) == {"Sea wall fails"}
    for to, mail in got.items():
        reader = Subscriber.objects.get(key=to)
        text = mail.get_body(("plain",)).get_content()
        assert f"/alerts/mute/{make_mute_token(reader.pk, blog.pk)}" in text
        assert ("Elle a c\u00e9d\u00e9." in text) is (to == "r1@example.com")


def test_surrounding_text_is_compiled_once_for_each_language(blog, post, clock):
    add_subscribers(6, clock())
    for name, language in (("r1", "de"), ("r2", "de-CH"), ("r3", "uk"), ("r4", "cy")):
        Subscriber.objects.filter(key=f"{name}@example.com").update(language=language)
    factory = MessageFactory()
    with SMTPServer() as relay, running_mailer(relay):
        alert = send_post_alert(blog, post, clock)
        wait_until(is_finished(alert))
        got = parse_messages(relay)
    texts = {to.partition("@")[0]: mail.get_body(("plain",)).get_content() for to, mail in got.items()}
    assert "Abmelden:" in texts["r1"] and "Abmelden:" in texts["r2"] and "Відписатися:" in texts["r3"]
    assert all("Unsubscribe:" in texts[name] for name in ("r0", "r4", "r5"))
    factory.load([make_delivery(alert, language) for language in ("", "en", "cy", "de", "de-CH", "de-AT", "uk")])
    assert len({id(compiled.fill) for compiled in factory._compiled.values()}) == 3


ADDRESSES = (
    "ada@example.com",
    "ada.b+c_d-e@sub.example.co.uk",
    ".ada@example.com",
    "o'neil&co@example.com",
    "a=b@example.com",
    "m\u00e5rten@example.com",
    "ada@b\u00fccher.example",
    f"{'a' * 60}@example.com",
    f"{'a' * 61}@example.com",
    f"{'a' * 62}@example.com",
    f"{'a' * 64}@{'b' * 63}.example",
)


@pytest.mark.parametrize("email", ADDRESSES)
def test_factory_builds_the_same_message_as_fill_alert(blog, post, clock, email):
    alert = send_post_alert(blog, post, clock)
    factory, delivery = MessageFactory(), make_delivery(alert, "", email)
    factory.load([delivery])
    template = compile_alert(build_alert_content(alert), alert.pk, alert.created_at)
    reader = Recipient(delivery.subscriber_id, email, delivery.secret, alert.topic_id, delivery.id)
    assert factory.build(delivery).message == fill_alert(template, alert.pk, reader)


def make_delivery(alert, language, email="a@example.com"):
    at = alert.created_at
    return ClaimedDelivery(1, 1, email, "s", language, alert.pk, None, alert.topic_id, "", 1, at, at, Lane.BREAKING)


def test_alert_is_not_sent_within_its_undo_time(blog, post, clock):
    add_subscribers(3, clock())
    with SMTPServer() as relay, running_mailer(relay):
        held = send_post_alert(blog, post, clock, terms=SendTerms(undo=timedelta(minutes=5)))
        soon = send_post_alert(
            blog, post, clock, again=True, terms=SendTerms(undo=timedelta(seconds=1)), alert_id=uuid4()
        )
        wait_until(is_finished(soon))
        assert len(relay.accepted) == 3
        actions.undo_send(held, by="ines", now=clock())
        wait_until(is_finished(held))
    assert actions.load_receipt(held).summary() == "3 halted" and len(relay.accepted) == 3
    assert actions.load_receipt(soon).summary() == "3 accepted"


def test_alert_is_not_sent_before_a_second_editor_approves(blog, post, clock):
    add_subscribers(3, clock())
    with SMTPServer() as relay, running_mailer(relay):
        watched = send_post_alert(blog, post, clock, terms=SendTerms(approval_above=1))
        other = send_post_alert(blog, post, clock, again=True)
        wait_until(is_finished(other))
        assert len(relay.accepted) == 3 and actions.load_receipt(watched).waiting == 3
        actions.approve_alert(watched, by="tom", now=clock())
        wait_until(is_finished(watched))
    assert len(relay.accepted) == 6


def test_halted_alert_is_resumed_without_sending_twice(blog, post, clock):
    add_subscribers(300, clock())
    with SMTPServer() as relay, running_mailer(relay):
        relay.delay_replies(0.02)
        alert = send_post_alert(blog, post, clock)
        wait_until(lambda: len(relay.accepted) > 3)
        actions.kill_alert(alert, by="ines", now=clock())
        wait_until(lambda: not actions.load_receipt(alert)[State.IN_FLIGHT])
        stopped = actions.load_receipt(alert)
        assert stopped[State.HALTED] > 0 and stopped.intended == 300
        assert len(relay.accepted) == stopped[State.ACCEPTED]
        relay.delay_replies(0)
        actions.resume_send(alert, by="ines", now=clock())
        wait_until(is_finished(alert), 60)
    assert actions.load_receipt(alert).summary() == "300 accepted"
    assert len(relay.accepted) == len({got.recipient for got in relay.accepted}) == 300


def test_correction_reaches_recipients_of_the_error_and_replaces_it_for_the_rest(blog, post, clock):
    add_subscribers(200, clock())
    with SMTPServer() as relay, running_mailer(relay):
        relay.delay_replies(0.02)
        alert = send_post_alert(blog, post, clock)
        wait_until(lambda: len(relay.accepted) > 3)
        correction = send_post_alert(blog, post, clock, corrects=alert, subject="Correction: the wall holds")
        relay.delay_replies(0)
        wait_until(is_finished(correction), 60)
        wait_until(is_finished(alert), 60)
    first, second = actions.load_receipt(alert), actions.load_receipt(correction)
    assert second.summary() == "200 accepted" and first[State.SUPERSEDED] + first[State.ACCEPTED] == 200
    subjects = [str(message_from_bytes(got.data, policy=policy.default)["Subject"]) for got in relay.accepted]
    assert subjects.count("Correction: the wall holds") == 200
    assert subjects.count("Sea wall fails") == first[State.ACCEPTED]


def test_mailer_signs_messages_with_configured_dkim_key(blog, post, clock, tmp_path, settings):
    key = Ed25519PrivateKey.generate()
    path = tmp_path / "key.pem"
    path.write_bytes(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    path.chmod(0o600)
    settings.DKIM_KEYS = parse_dkim_keys(f"news:{path}")
    record = dns_record(load_configured_keys()[0])[1]
    add_subscribers(2, clock())
    with SMTPServer() as relay, running_mailer(relay):
        wait_until(is_finished(send_post_alert(blog, post, clock)))
    signed = [verify_signatures(got.data, lambda name: record) for got in relay.accepted]
    assert [[tags["s"] for tags in each] for each in signed] == [["news"], ["news"]]
