"""A database from the past: what waits in it may have left already, and is not sent a second time by itself."""

import shutil
from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stoppress.delivery.models import LedgerCounter
from stoppress.delivery.sender.restored_database import HomeMarks, find_restore_reason
from tests.fakes.smtp_server import SMTPServer
from tests.support.mailer_installation import Installation
from tests.support.waiting import wait_until

pytestmark = pytest.mark.timeout(170)
READERS = 240


@pytest.fixture
def installation(tmp_path):
    with Installation(tmp_path / "home") as installation:
        installation.add_readers(READERS)
        yield installation


def finish(installation, relay, alerts):
    """Let a mailer run until so many alerts have gone to everybody, or were set aside."""
    mailer = installation.start_mailer(relay)
    wait_until(lambda: sum(installation.count_by_state()[state] for state in ("accepted", "uncertain")) == alerts * READERS)
    assert installation.stop_mailer(mailer) == 0


def times(relay):
    return Counter(got.recipient for got in relay.accepted)


def test_a_snapshot_from_the_middle_of_a_send_sends_nothing_again_and_new_alerts_go_on(installation, tmp_path):
    copy = tmp_path / "copy.sqlite3"
    with SMTPServer() as relay:
        relay.slow(0.01)
        installation.send()
        mailer = installation.start_mailer(relay)
        wait_until(lambda: len(relay.accepted) > 8)
        installation.snapshot(copy)
        wait_until(lambda: installation.count_by_state()["accepted"] == READERS)
        installation.stop_mailer(mailer)
        installation.restore(copy)
        accepted = installation.count_by_state()["accepted"]
        assert 0 < accepted < READERS
        relay.slow(0)
        finish(installation, relay, 1)
        assert set(times(relay).values()) == {1}
        assert installation.count_by_state() == {"accepted": accepted, "uncertain": READERS - accepted}
        assert "restored from an older backup" in installation.read_log()
        installation.send()
        finish(installation, relay, 2)
        assert set(times(relay).values()) == {2}


def test_a_snapshot_taken_between_send_and_the_first_message_sends_nothing_again(installation, tmp_path):
    copy = tmp_path / "copy.sqlite3"
    with SMTPServer() as relay:
        installation.send()
        installation.snapshot(copy)
        finish(installation, relay, 1)
        installation.restore(copy)
        finish(installation, relay, 1)
        assert set(times(relay).values()) == {1}
    assert installation.count_by_state() == {"uncertain": READERS}


def test_a_snapshot_from_before_send_knows_nothing_of_the_alert_and_sends_nothing(installation, tmp_path):
    copy = tmp_path / "copy.sqlite3"
    with SMTPServer() as relay:
        installation.send()
        finish(installation, relay, 1)
        installation.snapshot(copy)
        installation.send()
        finish(installation, relay, 2)
        installation.restore(copy)
        mailer = installation.start_mailer(relay)
        wait_until(lambda: "set aside" in installation.read_log())
        installation.stop_mailer(mailer)
        assert set(times(relay).values()) == {2}
    assert installation.count_by_state() == {"accepted": READERS}


def test_a_copy_of_the_whole_home_sends_nothing_again(installation, tmp_path):
    with SMTPServer() as relay, Installation(tmp_path / "copy") as copy:
        installation.send()
        finish(installation, relay, 1)
        installation.send()
        shutil.copytree(installation.home, copy.home, dirs_exist_ok=True)
        finish(installation, relay, 2)
        finish(copy, relay, 2)
        assert set(times(relay).values()) == {2}
        assert copy.count_by_state() == {"accepted": READERS, "uncertain": READERS}
        assert "copied" in copy.read_log()


@given(
    home=st.none() | st.just("h"),
    number=st.none() | st.integers(0, 3),
    known=st.none() | st.integers(0, 3),
    same=st.booleans(),
    first=st.booleans(),
)
def test_nothing_is_suspected_only_where_the_database_cannot_be_behind(home, number, known, same, first):
    row = None if known is None else LedgerCounter(home="h", number=known, identity="1" if same else "2")
    why = find_restore_reason(HomeMarks(home, "1", number), row if home else None, first=first)
    if home is None:
        assert bool(why) is not first
    else:
        safe = number is not None and (known or 0) >= number and (known is None or same)
        assert bool(why) is not safe
