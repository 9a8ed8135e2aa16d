"""`kill -9` during a send: no recipient is forgotten or mailed twice, and unknown outcomes are uncertain."""

import os
import signal
import subprocess
import sys
from collections import Counter
from datetime import UTC, datetime
from pathlib import Path
from time import sleep

import pytest
from django.conf import settings as django_settings
from django.db import connection

from stoppress.alerts import actions
from stoppress.delivery.choices import DeliveryState as State
from stoppress.delivery.models import Delivery
from tests.factories.alerts import add_subscribers, send_post_alert
from tests.fakes.smtp_server import SMTPServer
from tests.support.mailer_processes import MAILER_PROGRAM
from tests.support.waiting import wait_until

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.timeout(120)]

SUBSCRIBERS = 400


@pytest.fixture
def clock():
    """Return the real time, because the mailer waits for it."""
    return lambda: datetime.now(UTC)


@pytest.fixture
def start(tmp_path):
    """Return a function that starts a mailer process on the test's own database; kill all of them afterwards."""
    name = connection.settings_dict["NAME"]
    if connection.vendor != "sqlite" or "memory" in str(name):
        pytest.skip("needs a database file that another process can open")
    children = []

    def run(relay):
        environment = os.environ | {
            "DJANGO_SETTINGS_MODULE": "stoppress.service.settings",
            "STOPPRESS_HOME": str(tmp_path),
            "STOPPRESS_SECRET_KEY": django_settings.SECRET_KEY,
            "STOPPRESS_SMTP_URL": f"smtp://127.0.0.1:{relay.port}",
            "DATABASE_URL": f"sqlite:///{name}",
        }
        child = subprocess.Popen([sys.executable, "-c", MAILER_PROGRAM], env=environment, stdin=subprocess.PIPE)
        children.append(child)
        return child

    yield run
    for child in children:
        child.kill()
        child.wait()
        child.stdin.close()


def test_no_recipient_is_missing_or_mailed_twice_when_the_mailer_is_killed(blog, post, clock, start):
    add_subscribers(SUBSCRIBERS, clock())
    with SMTPServer() as relay:
        relay.delay_replies(0.005)
        alert = send_post_alert(blog, post, clock)
        for kills in (20, 120):
            mailer = start(relay)
            wait_until(lambda kills=kills: len(relay.accepted) > kills)
            mailer.send_signal(signal.SIGKILL)
            mailer.wait()
        start(relay)
        wait_until(lambda: actions.load_receipt(alert).is_finished)
        counts = Counter(received.recipient for received in relay.accepted)
    receipt = actions.load_receipt(alert)
    assert receipt.intended == SUBSCRIBERS
    assert receipt[State.ACCEPTED] + receipt[State.UNCERTAIN] == SUBSCRIBERS
    assert 0 < receipt[State.UNCERTAIN] <= 2 * 2 * 100
    assert set(counts.values()) == {1}
    uncertain = emails_in_state(State.UNCERTAIN)
    assert set(counts) - uncertain == emails_in_state(State.ACCEPTED)


def test_only_started_deliveries_are_uncertain_when_the_mailer_is_killed(blog, post, clock, start):
    """At most 2 messages on each of 4 connections, and replies of the last moment before each of 3 kills."""
    add_subscribers(SUBSCRIBERS, clock())
    with SMTPServer() as relay:
        relay.delay_replies(0.02)
        alert = send_post_alert(blog, post, clock)
        for accepted_before in (10, 60, 110):
            mailer = start(relay)
            wait_until(lambda accepted_before=accepted_before: len(relay.accepted) > accepted_before)
            mailer.send_signal(signal.SIGKILL)
            mailer.wait()
        relay.delay_replies(0)
        start(relay)
        wait_until(lambda: actions.load_receipt(alert).is_finished)
        counts = Counter(received.recipient for received in relay.accepted)
        started = {int(sender.removeprefix("bounce+").partition(".")[0], 16) for sender in relay.senders}
    uncertain = set(Delivery.objects.filter(state=State.UNCERTAIN).values_list("pk", flat=True))
    accepted = set(Delivery.objects.filter(state=State.ACCEPTED).values_list("pk", flat=True))
    assert len(accepted | uncertain) == SUBSCRIBERS and not accepted & uncertain
    assert started <= accepted | uncertain
    assert set(counts.values()) == {1}
    assert emails_in_state(State.ACCEPTED) <= set(counts)
    assert len(uncertain) <= 3 * 20
    assert len(uncertain - started) <= 3 * 8


def test_everything_in_flight_is_uncertain_when_a_killed_mailer_left_no_journal(blog, post, clock, start, tmp_path):
    add_subscribers(SUBSCRIBERS, clock())
    with SMTPServer() as relay:
        relay.delay_replies(0.02)
        alert = send_post_alert(blog, post, clock)
        mailer = start(relay)
        wait_until(lambda: len(relay.accepted) > 10)
        mailer.send_signal(signal.SIGSTOP)
        wait_until(lambda: Delivery.objects.filter(state=State.IN_FLIGHT).count() > 25)
        in_flight = Delivery.objects.filter(state=State.IN_FLIGHT).count()
        [journal] = (tmp_path / "run").glob("mailer-*.journal")
        journal.unlink()
        mailer.kill()
        mailer.wait()
        relay.delay_replies(0)
        start(relay)
        wait_until(lambda: actions.load_receipt(alert).is_finished)
    uncertain = actions.load_receipt(alert)[State.UNCERTAIN]
    assert uncertain > 25 and in_flight - 25 <= uncertain <= in_flight + 100


def test_mailer_ends_and_its_successor_repeats_nothing_when_the_ledger_process_is_killed(blog, post, clock, start):
    add_subscribers(SUBSCRIBERS, clock())
    with SMTPServer() as relay:
        relay.delay_replies(0.005)
        alert = send_post_alert(blog, post, clock)
        mailer = start(relay)
        wait_until(lambda: len(relay.accepted) > 20)
        os.kill(ledger_process_pid(mailer), signal.SIGKILL)
        assert mailer.wait(30) not in (0, 2)
        start(relay)
        wait_until(lambda: actions.load_receipt(alert).is_finished)
        counts = Counter(received.recipient for received in relay.accepted)
    receipt = actions.load_receipt(alert)
    assert receipt.intended == receipt[State.ACCEPTED] + receipt[State.UNCERTAIN] == SUBSCRIBERS
    assert 0 < receipt[State.UNCERTAIN] <= 2 * 100
    assert set(counts.values()) == {1}
    assert set(counts) - emails_in_state(State.UNCERTAIN) == emails_in_state(State.ACCEPTED)


def test_ledger_process_ends_when_its_mailer_is_killed(start):
    with SMTPServer() as relay:
        mailer = start(relay)
        wait_until(lambda: ledger_process_pid(mailer))
        ledger_process = ledger_process_pid(mailer)
        mailer.kill()
        mailer.wait()
        wait_until(lambda: not is_alive(ledger_process), 5)


def ledger_process_pid(mailer):
    """Return the pid of the ledger process, 0 if there is none yet."""
    children = Path(f"/proc/{mailer.pid}/task/{mailer.pid}/children").read_text().split()
    return int(children[0]) if children else 0


def is_alive(pid):
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


def emails_in_state(state):
    return set(Delivery.objects.filter(state=state).values_list("subscriber__email", flat=True))


def test_mailer_ends_cleanly_when_its_parent_closes_the_pipe(blog, post, clock, start):
    add_subscribers(50, clock())
    with SMTPServer() as relay:
        alert = send_post_alert(blog, post, clock)
        mailer = start(relay)
        wait_until(lambda: len(relay.accepted) > 3)
        mailer.stdin.close()
        assert mailer.wait(20) == 0
    receipt = actions.load_receipt(alert)
    assert receipt[State.IN_FLIGHT] == receipt[State.UNCERTAIN] == 0
    assert receipt[State.ACCEPTED] == len(relay.accepted)


def test_second_mailer_exits_with_code_2_when_one_is_running(start):
    with SMTPServer() as relay:
        first = start(relay)
        sleep(2)
        second = start(relay)
        assert second.wait(20) == 2
        first.terminate()
        assert first.wait(20) == 0
