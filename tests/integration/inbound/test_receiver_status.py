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

from stoppress.inbound.models import Receiver
from stoppress.inbound.receive.imap_poller import _look_and_tell
from stoppress.inbound.receive.mailbox_url import MailboxAddress
from stoppress.inbound.receiver_status import OVERDUE, SILENT, Way, take_leave, tell, ways_in
from stoppress.service.monitoring.mail_statistics import mail_figures
from tests.factories.mailbox_addresses import address
from tests.fakes.imap_server import IMAPServer
from tests.support.web_server import free_port, wait_until

pytestmark = pytest.mark.django_db(transaction=True)
MINUTE = 60
WANTED = override_settings(BOUNCE_MAILBOX=MailboxAddress.parse("imaps://bounces:secret@mail.halden.test/INBOX"))


@pytest.fixture
def began(clock):
    """When whoever watches began to: an hour before."""
    return clock() - timedelta(hours=1)


def faults(clock, began, way=Way.MAILBOX):
    found = ways_in(clock(), watched_since=began)
    return dict(found[way].faults) if way in found else None


def test_a_mailbox_that_cannot_be_read_is_told_after_some_minutes_and_until_it_can(clock, began):
    tell(Way.MAILBOX, now=clock(), host="mx1")
    for minute in range(7):
        tell(Way.MAILBOX, "LOGIN failed for bounces@halden.test", now=clock.tick(MINUTE), host="mx1")
        overdue = timedelta(minutes=minute) >= OVERDUE
        assert faults(clock, began) == ({"mx1": "LOGIN failed for …@halden.test"} if overdue else {})
    assert ways_in(clock(), watched_since=began)[Way.MAILBOX].age == 7 * MINUTE
    tell(Way.MAILBOX, now=clock.tick(MINUTE), host="mx1")
    assert faults(clock, began) == {} and Receiver.objects.count() == 1


def test_another_fault_does_not_begin_the_time_anew(clock, began):
    for minute in range(7):
        tell(Way.MAILBOX, f"fault {minute % 2}", now=clock.tick(MINUTE), host="mx1")
    assert faults(clock, began) == {"mx1": "fault 0"}


def test_two_machines_are_told_apart(clock, began):
    for _ in range(7):
        tell(Way.LISTENER, now=clock.tick(MINUTE), host="mx1")
        tell(Way.LISTENER, "Address already in use", now=clock(), host="mx2")
    assert faults(clock, began, Way.LISTENER) == {"mx2": "Address already in use"}


def test_a_way_in_that_is_set_up_and_that_nobody_takes_is_a_fault(clock, began):
    assert faults(clock, began) is None
    with WANTED:
        assert faults(clock, began) == {"": "no process looks into it"}
        assert faults(clock, clock() - OVERDUE / 2) == {}, "it may still be starting"
        tell(Way.MAILBOX, now=clock(), host="mx1")
        assert faults(clock, began) == {}
        clock.tick(SILENT.total_seconds() + 1)
        assert faults(clock, began) == {"": "no process looks into it"}


def test_a_process_that_ends_as_it_should_is_not_missed_where_it_is_not_wanted(clock, began):
    tell(Way.MAILBOX, "LOGIN failed", now=clock(), host="mx1")
    take_leave(Way.MAILBOX, host="mx1")
    clock.tick(6 * MINUTE)
    assert faults(clock, began) is None


def test_looking_into_the_mailbox_tells_how_that_went(tmp_path):
    with IMAPServer() as server:
        _look_and_tell(address(server, password="wrong"), tmp_path, Event().is_set)
        assert Receiver.objects.get().fault and Receiver.objects.get().well_at is None
        _look_and_tell(address(server), tmp_path, Event().is_set)
    assert Receiver.objects.get().fault == "" and Receiver.objects.get().well_at
    nowhere = MailboxAddress.parse(f"imaps://a:hush@127.0.0.1:{free_port()}/INBOX")
    _look_and_tell(nowhere, tmp_path, Event().is_set)
    assert "refused" in Receiver.objects.get().fault and "hush" not in Receiver.objects.get().fault


def test_the_figures_have_it(clock):
    tell(Way.MAILBOX, now=clock())
    found = mail_figures(clock.tick(3), watched_since=clock()).ways_in
    assert found[Way.MAILBOX].age == 3 and Way.LISTENER not in found


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
    wait_until(lambda: Receiver.objects.filter(way=Way.LISTENER, fault="").exists(), 20)
    second = start(tmp_path / "b", port)
    assert second.wait(20) == 2
    second.stdin.close()
    assert "in use" in Receiver.objects.get().fault
    assert Receiver.objects.get().since > datetime.now(UTC) - timedelta(minutes=1)
    first.stdin.close()
    assert first.wait(20) == 0
    assert not Receiver.objects.exists()
