"""When a canary flies, and when its way counts as blocked."""

from datetime import UTC, datetime, timedelta

import pytest

from stoppress.delivery.canary import CANARY_TIMEOUT, CanaryStatus, is_canary_late, should_send_canary
from stoppress.delivery.choices import DeliveryState as State

NOW = datetime(2026, 3, 8, 19, 0, tzinfo=UTC)
HOUR, SECOND = timedelta(hours=1), timedelta(seconds=1)
LONG_AGO = NOW - timedelta(days=9)


def flight(ago, state, took=SECOND):
    created_at = NOW - ago
    settled = None if state in (State.PENDING, State.DEFERRED, State.IN_FLIGHT) else created_at + took
    return CanaryStatus(created_at, state, settled)


def test_the_first_flies_at_once_and_the_next_an_hour_later():
    assert should_send_canary(None, HOUR, NOW)
    assert not should_send_canary(flight(HOUR - SECOND, State.ACCEPTED), HOUR, NOW)
    assert should_send_canary(flight(HOUR, State.ACCEPTED), HOUR, NOW)
    assert should_send_canary(flight(HOUR, State.REFUSED), HOUR, NOW)


@pytest.mark.parametrize("state", [State.PENDING, State.DEFERRED, State.IN_FLIGHT])
def test_none_flies_while_another_is_under_way(state):
    assert not should_send_canary(flight(9 * HOUR, state), HOUR, NOW)


def test_a_clock_that_was_set_back_holds_no_canary_up():
    assert should_send_canary(flight(-HOUR, State.ACCEPTED), HOUR, NOW)
    assert not should_send_canary(flight(-HOUR, State.PENDING), HOUR, NOW)


def late(newest, watched_since=LONG_AGO):
    return is_canary_late(newest, HOUR, NOW, watched_since=watched_since)


def test_one_that_was_accepted_and_is_not_older_than_it_may_be_is_fine():
    assert not late(flight(SECOND, State.ACCEPTED))
    assert not late(flight(HOUR + CANARY_TIMEOUT, State.ACCEPTED))


@pytest.mark.parametrize("state", [State.PENDING, State.DEFERRED, State.IN_FLIGHT])
def test_one_that_takes_long_is_late(state):
    assert not late(flight(CANARY_TIMEOUT, state))
    assert late(flight(CANARY_TIMEOUT + SECOND, state))


@pytest.mark.parametrize("state", [State.REFUSED, State.UNCERTAIN, State.EXPIRED])
def test_one_that_did_not_arrive_is_an_alarm(state):
    assert late(flight(SECOND, state))


def test_a_clock_that_stands_still_is_noticed_but_not_at_once_after_a_start():
    old = flight(HOUR + CANARY_TIMEOUT + SECOND, State.ACCEPTED)
    assert late(old) and late(None)
    assert not late(old, watched_since=NOW - SECOND) and not late(None, watched_since=NOW - SECOND)


def test_it_took_so_long():
    assert flight(HOUR, State.ACCEPTED, took=timedelta(seconds=2.5)).seconds == 2.5
    assert flight(HOUR, State.REFUSED).seconds is None
    assert flight(HOUR, State.PENDING).seconds is None
