"""Two mailers on one PostgreSQL: they share the work, nobody is mailed twice, and one tells what a dead one left."""

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
NUMBER = 600


@pytest.fixture
def clock():
    """The real time: the mailers wait for it."""
    return lambda: datetime.now(UTC)


@pytest.fixture
def start(tmp_path):
    """Start a mailer process, each in a home of its own; all of them are gone afterwards."""
    known = connection.settings_dict
    children = []

    def run(relay):
        environment = os.environ | {
            "DJANGO_SETTINGS_MODULE": "stoppress.service.settings",
            "STOPPRESS_HOME": str(tmp_path / f"home-{len(children)}"),
            "STOPPRESS_SECRET_KEY": django_settings.SECRET_KEY,
            "STOPPRESS_SMTP_URL": f"smtp://127.0.0.1:{relay.port}",
            "DATABASE_URL": "postgresql://{USER}:{PASSWORD}@{HOST}:{PORT}/{NAME}".format(**known),
        }
        child = subprocess.Popen([sys.executable, "-c", MAILER_PROGRAM], env=environment, stdin=subprocess.PIPE)
        children.append(child)
        return child

    yield run
    for child in children:
        child.kill()
        child.wait()
        child.stdin.close()


def taken_by(relay):
    return Counter(received.recipient for received in relay.accepted)


def test_both_work_and_nobody_is_mailed_twice(blog, post, clock, start):
    add_subscribers(NUMBER, clock())
    with SMTPServer() as relay:
        relay.slow(0.01)
        for _ in range(2):
            start(relay)
        wait_until(lambda: _alive() == 2)
        alert = send_post_alert(blog, post, clock)
        wait_until(lambda: actions.load_receipt(alert).is_finished)
        assert taken_by(relay) == Counter(f"r{number}@example.com" for number in range(NUMBER))
    assert actions.load_receipt(alert)[State.ACCEPTED] == NUMBER
    assert Delivery.objects.values("holder").distinct().count() == 2


def test_what_a_dead_one_had_on_its_way_is_told_by_the_other(blog, post, clock, start):
    add_subscribers(NUMBER, clock())
    with SMTPServer() as relay:
        relay.slow(0.01)
        first = start(relay)
        start(relay)
        wait_until(lambda: _alive() == 2)
        alert = send_post_alert(blog, post, clock)
        wait_until(lambda: len(relay.accepted) > NUMBER // 4)
        first.send_signal(signal.SIGKILL)
        wait_until(lambda: actions.load_receipt(alert).is_finished)
        got = taken_by(relay)
    receipt = actions.load_receipt(alert)
    assert receipt[State.ACCEPTED] + receipt[State.UNCERTAIN] == NUMBER == receipt.intended
    assert max(got.values()) == 1 and receipt[State.UNCERTAIN] <= 4 * 25
    accepted = Delivery.objects.filter(state=State.ACCEPTED).values_list("subscriber__email", flat=True)
    assert set(accepted) <= set(got)


def _alive():
    return MailerRun.objects.filter(ended_at__isnull=True).count()
