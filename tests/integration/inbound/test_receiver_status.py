"""That nothing comes back is only good news while something could: each way in says how it stands."""

import os
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from threading import Event

import pytest
from django.conf import settings as django_settings
from django.db import connection
from django.test import override_settings

from stoppress.inbound.models import ReceiverStatus
from stoppress.inbound.receive.imap_poller import _poll_and_store_status
from stoppress.inbound.receive.mailbox_url import MailboxUrl
from stoppress.inbound.receiver_status import FAULT_ALARM_DELAY, STALE_AFTER, ReceiverKind, remove_status, store_status, receiver_health
from stoppress.service.monitoring.mail_statistics import mail_statistics
from tests.factories.mailbox_urls import mailbox_url
from tests.fakes.imap_server import FakeImapServer
from tests.support.web_server import free_port, wait_until

pytestmark = pytest.mark.django_db(transaction=True)
MINUTE = 60
WANTED = override_settings(BOUNCE_MAILBOX=MailboxUrl.parse("imaps://bounces:secret@mail.halden.test/INBOX"))


@pytest.fixture
def began(clock):
    """When whoever watches began to: an hour before."""
    return clock() - timedelta(hours=1)


def faults(clock, began, way=ReceiverKind.MAILBOX):
    found = receiver_health(clock(), watched_since=began)
    return dict(found[way].faults) if way in found else None


def test_a_mailbox_that_cannot_be_read_is_told_after_some_minutes_and_until_it_can(clock, began):
    store_status(ReceiverKind.MAILBOX, now=clock(), host="mx1")
    for minute in range(7):
        store_status(ReceiverKind.MAILBOX, "LOGIN failed for bounces@halden.test", now=clock.tick(MINUTE), host="mx1")
        overdue = timedelta(minutes=minute) >= FAULT_ALARM_DELAY
        assert faults(clock, began) == ({"mx1": "LOGIN failed for …@halden.test"} if overdue else {})
    assert receiver_health(clock(), watched_since=began)[ReceiverKind.MAILBOX].seconds_since_success == 7 * MINUTE
    store_status(ReceiverKind.MAILBOX, now=clock.tick(MINUTE), host="mx1")
    assert faults(clock, began) == {} and ReceiverStatus.objects.count() == 1


def test_another_fault_does_not_begin_the_time_anew(clock, began):
    for minute in range(7):
        store_status(ReceiverKind.MAILBOX, f"fault {minute % 2}", now=clock.tick(MINUTE), host="mx1")
    assert faults(clock, began) == {"mx1": "fault 0"}


def test_two_machines_are_told_apart(clock, began):
    for _ in range(7):
        store_status(ReceiverKind.LISTENER, now=clock.tick(MINUTE), host="mx1")
        store_status(ReceiverKind.LISTENER, "Address already in use", now=clock(), host="mx2")
    assert faults(clock, began, ReceiverKind.LISTENER) == {"mx2": "Address already in use"}


def test_a_way_in_that_is_set_up_and_that_nobody_takes_is_a_fault(clock, began):
    assert faults(clock, began) is None
    with WANTED:
        assert faults(clock, began) == {"": "no process polls the mailbox"}
        assert faults(clock, clock() - FAULT_ALARM_DELAY / 2) == {}, "it may still be starting"
        store_status(ReceiverKind.MAILBOX, now=clock(), host="mx1")
        assert faults(clock, began) == {}
        clock.tick(STALE_AFTER.total_seconds() + 1)
        assert faults(clock, began) == {"": "no process polls the mailbox"}


def test_a_process_that_ends_as_it_should_is_not_missed_where_it_is_not_wanted(clock, began):
    store_status(ReceiverKind.MAILBOX, "LOGIN failed", now=clock(), host="mx1")
    remove_status(ReceiverKind.MAILBOX, host="mx1")
    clock.tick(6 * MINUTE)
    assert faults(clock, began) is None


def test_looking_into_the_mailbox_tells_how_that_went(tmp_path):
    with FakeImapServer() as server:
        _poll_and_store_status(mailbox_url(server, password="wrong"), tmp_path, Event().is_set)
        assert ReceiverStatus.objects.get().fault and ReceiverStatus.objects.get().succeeded_at is None
        _poll_and_store_status(mailbox_url(server), tmp_path, Event().is_set)
    assert ReceiverStatus.objects.get().fault == "" and ReceiverStatus.objects.get().succeeded_at
    nowhere = MailboxUrl.parse(f"imaps://a:hush@127.0.0.1:{free_port()}/INBOX")
    _poll_and_store_status(nowhere, tmp_path, Event().is_set)
    assert "refused" in ReceiverStatus.objects.get().fault and "hush" not in ReceiverStatus.objects.get().fault


def test_the_figures_have_it(clock):
    store_status(ReceiverKind.MAILBOX, now=clock())
    found = mail_statistics(clock.tick(3), watched_since=clock()).receiver_health
    assert found[ReceiverKind.MAILBOX].seconds_since_success == 3 and ReceiverKind.LISTENER not in found


def start(tmp_path, port):
    name = connection.settings_dict["NAME"]
    environment = os.environ | {
        "DJANGO_SETTINGS_MODULE": "stoppress.service.settings",
        "STOPPRESS_HOME": str(tmp_path),
        "STOPPRESS_SECRET_KEY": django_settings.SECRET_KEY,
        "STOPPRESS_BOUNCE_LISTEN_ADDRESSES": f"smtp://127.0.0.1:{port}",
    }
    program = f"""
import django, sys
from django.conf import settings
settings.DATABASES["default"]["NAME"] = {str(name)!r}
django.setup()
from stoppress.inbound.receive.process import main
sys.exit(main())
"""
    return subprocess.Popen([sys.executable, "-c", program], env=environment, stdin=subprocess.PIPE)


def test_the_process_says_that_it_listens_and_that_it_cannot(tmp_path):
    port = free_port()
    first = start(tmp_path / "a", port)
    wait_until(lambda: ReceiverStatus.objects.filter(kind=ReceiverKind.LISTENER, fault="").exists(), 20)
    second = start(tmp_path / "b", port)
    assert second.wait(20) == 2
    second.stdin.close()
    assert "in use" in ReceiverStatus.objects.get().fault
    assert ReceiverStatus.objects.get().changed_at > datetime.now(UTC) - timedelta(minutes=1)
    first.stdin.close()
    assert first.wait(20) == 0
    assert not ReceiverStatus.objects.exists()
