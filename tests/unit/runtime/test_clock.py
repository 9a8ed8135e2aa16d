"""Current time and its ISO 8601 formats."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from stoppress.runtime.clock import iso, iso_with_offset, utc_now

NOON_IN_BERLIN = datetime(2026, 3, 1, 13, 0, 5, 999_999, tzinfo=ZoneInfo("Europe/Berlin"))


def test_utc_now_returns_the_current_time_in_utc() -> None:
    assert utc_now().utcoffset() == timedelta(0)
    assert abs(utc_now() - datetime.now(UTC)) < timedelta(seconds=5)


def test_iso_converts_to_utc_and_drops_fractions_of_a_second() -> None:
    assert iso(NOON_IN_BERLIN) == "2026-03-01T12:00:05Z"


def test_iso_with_offset_keeps_the_zone_of_the_time() -> None:
    assert iso_with_offset(NOON_IN_BERLIN) == "2026-03-01T13:00:05+01:00"
