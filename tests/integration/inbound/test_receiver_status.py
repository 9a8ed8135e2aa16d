"""Status of the receivers: stored by each process, and evaluated by monitoring."""

import os
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from threading import Event

import pytest
from django.conf import settings as django_settings
from django.db import connection
from django.test import override_settings

from stoppress.delivery.mailer_liveness import HeartbeatObserver
from stoppress.inbound import receiver_status
from stoppress.inbound.models import ReceiverStatus
from stoppress.inbound.receive.imap_poller import _poll_and_store_status
from stoppress.inbound.receive.mailbox_url import MailboxUrl
from stoppress.inbound.receiver_status import (
    FAULT_ALARM_DELAY,
    STALE_AFTER,
    ReceiverKind,
    receiver_health,
    remove_status,
    store_status,
)
from stoppress.service.monitoring.mail_statistics import mail_statistics
from tests.factories.mailbox_urls import mailbox_url
from tests.fakes.imap_server import FakeImapServer
from tests.support.web_server import free_port, wait_until

pytestmark = pytest.mark.django_db(transaction=True)
MINUTE = 60
MAILBOX_CONFIGURED = override_settings(BOUNCE_MAILBOX=MailboxUrl.parse("imaps://bounces:secret@mail.halden.test/INBOX"))


@pytest.fixture
def watched_since(clock):
    """Return when monitoring began: an hour ago."""
    return clock() - timedelta(hours=1)


def faults(clock, watched_since, kind=ReceiverKind.MAILBOX):
    health = receiver_health(clock(), watched_since=watched_since)
    return dict(health[kind].faults) if kind in health else None


def test_fault_is_reported_after_alarm_delay_until_receiver_works(clock, watched_since):
    store_status(ReceiverKind.MAILBOX, now=clock(), host="mx1")
    for minute in range(7):
        store_status(ReceiverKind.MAILBOX, "LOGIN failed for bounces@halden.test", now=clock.tick(MINUTE), host="mx1")
        is_reported = timedelta(minutes=minute) >= FAULT_ALARM_DELAY
        assert faults(clock, watched_since) == ({"mx1": "LOGIN failed for …@halden.test"} if is_reported else {})
    assert (
        receiver_health(clock(), watched_since=watched_since)[ReceiverKind.MAILBOX].seconds_since_success == 7 * MINUTE
    )
    store_status(ReceiverKind.MAILBOX, now=clock.tick(MINUTE), host="mx1")
    assert faults(clock, watched_since) == {} and ReceiverStatus.objects.count() == 1


def test_alarm_delay_does_not_restart_when_fault_changes(clock, watched_since):
    for minute in range(7):
        store_status(ReceiverKind.MAILBOX, f"fault {minute % 2}", now=clock.tick(MINUTE), host="mx1")
    assert faults(clock, watched_since) == {"mx1": "fault 0"}


def test_faults_are_reported_per_host(clock, watched_since):
    for _ in range(7):
        store_status(ReceiverKind.LISTENER, now=clock.tick(MINUTE), host="mx1")
        store_status(ReceiverKind.LISTENER, "Address already in use", now=clock(), host="mx2")
    assert faults(clock, watched_since, ReceiverKind.LISTENER) == {"mx2": "Address already in use"}


def test_configured_receiver_is_a_fault_when_no_process_runs_it(clock, watched_since):
    assert faults(clock, watched_since) is None
    with MAILBOX_CONFIGURED:
        assert faults(clock, watched_since) == {"": "no process polls the mailbox"}
        assert faults(clock, clock() - FAULT_ALARM_DELAY / 2) == {}, "the receiver may still be starting"
        store_status(ReceiverKind.MAILBOX, now=clock(), host="mx1")
        assert faults(clock, watched_since) == {}
        clock.tick(STALE_AFTER.total_seconds() + 1)
        assert faults(clock, watched_since) == {"": "no process polls the mailbox"}


def test_removed_status_is_no_fault_when_receiver_is_not_configured(clock, watched_since):
    store_status(ReceiverKind.MAILBOX, "LOGIN failed", now=clock(), host="mx1")
    remove_status(ReceiverKind.MAILBOX, host="mx1")
    clock.tick(6 * MINUTE)
    assert faults(clock, watched_since) is None


def test_poll_stores_success_and_fault(tmp_path):
    with FakeImapServer() as server:
        _poll_and_store_status(mailbox_url(server, password="wrong"), tmp_path, Event().is_set)
        assert ReceiverStatus.objects.get().fault and ReceiverStatus.objects.get().succeeded_at is None
        _poll_and_store_status(mailbox_url(server), tmp_path, Event().is_set)
    assert ReceiverStatus.objects.get().fault == "" and ReceiverStatus.objects.get().succeeded_at
    unreachable = MailboxUrl.parse(f"imaps://a:hush@127.0.0.1:{free_port()}/INBOX")
    _poll_and_store_status(unreachable, tmp_path, Event().is_set)
    assert "refused" in ReceiverStatus.objects.get().fault and "hush" not in ReceiverStatus.objects.get().fault


def test_mail_statistics_contain_receiver_health(clock):
    store_status(ReceiverKind.MAILBOX, now=clock())
    health = mail_statistics(clock.tick(3), watched_since=clock()).receiver_health
    assert health[ReceiverKind.MAILBOX].seconds_since_success == 3 and ReceiverKind.LISTENER not in health


def start_process(tmp_path, port):
    database = connection.settings_dict["NAME"]
    environment = os.environ | {
        "DJANGO_SETTINGS_MODULE": "stoppress.service.settings",
        "STOPPRESS_HOME": str(tmp_path),
        "STOPPRESS_SECRET_KEY": django_settings.SECRET_KEY,
        "STOPPRESS_BOUNCE_LISTEN_ADDRESSES": f"smtp://127.0.0.1:{port}",
    }
    program = f"""
import django, sys
from django.conf import settings
settings.DATABASES["default"]["NAME"] = {str(database)!r}
django.setup()
from stoppress.inbound.receive.process import main
sys.exit(main())
"""
    return subprocess.Popen([sys.executable, "-c", program], env=environment, stdin=subprocess.PIPE)


def test_bounces_process_stores_listener_status(tmp_path):
    port = free_port()
    first = start_process(tmp_path / "a", port)
    wait_until(lambda: ReceiverStatus.objects.filter(kind=ReceiverKind.LISTENER, fault="").exists(), 20)
    second = start_process(tmp_path / "b", port)
    assert second.wait(20) == 2
    second.stdin.close()
    assert "in use" in ReceiverStatus.objects.get().fault
    assert ReceiverStatus.objects.get().changed_at > datetime.now(UTC) - timedelta(minutes=1)
    first.stdin.close()
    assert first.wait(20) == 0
    assert not ReceiverStatus.objects.exists()


def test_receiver_is_watched_by_a_monotonic_clock_when_the_clock_jumps(monkeypatch):
    seconds = [0.0]
    observer = HeartbeatObserver(lambda: seconds[0], timeout=timedelta(minutes=10))
    monkeypatch.setitem(receiver_status.observers, ReceiverKind.LISTENER, observer)
    start = datetime(2026, 3, 8, 20, 0, tzinfo=UTC)

    def faults(now):
        health = receiver_health(now, watched_since=start - timedelta(days=1))
        return dict(health[ReceiverKind.LISTENER].faults)

    with override_settings(BOUNCE_LISTEN_ADDRESSES=("smtp://0.0.0.0:2525",)):
        for minute in range(3):
            store_status(ReceiverKind.LISTENER, now=start + timedelta(minutes=minute), host="mail1")
            assert faults(start + timedelta(minutes=minute)) == {}
            seconds[0] += 60
        assert faults(start + timedelta(hours=3)) == {}, "the clock was set forward"
        assert faults(start - timedelta(hours=3)) == {}, "the clock was set back"
        seconds[0] += 600
        assert faults(start - timedelta(hours=3)) == {"": "no process listens"}
