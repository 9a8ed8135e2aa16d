"""When a canary is due, and when its way counts as blocked."""

from datetime import UTC, datetime, timedelta

import pytest

from stoppress.delivery.canary_mail import CANARY_TIMEOUT, CanaryStatus, is_canary_late, should_send_canary
from stoppress.delivery.choices import DeliveryState as State

NOW = datetime(2026, 3, 8, 19, 0, tzinfo=UTC)
HOUR, SECOND = timedelta(hours=1), timedelta(seconds=1)
LONG_AGO = NOW - timedelta(days=9)


def canary_status(ago, state, took=SECOND):
    created_at = NOW - ago
    settled = None if state in (State.PENDING, State.DEFERRED, State.IN_FLIGHT) else created_at + took
    return CanaryStatus(created_at, state, settled)


def test_first_canary_is_due_at_once_and_the_next_after_the_interval():
    assert should_send_canary(None, HOUR, NOW)
    assert not should_send_canary(canary_status(HOUR - SECOND, State.ACCEPTED), HOUR, NOW)
    assert should_send_canary(canary_status(HOUR, State.ACCEPTED), HOUR, NOW)
    assert should_send_canary(canary_status(HOUR, State.REFUSED), HOUR, NOW)


@pytest.mark.parametrize("state", [State.PENDING, State.DEFERRED, State.IN_FLIGHT])
def test_canary_is_not_due_when_another_is_under_way(state):
    assert not should_send_canary(canary_status(9 * HOUR, state), HOUR, NOW)


def test_canary_is_due_when_the_clock_was_set_back():
    assert should_send_canary(canary_status(-HOUR, State.ACCEPTED), HOUR, NOW)
    assert not should_send_canary(canary_status(-HOUR, State.PENDING), HOUR, NOW)


def is_late(newest, watched_since=LONG_AGO):
    return is_canary_late(newest, HOUR, NOW, watched_since=watched_since)


def test_canary_is_not_late_when_it_was_accepted_within_the_interval():
    assert not is_late(canary_status(SECOND, State.ACCEPTED))
    assert not is_late(canary_status(HOUR + CANARY_TIMEOUT, State.ACCEPTED))


@pytest.mark.parametrize("state", [State.PENDING, State.DEFERRED, State.IN_FLIGHT])
def test_canary_is_late_when_it_is_under_way_for_too_long(state):
    assert not is_late(canary_status(CANARY_TIMEOUT, state))
    assert is_late(canary_status(CANARY_TIMEOUT + SECOND, state))


@pytest.mark.parametrize("state", [State.REFUSED, State.UNCERTAIN, State.EXPIRED])
def test_canary_is_late_when_it_was_not_accepted(state):
    assert is_late(canary_status(SECOND, state))


def test_canary_is_late_when_none_was_sent_but_not_right_after_start():
    old = canary_status(HOUR + CANARY_TIMEOUT + SECOND, State.ACCEPTED)
    assert is_late(old) and is_late(None)
    assert not is_late(old, watched_since=NOW - SECOND) and not is_late(None, watched_since=NOW - SECOND)


def test_seconds_are_measured_from_creation_to_acceptance():
    assert canary_status(HOUR, State.ACCEPTED, took=timedelta(seconds=2.5)).seconds == 2.5
    assert canary_status(HOUR, State.REFUSED).seconds is None
    assert canary_status(HOUR, State.PENDING).seconds is None
