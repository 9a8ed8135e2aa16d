"""A database restored from a backup: deliveries that may have been sent already are not sent a second time."""

import shutil
from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stoppress.delivery.models import LedgerCounter
from stoppress.delivery.sender.restored_database import HomeMarks, find_restore_reason
from tests.fakes.smtp_server import SMTPServer
from tests.support.mailer_installation import MailerInstallation
from tests.support.waiting import wait_until

pytestmark = pytest.mark.timeout(170)
READERS = 240


@pytest.fixture
def installation(tmp_path):
    with MailerInstallation(tmp_path / "home") as installation:
        installation.add_readers(READERS)
        yield installation


def run_until_finished(installation, relay, alerts):
    """Run a mailer until every delivery of this number of alerts is accepted or uncertain."""
    mailer = installation.start_mailer(relay)
    wait_until(
        lambda: sum(installation.count_by_state()[state] for state in ("accepted", "uncertain")) == alerts * READERS
    )
    assert installation.stop_mailer(mailer) == 0


def count_messages(relay):
    return Counter(message.recipient for message in relay.accepted)


def test_nothing_is_sent_twice_when_a_backup_from_the_middle_of_a_send_is_restored(installation, tmp_path):
    backup = tmp_path / "backup.sqlite3"
    with SMTPServer() as relay:
        relay.delay_replies(0.01)
        installation.send()
        mailer = installation.start_mailer(relay)
        wait_until(lambda: len(relay.accepted) > 8)
        installation.snapshot(backup)
        wait_until(lambda: installation.count_by_state()["accepted"] == READERS)
        installation.stop_mailer(mailer)
        installation.restore(backup)
        accepted = installation.count_by_state()["accepted"]
        assert 0 < accepted < READERS
        relay.delay_replies(0)
        run_until_finished(installation, relay, 1)
        assert set(count_messages(relay).values()) == {1}
        assert installation.count_by_state() == {"accepted": accepted, "uncertain": READERS - accepted}
        assert "restored from an older backup" in installation.read_log()
        installation.send()
        run_until_finished(installation, relay, 2)
        assert set(count_messages(relay).values()) == {2}


def test_nothing_is_sent_twice_when_a_backup_from_before_the_first_message_is_restored(installation, tmp_path):
    backup = tmp_path / "backup.sqlite3"
    with SMTPServer() as relay:
        installation.send()
        installation.snapshot(backup)
        run_until_finished(installation, relay, 1)
        installation.restore(backup)
        run_until_finished(installation, relay, 1)
        assert set(count_messages(relay).values()) == {1}
    assert installation.count_by_state() == {"uncertain": READERS}


def test_nothing_is_sent_when_a_backup_from_before_the_alert_is_restored(installation, tmp_path):
    backup = tmp_path / "backup.sqlite3"
    with SMTPServer() as relay:
        installation.send()
        run_until_finished(installation, relay, 1)
        installation.snapshot(backup)
        installation.send()
        run_until_finished(installation, relay, 2)
        installation.restore(backup)
        mailer = installation.start_mailer(relay)
        wait_until(lambda: "set aside" in installation.read_log())
        installation.stop_mailer(mailer)
        assert set(count_messages(relay).values()) == {2}
    assert installation.count_by_state() == {"accepted": READERS}


def test_nothing_is_sent_twice_by_a_copy_of_the_home_folder(installation, tmp_path):
    with SMTPServer() as relay, MailerInstallation(tmp_path / "copy") as copy:
        installation.send()
        run_until_finished(installation, relay, 1)
        installation.send()
        shutil.copytree(installation.home, copy.home, dirs_exist_ok=True)
        run_until_finished(installation, relay, 2)
        run_until_finished(copy, relay, 2)
        assert set(count_messages(relay).values()) == {2}
        assert copy.count_by_state() == {"accepted": READERS, "uncertain": READERS}
        assert "copied" in copy.read_log()


@given(
    home=st.none() | st.just("h"),
    number=st.none() | st.integers(0, 3),
    known=st.none() | st.integers(0, 3),
    same=st.booleans(),
    first=st.booleans(),
)
def test_no_restore_is_detected_only_when_the_database_cannot_be_older(home, number, known, same, first):
    row = None if known is None else LedgerCounter(home="h", number=known, identity="1" if same else "2")
    reason = find_restore_reason(HomeMarks(home, "1", number), row if home else None, first=first)
    if home is None:
        assert bool(reason) is not first
    else:
        safe = number is not None and (known or 0) >= number and (known is None or same)
        assert bool(reason) is not safe
