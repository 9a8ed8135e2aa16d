"""A relay that accepts connections without replies: mail goes through another one, or leaves once it replies again."""

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
from stoppress.smtp import Timeouts
from tests.factories.alerts import add_subscribers, send_post_alert
from tests.fakes.smtp_server import SMTPServer
from tests.support.mailer_thread import MailerThread, relay_url
from tests.support.waiting import wait_until

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.timeout(170),
    pytest.mark.usefixtures("mailer_home"),
]


@pytest.fixture
def clock():
    return utc_now


def wait_for_seconds(seconds):
    end = monotonic() + seconds
    wait_until(lambda: monotonic() > end, seconds + 5)


def count_recipients(*relays):
    """Assert that no recipient got a message twice; return the number of recipients."""
    counts = Counter(message.recipient for relay in relays for message in relay.accepted)
    assert set(counts.values()) <= {1}
    return len(counts)


@pytest.mark.parametrize("verb", ["connect", "EHLO"])
def test_mail_leaves_within_seconds_when_a_silent_relay_replies_again(blog, post, clock, verb):
    add_subscribers(60, clock())
    with SMTPServer() as relay, MailerThread(relay_url(relay)):
        relay.hang_at(verb)
        alert = send_post_alert(blog, post, clock)
        wait_for_seconds(14)
        assert relay.connections >= 3
        assert not Delivery.objects.exclude(attempts=0, state=State.PENDING).exists()
        relay.hang_at("")
        wait_until(lambda: len(relay.accepted) == 60, 12)
        wait_until(lambda: actions.load_receipt(alert).is_finished, 5)
    assert actions.load_receipt(alert).summary() == "60 accepted"
    assert count_recipients(relay) == 60


def test_mail_leaves_when_a_relay_that_was_silent_after_mail_replies_again(blog, post, clock):
    add_subscribers(60, clock())
    with SMTPServer() as relay, MailerThread(relay_url(relay)):
        relay.hang_at("MAIL")
        alert = send_post_alert(blog, post, clock)
        wait_for_seconds(14)
        assert Delivery.objects.filter(state=State.IN_FLIGHT).count() <= 4
        relay.hang_at("")
        wait_until(lambda: actions.load_receipt(alert).is_finished, 40)
    assert actions.load_receipt(alert).summary() == "60 accepted"
    assert count_recipients(relay) == 60


@pytest.mark.parametrize("verb", ["connect", "MAIL"])
def test_silent_relay_delays_at_most_a_few_messages_of_another_relay(blog, post, clock, verb):
    add_subscribers(200, clock())
    with SMTPServer() as silent, SMTPServer() as good, MailerThread(f"{relay_url(silent)} {relay_url(good)}"):
        silent.hang_at(verb)
        good.delay_replies(0.01)
        alert = send_post_alert(blog, post, clock)
        wait_until(lambda: len(good.accepted) >= 196, 25)
        wait_until(lambda: actions.load_receipt(alert).is_finished, 40)
    assert actions.load_receipt(alert).summary() == "200 accepted"
    assert count_recipients(silent, good) == 200


def test_relay_gets_no_second_window_at_once_when_it_defers_every_sender(blog, post, clock, caplog):
    caplog.set_level(logging.WARNING)
    add_subscribers(300, clock())
    with SMTPServer() as relay, MailerThread(relay_url(relay)):
        relay.set_reply("MAIL", "452 4.3.1 no space")
        alert = send_post_alert(blog, post, clock)
        wait_for_seconds(8)
        assert sum(line.startswith("MAIL") for line in relay.commands) < 200
        assert "MAIL: 452" in caplog.text
        del relay.answers["MAIL"]
        wait_until(lambda: actions.load_receipt(alert).is_finished, 25)
    assert actions.load_receipt(alert).summary() == "300 accepted"
    assert count_recipients(relay) == 300


def test_mail_leaves_through_new_connections_when_every_connection_is_silent_after_the_final_dot(blog, post, clock):
    add_subscribers(60, clock())
    with SMTPServer() as relay, MailerThread(relay_url(relay)):
        relay.hang_after_dot()
        alert = send_post_alert(blog, post, clock)
        wait_until(lambda: len(relay.accepted) == 4)
        wait_for_seconds(12)
        relay.at_dot = ""
        wait_until(lambda: len(relay.accepted) == 60, 40)
        wait_until(lambda: actions.load_receipt(alert)[State.ACCEPTED] == 56, 10)
        assert relay.connections > 4
    assert actions.load_receipt(alert).summary() == "56 accepted, 4 uncertain"
    assert count_recipients(relay) == 60


def alarm_codes(now):
    """Return the codes of the raised alarms in a process that has monitored for an hour."""
    since = now - timedelta(hours=1)
    mail = mail_statistics(now, watched_since=since)
    return {alarm.code for alarm in find_alarms(SystemStatus(mail=mail, watched_since=since), now)}


@pytest.mark.parametrize("verb", ["connect", "EHLO", "MAIL", "DATA"])
def test_alarm_is_raised_until_urgent_mail_has_left_a_silent_relay(blog, post, clock, verb):
    add_subscribers(30, clock() - timedelta(minutes=5))
    with SMTPServer() as relay, MailerThread(relay_url(relay)):
        relay.hang_at(verb)
        alert = send_post_alert(blog, post, lambda: clock() - timedelta(seconds=50))
        assert alarm_codes(clock()) == set()
        wait_until(lambda: "late" in alarm_codes(clock()), 20)
        wait_until(lambda: "relay" in alarm_codes(clock()), 45)
        relay.hang_at("")
        # A substitute connection may have sent DATA just before: its reply times out first, then the retry follows.
        wait_until(lambda: actions.load_receipt(alert).is_finished, Timeouts().data + 30)
        wait_until(lambda: alarm_codes(clock()) == set(), 12)
    assert count_recipients(relay) == 30


def test_alarm_is_active_when_a_relay_defers_every_recipient(blog, post, clock):
    add_subscribers(30, clock() - timedelta(minutes=5))
    with SMTPServer() as relay, MailerThread(relay_url(relay)):
        relay.set_reply("RCPT", "451 4.7.1 later")
        alert = send_post_alert(blog, post, lambda: clock() - timedelta(seconds=50))
        wait_until(lambda: actions.load_receipt(alert)[State.DEFERRED] == 30, 20)
        wait_until(lambda: "late" in alarm_codes(clock()), 20)
        assert actions.load_receipt(alert)[State.ACCEPTED] == 0
