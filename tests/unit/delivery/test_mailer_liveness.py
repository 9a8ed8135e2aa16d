"""Running mailers are detected by heartbeats that change, whatever the clocks of two machines are."""

from datetime import UTC, datetime, timedelta

import pytest

from stoppress.delivery.mailer_liveness import HeartbeatObserver

NOW = datetime(2026, 3, 8, 19, 0, tzinfo=UTC)
FOUR_SECONDS = timedelta(seconds=4)


def test_first_heartbeat_is_compared_by_its_time(seconds):
    observer = HeartbeatObserver(seconds)
    beats = [("on", NOW - timedelta(seconds=29)), ("off", NOW - timedelta(seconds=31))]
    assert observer.find_running(beats, NOW) == {"on"}


@pytest.mark.parametrize("skew", [timedelta(hours=2), timedelta(seconds=120), timedelta(seconds=-120)])
def test_mailer_runs_when_its_heartbeat_changes_whatever_its_clock(seconds, skew):
    observer = HeartbeatObserver(seconds)
    observer.find_running([("m", NOW + skew)], NOW)
    seconds.now += 4
    assert observer.find_running([("m", NOW + skew + FOUR_SECONDS)], NOW + FOUR_SECONDS) == {"m"}


@pytest.mark.parametrize("skew", [timedelta(hours=2), timedelta()])
def test_dead_mailer_is_detected_in_30_seconds_when_its_clock_was_set_back(seconds, skew):
    observer = HeartbeatObserver(seconds)
    observer.find_running([("m", NOW + skew)], NOW)
    seconds.now += 31
    assert observer.find_running([("m", NOW + skew)], NOW + timedelta(seconds=5)) == set()


def test_mailer_counts_as_dead_when_its_heartbeat_is_missing_for_30_seconds(seconds):
    observer = HeartbeatObserver(seconds)
    observer.find_running([("m", NOW)], NOW)
    seconds.now += 4
    observer.find_running([("m", NOW + FOUR_SECONDS)], NOW)
    seconds.now += 30
    assert observer.find_running([("m", NOW + FOUR_SECONDS)], NOW) == {"m"}
    seconds.now += 1
    assert observer.find_running([("m", NOW + FOUR_SECONDS)], NOW) == set()
