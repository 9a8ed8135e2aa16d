"""Editions tile the time in every zone: no gap, no overlap, on days of 23, 24 and 25 hours and on skipped days."""

from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo, available_timezones

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stoppress.alerts.digests.editions import (
    COMPILE_DELAY,
    EDITION_TIMES,
    MAX_COMPILE_DELAY,
    edition_due,
    edition_on,
    edition_time,
    latest_edition,
    next_edition_time,
)
from stoppress.subscribers.choices import Frequency

LONDON, NEW_YORK, APIA = ZoneInfo("Europe/London"), ZoneInfo("America/New_York"), ZoneInfo("Pacific/Apia")
ZONES = st.sampled_from(sorted(available_timezones() - {"localtime", "Factory"})).map(ZoneInfo)
FREQUENCIES = st.sampled_from([Frequency.MORNING, Frequency.EVENING])
MOMENTS = st.integers(0, 37 * 365 * 24 * 3600).map(lambda n: datetime(2000, 1, 1, tzinfo=UTC) + timedelta(seconds=n))
TICK = timedelta(microseconds=1)


@given(ZONES, FREQUENCIES, MOMENTS)
def test_every_moment_is_in_one_edition_and_the_next_continues_it(zone, frequency, now):
    edition = latest_edition(zone, frequency, now)
    assert edition.since < edition.at <= now
    following = next_edition_time(zone, frequency, now)
    assert now < following
    assert latest_edition(zone, frequency, following - TICK) == edition
    after = latest_edition(zone, frequency, following)
    assert after.since == edition.at and after.at == following and after.day > edition.day
    assert edition_on(edition.day, zone, frequency) == edition


@given(ZONES, FREQUENCIES, MOMENTS)
def test_editions_cover_all_time_without_overlap_and_are_sent_at_their_hour(zone, frequency, now):
    editions = [latest_edition(zone, frequency, now)]
    for _ in range(8):
        editions.append(latest_edition(zone, frequency, editions[-1].since))
    for newer, older in pairwise(editions):
        assert newer.since == older.at and newer.day > older.day
        assert timedelta(hours=20) < newer.at - newer.since < timedelta(hours=28) or zone.key in LINE_CROSSED
    for edition in editions:
        local = edition.at.astimezone(zone)
        assert local.date() == edition.day
        assert (
            local.time().replace(microsecond=0) == EDITION_TIMES[frequency]
            or local.utcoffset() != before(local).utcoffset()
        )


LINE_CROSSED = {"Pacific/Apia", "Pacific/Fakaofo"}


def before(local):
    return (local.astimezone(UTC) - timedelta(hours=3)).astimezone(local.tzinfo)


@pytest.mark.parametrize(
    ("zone", "now", "hours"),
    [
        (LONDON, datetime(2026, 3, 29, 12, tzinfo=UTC), 23),
        (LONDON, datetime(2026, 10, 25, 12, tzinfo=UTC), 25),
        (NEW_YORK, datetime(2026, 3, 8, 13, tzinfo=UTC), 23),
        (NEW_YORK, datetime(2026, 11, 1, 13, tzinfo=UTC), 25),
        (LONDON, datetime(2026, 6, 1, 12, tzinfo=UTC), 24),
    ],
)
def test_edition_covers_the_whole_day_when_clocks_change(zone, now, hours):
    edition = latest_edition(zone, Frequency.MORNING, now)
    assert edition.at.astimezone(zone).hour == 7
    assert edition.at - edition.since == timedelta(hours=hours)


def test_next_edition_continues_the_previous_one_when_the_zone_skips_a_day():
    assert edition_time(date(2011, 12, 30), APIA, Frequency.MORNING) is None
    edition = latest_edition(APIA, Frequency.MORNING, datetime(2011, 12, 31, tzinfo=UTC))
    assert (edition.day, edition.at - edition.since) == (date(2011, 12, 31), timedelta(hours=24))


def test_edition_is_due_from_one_minute_to_three_hours_after_its_time():
    at = datetime(2026, 6, 1, 6, 0, tzinfo=UTC)

    def due_at(now):
        edition = edition_due(LONDON, Frequency.MORNING, now)
        return edition.at if edition else None

    assert due_at(at) is None
    assert due_at(at + COMPILE_DELAY - TICK) is None
    assert due_at(at + COMPILE_DELAY) == at
    assert due_at(at + MAX_COMPILE_DELAY - TICK) == at
    assert due_at(at + MAX_COMPILE_DELAY) is None


def test_morning_and_evening_editions_are_independent():
    now = datetime(2026, 6, 1, 18, 30, tzinfo=UTC)
    morning, evening = (latest_edition(LONDON, frequency, now) for frequency in (Frequency.MORNING, Frequency.EVENING))
    assert (morning.at.hour, evening.at.hour) == (6, 17)
    assert morning.since < evening.since < morning.at < evening.at
