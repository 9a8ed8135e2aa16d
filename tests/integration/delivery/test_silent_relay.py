"""A relay that accepts connections and is silent: mail goes elsewhere, and moves within seconds once it answers."""

import logging
from collections import Counter
from datetime import timedelta
from time import monotonic

import pytest

from stoppress.alerts import actions
from stoppress.delivery.choices import DeliveryState as State
from stoppress.delivery.models import Delivery
from stoppress.runtime.clock import utc_now
from stoppress.service.monitoring.alarms import find_alarms
from stoppress.service.monitoring.mail_statistics import mail_statistics
from stoppress.service.monitoring.system_status import SystemStatus
from tests.factories.alerts import add_subscribers, send_post_alert
from tests.fakes.smtp_server import SMTPServer
from tests.support.mailer_thread import MailerThread, relay_url
from tests.support.waiting import wait_until as until

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.timeout(110),
    pytest.mark.usefixtures("mailer_home"),
]


@pytest.fixture
def clock():
    return utc_now


def wait(seconds):
    end = monotonic() + seconds
    until(lambda: monotonic() > end, seconds + 5)


def given_once(*relays):
    """Everybody who got it got it once; how many they are."""
    got = Counter(one.recipient for relay in relays for one in relay.accepted)
    assert set(got.values()) <= {1}
    return len(got)


@pytest.mark.parametrize("verb", ["connect", "EHLO"])
def test_mail_moves_within_seconds_when_a_relay_that_was_silent_answers_again(blog, post, clock, verb):
    add_subscribers(60, clock())
    with SMTPServer() as relay, MailerThread(relay_url(relay)):
        relay.hang_at(verb)
        alert = send_post_alert(blog, post, clock)
        wait(14)
        assert relay.connections >= 3
        assert not Delivery.objects.exclude(attempts=0, state=State.PENDING).exists()
        relay.hang_at("")
        until(lambda: len(relay.accepted) == 60, 12)
        until(lambda: actions.load_receipt(alert).is_finished, 5)
    assert actions.load_receipt(alert).summary() == "60 accepted"
    assert given_once(relay) == 60


def test_mail_moves_again_when_a_relay_that_was_silent_after_mail_answers(blog, post, clock):
    add_subscribers(60, clock())
    with SMTPServer() as relay, MailerThread(relay_url(relay)):
        relay.hang_at("MAIL")
        alert = send_post_alert(blog, post, clock)
        wait(14)
        assert Delivery.objects.filter(state=State.IN_FLIGHT).count() <= 4
        relay.hang_at("")
        until(lambda: actions.load_receipt(alert).is_finished, 40)
    assert actions.load_receipt(alert).summary() == "60 accepted"
    assert given_once(relay) == 60


@pytest.mark.parametrize("verb", ["connect", "MAIL"])
def test_a_silent_relay_holds_back_hardly_anything_from_the_other(blog, post, clock, verb):
    add_subscribers(200, clock())
    with SMTPServer() as silent, SMTPServer() as good, MailerThread(f"{relay_url(silent)} {relay_url(good)}"):
        silent.hang_at(verb)
        good.slow(0.01)
        alert = send_post_alert(blog, post, clock)
        until(lambda: len(good.accepted) >= 196, 25)
        until(lambda: actions.load_receipt(alert).is_finished, 40)
    assert actions.load_receipt(alert).summary() == "200 accepted"
    assert given_once(silent, good) == 200


def test_a_relay_that_puts_off_every_sender_gets_no_second_window_at_once(blog, post, clock, caplog):
    caplog.set_level(logging.WARNING)
    add_subscribers(300, clock())
    with SMTPServer() as relay, MailerThread(relay_url(relay)):
        relay.answer("MAIL", "452 4.3.1 no space")
        alert = send_post_alert(blog, post, clock)
        wait(8)
        assert sum(line.startswith("MAIL") for line in relay.commands) < 200
        assert "MAIL: 452" in caplog.text
        del relay.answers["MAIL"]
        until(lambda: actions.load_receipt(alert).is_finished, 25)
    assert actions.load_receipt(alert).summary() == "300 accepted"
    assert given_once(relay) == 300


def test_mail_moves_again_when_every_connection_hangs_after_the_final_dot(blog, post, clock):
    add_subscribers(60, clock())
    with SMTPServer() as relay, MailerThread(relay_url(relay)):
        relay.hang_after_dot()
        alert = send_post_alert(blog, post, clock)
        until(lambda: len(relay.accepted) == 4)
        wait(12)
        relay.at_dot = ""
        until(lambda: len(relay.accepted) == 60, 40)
        until(lambda: actions.load_receipt(alert)[State.ACCEPTED] == 56, 10)
        assert relay.connections > 4
    assert actions.load_receipt(alert).summary() == "56 accepted, 4 uncertain"
    assert given_once(relay) == 60


def codes(now):
    """Codes of the alarms that stand, for a process that has watched for an hour."""
    since = now - timedelta(hours=1)
    mail = mail_statistics(now, watched_since=since)
    return {alarm.code for alarm in find_alarms(SystemStatus(mail=mail, watched_since=since), now)}


@pytest.mark.parametrize("verb", ["connect", "EHLO", "MAIL", "DATA"])
def test_urgent_mail_that_a_silent_relay_holds_is_an_alarm_until_it_has_left(blog, post, clock, verb):
    add_subscribers(30, clock() - timedelta(minutes=5))
    with SMTPServer() as relay, MailerThread(relay_url(relay)):
        relay.hang_at(verb)
        alert = send_post_alert(blog, post, lambda: clock() - timedelta(seconds=50))
        assert codes(clock()) == set()
        until(lambda: "late" in codes(clock()), 20)
        until(lambda: "relay" in codes(clock()), 45)
        relay.hang_at("")
        until(lambda: actions.load_receipt(alert).is_finished, 70)
        until(lambda: codes(clock()) == set(), 12)
    assert given_once(relay) == 30


def test_a_relay_that_puts_off_every_recipient_is_an_alarm(blog, post, clock):
    add_subscribers(30, clock() - timedelta(minutes=5))
    with SMTPServer() as relay, MailerThread(relay_url(relay)):
        relay.answer("RCPT", "451 4.7.1 later")
        alert = send_post_alert(blog, post, lambda: clock() - timedelta(seconds=50))
        until(lambda: actions.load_receipt(alert)[State.DEFERRED] == 30, 20)
        until(lambda: "late" in codes(clock()), 20)
        assert actions.load_receipt(alert)[State.ACCEPTED] == 0
