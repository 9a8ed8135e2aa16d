"""The mailer with a real ledger, a real socket and a server that misbehaves on request."""

import logging
from collections import Counter
from datetime import UTC, datetime, timedelta
from email import message_from_bytes, policy
from time import monotonic, sleep

import pytest
from django.db import OperationalError
from django.test import Client

from stoppress.alerts import actions
from stoppress.coverage.actions import withdraw
from stoppress.delivery.choices import DeliveryState as State
from stoppress.delivery.errors import MailerAlreadyRunningError
from stoppress.delivery.kept_mail import list_kept_mail
from stoppress.delivery.models import Alert, Delivery
from stoppress.subscribers.models import Suppression
from tests.factories.alerts import add_subscribers, send_post_alert
from tests.fakes.smtp_server import SMTPServer
from tests.support.mailer_thread import MailerThread, find_link_path, is_finished, relay_url, running_mailer
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


def test_reader_signs_up_gets_an_alert_and_unsubscribes(blog, post, clock):
    reader = Client()
    with SMTPServer() as relay, running_mailer(relay):
        reader.post("/alerts", {"email": "Mari@example.com"})
        wait_until(lambda: len(relay.accepted) == 1)
        confirmation = message_from_bytes(relay.accepted[0].data, policy=policy.default)
        reader.post(find_link_path(confirmation, "/alerts/confirm/"))
        alert = send_post_alert(blog, post, clock)
        wait_until(is_finished(alert))
        mail = message_from_bytes(relay.accepted[1].data, policy=policy.default)
        assert mail["Subject"] == "Sea wall fails"
        assert relay.accepted[1].recipient == "Mari@example.com"
        assert relay.accepted[1].sender.startswith("bounce+")
        https = mail["List-Unsubscribe"].split(">")[0].removeprefix("<http://news.test")
        assert reader.post(https, {"List-Unsubscribe": "One-Click"}).status_code == 200
        again = send_post_alert(blog, post, clock, again=True)
        assert actions.load_receipt(again).intended == 0
    assert actions.load_receipt(alert).summary() == "1 accepted"


def test_refused_delivery_is_not_retried_and_a_dead_address_is_suppressed(blog, post, clock):
    add_subscribers(10, clock())
    with SMTPServer() as relay, running_mailer(relay):
        relay.refuse_recipient("r3@example.com", 550)
        alert = send_post_alert(blog, post, clock)
        wait_until(is_finished(alert))
        assert actions.load_receipt(alert).summary() == "9 accepted, 1 refused"
    refused = Delivery.objects.get(state=State.REFUSED)
    assert (refused.code, refused.attempts) == (550, 1)
    assert "r3@" not in refused.reply
    assert actions.count_recipients(actions.breaking_topic()) == 10 - Suppression.objects.count()


def test_deferred_delivery_is_retried_and_expires_at_the_deadline(blog, post, clock):
    add_subscribers(3, clock())
    with SMTPServer() as relay, running_mailer(relay):
        relay.refuse_recipient("r1@example.com", 451)
        alert = send_post_alert(blog, post, clock)
        wait_until(lambda: actions.load_receipt(alert)[State.DEFERRED] == 1)
        delivery = Delivery.objects.get(state=State.DEFERRED)
        assert delivery.attempts == 1 and timedelta(seconds=10) < delivery.next_attempt_at - clock() < timedelta(
            seconds=31
        )
        Delivery.objects.filter(pk=delivery.pk).update(next_attempt_at=clock())
        wait_until(lambda: Delivery.objects.get(pk=delivery.pk).attempts == 2)
        Alert.objects.update(not_after=clock())
        Delivery.objects.filter(pk=delivery.pk).update(next_attempt_at=clock())
        wait_until(is_finished(alert))
    assert actions.load_receipt(alert).summary() == "2 accepted, 1 too late to send"


def test_delivery_is_uncertain_and_not_repeated_when_no_reply_follows_the_final_dot(blog, post, clock):
    add_subscribers(3, clock())
    with SMTPServer() as relay, running_mailer(relay):
        relay.drop_after_dot()
        alert = send_post_alert(blog, post, clock)
        wait_until(is_finished(alert))
    assert actions.load_receipt(alert).summary() == "3 uncertain"
    assert max(Counter(got.recipient for got in relay.accepted).values(), default=0) <= 1


def test_deliveries_wait_without_attempts_when_the_relay_is_down(blog, post, clock, caplog):
    caplog.set_level(logging.CRITICAL)
    add_subscribers(20, clock())
    with SMTPServer() as relay:
        port = relay.port
    with MailerThread(f"smtp://127.0.0.1:{port}"):
        alert = send_post_alert(blog, post, clock)
        sleep(2.5)
        assert actions.load_receipt(alert).waiting == 20
        assert set(Delivery.objects.values_list("attempts", flat=True)) <= {0}


def test_relay_gets_the_rest_when_it_recovers_from_421(blog, post, clock, caplog):
    caplog.set_level(logging.CRITICAL)
    add_subscribers(20, clock())
    with SMTPServer() as relay, running_mailer(relay):
        normal_answers, relay.answers["MAIL"] = dict(relay.answers), "421 4.3.2 closing"
        alert = send_post_alert(blog, post, clock)
        sleep(1.5)
        receipt = actions.load_receipt(alert)
        assert receipt.waiting + receipt[State.IN_FLIGHT] == 20
        relay.answers = normal_answers
        wait_until(is_finished(alert), 40)
    assert actions.load_receipt(alert).summary() == "20 accepted"
    assert len(relay.accepted) == 20


def test_withdrawal_halts_unsent_deliveries_without_a_notification(blog, post, clock):
    add_subscribers(200, clock())
    with SMTPServer() as relay, running_mailer(relay):
        relay.delay_replies(0.05)
        alert = send_post_alert(blog, post, clock)
        wait_until(lambda: len(relay.accepted) > 3)
        withdraw(blog.slug, post.pk, note="It was not so.", by="ines", now=clock())
        wait_until(is_finished(alert), 60)
    receipt = actions.load_receipt(alert)
    assert receipt[State.HALTED] + receipt[State.ACCEPTED] == receipt.intended == 200
    assert receipt[State.ACCEPTED] == len(relay.accepted) <= 4 + 100 + 4


def test_stop_leaves_nothing_in_flight_and_the_next_mailer_sends_the_rest(blog, post, clock):
    add_subscribers(150, clock())
    with SMTPServer() as relay:
        relay.delay_replies(0.02)
        with running_mailer(relay, grace_seconds=20):
            alert = send_post_alert(blog, post, clock)
            wait_until(lambda: len(relay.accepted) > 3)
        receipt = actions.load_receipt(alert)
        assert receipt[State.IN_FLIGHT] == receipt[State.UNCERTAIN] == 0
        assert receipt[State.ACCEPTED] == len(relay.accepted) < 150
        relay.delay_replies(0)
        with running_mailer(relay):
            wait_until(is_finished(alert))
    assert Counter(got.recipient for got in relay.accepted) == {f"r{n}@example.com": 1 for n in range(150)}


def test_stop_finishes_only_started_messages_when_the_relay_becomes_slow(blog, post, clock):
    """At most two pipelined messages of a connection have started: eight replies, where a whole window needs fifty."""
    add_subscribers(400, clock())
    with SMTPServer() as relay:
        relay.delay_replies(0.01)
        with running_mailer(relay, grace_seconds=20) as mailer:
            alert = send_post_alert(blog, post, clock)
            wait_until(lambda: len(relay.accepted) > 100)  # windows have their full length by now
            relay.delay_replies(0.5)
            accepted_before = len(relay.accepted)
            mailer.stop_soon()
            stopped_at = monotonic()
        seconds = monotonic() - stopped_at
    receipt = actions.load_receipt(alert)
    assert receipt[State.IN_FLIGHT] == receipt[State.UNCERTAIN] == 0
    assert receipt[State.ACCEPTED] == len(relay.accepted) <= accepted_before + 4 * 2 + 4
    assert seconds < 12 * 0.5 + 4


def test_stop_does_not_wait_for_a_relay_that_sends_no_greeting(blog, post, clock):
    add_subscribers(10, clock())
    with SMTPServer() as relay:
        relay.hang_at("connect")
        with running_mailer(relay, grace_seconds=20):
            alert = send_post_alert(blog, post, clock)
            wait_until(lambda: relay.connections > 0)
            stopped_at = monotonic()
        seconds = monotonic() - stopped_at
    assert actions.load_receipt(alert).waiting == 10
    assert seconds < 10


def test_second_mailer_raises_when_one_is_running(clock):
    with SMTPServer() as relay, MailerThread(relay_url(relay)) as one, MailerThread(relay_url(relay)) as other:
        wait_until(lambda: one.error or other.error)
        sleep(0.5)
    errors = [mailer.error for mailer in (one, other) if mailer.error]
    assert len(errors) == 1
    assert isinstance(errors[0], MailerAlreadyRunningError)


def test_mail_is_stored_as_files_when_no_relay_is_configured(blog, post, clock, settings):
    add_subscribers(3, clock())
    with MailerThread("") as mailer:
        alert = send_post_alert(blog, post, clock)
        wait_until(is_finished(alert))
    assert mailer.error is None
    assert actions.load_receipt(alert).summary() == "3 accepted"
    kept = list_kept_mail(settings.KEPT_MAIL)
    assert {mail.to for mail in kept} == {"r0@example.com", "r1@example.com", "r2@example.com"}
    assert all("Follow live coverage" in mail.html for mail in kept)
    assert dict(kept[0].headers)["Return-Path"].startswith("<bounce+")


def test_other_messages_are_sent_when_one_cannot_be_made(blog, post, clock):
    from stoppress.subscribers.models import Subscriber

    add_subscribers(5, clock())
    Subscriber.objects.filter(key="r2@example.com").update(email="two words@example.com")
    with SMTPServer() as relay, running_mailer(relay):
        alert = send_post_alert(blog, post, clock)
        wait_until(is_finished(alert))
    assert actions.load_receipt(alert).summary() == "4 accepted, 1 refused"


def test_deliveries_are_deferred_when_their_content_cannot_be_loaded(blog, post, clock, monkeypatch):
    def raise_database_error(self, *key):
        raise OperationalError("database is locked")

    monkeypatch.setattr("stoppress.delivery.relays.message_factory.MessageFactory._compile", raise_database_error)
    add_subscribers(2, clock())
    with SMTPServer() as relay, running_mailer(relay):
        alert = send_post_alert(blog, post, clock)
        wait_until(lambda: actions.load_receipt(alert)[State.DEFERRED] == 2)
    assert actions.load_receipt(alert).summary() == "2 to be tried again"
