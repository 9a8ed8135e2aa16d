"""Two mailers on one PostgreSQL database share the work, send nothing twice, and settle for a dead mailer."""

import os
import signal
import subprocess
import sys
from collections import Counter
from datetime import UTC, datetime

import pytest
from django.conf import settings as django_settings
from django.db import connection

from stoppress.alerts import actions
from stoppress.delivery.choices import DeliveryState as State
from stoppress.delivery.models import Delivery, MailerRun
from tests.factories.alerts import add_subscribers, send_post_alert
from tests.fakes.smtp_server import SMTPServer
from tests.support.mailer_processes import MAILER_PROGRAM
from tests.support.waiting import wait_until

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.postgresql, pytest.mark.timeout(120)]
SUBSCRIBERS = 600


@pytest.fixture
def clock():
    """Return the real time, because the mailers wait for it."""
    return lambda: datetime.now(UTC)


@pytest.fixture
def start(tmp_path):
    """Return a function that starts a mailer process in its own home folder; kill all of them afterwards."""
    database = connection.settings_dict
    children = []

    def run(relay):
        environment = os.environ | {
            "DJANGO_SETTINGS_MODULE": "stoppress.service.settings",
            "STOPPRESS_HOME": str(tmp_path / f"home-{len(children)}"),
            "STOPPRESS_SECRET_KEY": django_settings.SECRET_KEY,
            "STOPPRESS_SMTP_URL": f"smtp://127.0.0.1:{relay.port}",
            "DATABASE_URL": "postgresql://{USER}:{PASSWORD}@{HOST}:{PORT}/{NAME}".format(**database),
        }
        child = subprocess.Popen([sys.executable, "-c", MAILER_PROGRAM], env=environment, stdin=subprocess.PIPE)
        children.append(child)
        return child

    yield run
    for child in children:
        child.kill()
        child.wait()
        child.stdin.close()


def count_accepted(relay):
    return Counter(received.recipient for received in relay.accepted)


def test_two_mailers_share_the_work_and_send_nothing_twice(blog, post, clock, start):
    add_subscribers(SUBSCRIBERS, clock())
    with SMTPServer() as relay:
        relay.delay_replies(0.01)
        for _ in range(2):
            start(relay)
        wait_until(lambda: count_running_mailers() == 2)
        alert = send_post_alert(blog, post, clock)
        wait_until(lambda: actions.load_receipt(alert).is_finished)
        assert count_accepted(relay) == Counter(f"r{number}@example.com" for number in range(SUBSCRIBERS))
    assert actions.load_receipt(alert)[State.ACCEPTED] == SUBSCRIBERS
    assert Delivery.objects.values("holder").distinct().count() == 2


def test_other_mailer_settles_deliveries_in_flight_when_a_mailer_is_dead(blog, post, clock, start):
    add_subscribers(SUBSCRIBERS, clock())
    with SMTPServer() as relay:
        relay.delay_replies(0.01)
        first = start(relay)
        start(relay)
        wait_until(lambda: count_running_mailers() == 2)
        alert = send_post_alert(blog, post, clock)
        wait_until(lambda: len(relay.accepted) > SUBSCRIBERS // 4)
        first.send_signal(signal.SIGKILL)
        wait_until(lambda: actions.load_receipt(alert).is_finished)
        counts = count_accepted(relay)
    receipt = actions.load_receipt(alert)
    assert receipt[State.ACCEPTED] + receipt[State.UNCERTAIN] == SUBSCRIBERS == receipt.intended
    assert max(counts.values()) == 1 and receipt[State.UNCERTAIN] <= 4 * 25
    accepted = Delivery.objects.filter(state=State.ACCEPTED).values_list("subscriber__email", flat=True)
    assert set(accepted) <= set(counts)


def count_running_mailers():
    return MailerRun.objects.filter(ended_at__isnull=True).count()
