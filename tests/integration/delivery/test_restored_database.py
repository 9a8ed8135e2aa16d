"""A database from the past: what waits in it may have left already, and is not sent a second time by itself."""

import shutil
from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stoppress.delivery.models import LedgerCounter
from stoppress.delivery.sender.restore_detection import HomeMarks, find_restore_reason
from tests.fakes.smtp_server import SMTPServer
from tests.support.mailer_installation import Installation
from tests.support.waiting import wait_until

pytestmark = pytest.mark.timeout(170)
READERS = 240


@pytest.fixture
def room(tmp_path):
    with Installation(tmp_path / "home") as room:
        room.add_readers(READERS)
        yield room


def finish(room, relay, alerts):
    """Let a mailer run until so many alerts have gone to everybody, or were set aside."""
    mailer = room.mailer(relay)
    wait_until(lambda: sum(room.ledger()[state] for state in ("accepted", "uncertain")) == alerts * READERS)
    assert room.stop(mailer) == 0


def times(relay):
    return Counter(got.recipient for got in relay.accepted)


def test_a_snapshot_from_the_middle_of_a_send_sends_nothing_again_and_new_alerts_go_on(room, tmp_path):
    copy = tmp_path / "copy.sqlite3"
    with SMTPServer() as relay:
        relay.slow(0.01)
        room.send()
        mailer = room.mailer(relay)
        wait_until(lambda: len(relay.accepted) > 8)
        room.snapshot(copy)
        wait_until(lambda: room.ledger()["accepted"] == READERS)
        room.stop(mailer)
        room.put_back(copy)
        accepted = room.ledger()["accepted"]
        assert 0 < accepted < READERS
        relay.slow(0)
        finish(room, relay, 1)
        assert set(times(relay).values()) == {1}
        assert room.ledger() == {"accepted": accepted, "uncertain": READERS - accepted}
        assert "put back" in room.log()
        room.send()
        finish(room, relay, 2)
        assert set(times(relay).values()) == {2}


def test_a_snapshot_taken_between_send_and_the_first_message_sends_nothing_again(room, tmp_path):
    copy = tmp_path / "copy.sqlite3"
    with SMTPServer() as relay:
        room.send()
        room.snapshot(copy)
        finish(room, relay, 1)
        room.put_back(copy)
        finish(room, relay, 1)
        assert set(times(relay).values()) == {1}
    assert room.ledger() == {"uncertain": READERS}


def test_a_snapshot_from_before_send_knows_nothing_of_the_alert_and_sends_nothing(room, tmp_path):
    copy = tmp_path / "copy.sqlite3"
    with SMTPServer() as relay:
        room.send()
        finish(room, relay, 1)
        room.snapshot(copy)
        room.send()
        finish(room, relay, 2)
        room.put_back(copy)
        mailer = room.mailer(relay)
        wait_until(lambda: "set aside" in room.log())
        room.stop(mailer)
        assert set(times(relay).values()) == {2}
    assert room.ledger() == {"accepted": READERS}


def test_a_copy_of_the_whole_home_sends_nothing_again(room, tmp_path):
    with SMTPServer() as relay, Installation(tmp_path / "copy") as copy:
        room.send()
        finish(room, relay, 1)
        room.send()
        shutil.copytree(room.home, copy.home, dirs_exist_ok=True)
        finish(room, relay, 2)
        finish(copy, relay, 2)
        assert set(times(relay).values()) == {2}
        assert copy.ledger() == {"accepted": READERS, "uncertain": READERS}
        assert "copy" in copy.log()


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
