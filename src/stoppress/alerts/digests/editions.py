"""Decide which digest is due in a zone. Pure. What it contains is decided in edition_ranges.py, not by these times.

Editions tile the time without gap or overlap, whether the day between them has 23, 24 or 25 hours, and whenever they
are compiled. A day that a zone skips (as Samoa did when it crossed the date line) has no edition.
"""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from stoppress.subscribers.choices import Frequency

EDITION_TIMES = {Frequency.MORNING: time(7), Frequency.EVENING: time(18)}
"""Local time of each edition in the reader's zone."""
COMPILE_DELAY = timedelta(minutes=1)
"""Delay of compilation after the edition's moment, so that everything published just before it is committed."""
MAX_COMPILE_DELAY = timedelta(hours=3)
"""After this delay an edition is dropped: a morning digest at noon is of no use."""
ONE_DAY = timedelta(days=1)
MAX_SKIPPED_DAYS = 3
"""More days in a row than any zone has ever skipped."""


@dataclass(frozen=True)
class Edition:
    """One digest of one zone: its moment `at`, and that of the edition before it, `since` (both UTC)."""

    frequency: Frequency
    day: date
    since: datetime
    at: datetime


def edition_due(zone: ZoneInfo, frequency: Frequency, now: datetime) -> Edition | None:
    """Return the edition to compile at `now`, even if it exists already; None if it is too late for it."""
    edition = latest_edition(zone, frequency, now - COMPILE_DELAY)
    return edition if now < edition.at + MAX_COMPILE_DELAY else None


def latest_edition(zone: ZoneInfo, frequency: Frequency, now: datetime) -> Edition:
    """Return the newest edition whose moment is not after `now`."""
    day = now.astimezone(zone).date() + ONE_DAY
    at = _latest_time(zone, frequency, day, now)
    before = _latest_time(zone, frequency, at.astimezone(zone).date(), at - timedelta(microseconds=1))
    return Edition(frequency, at.astimezone(zone).date(), before, at)


def edition_on(day: date, zone: ZoneInfo, frequency: Frequency) -> Edition | None:
    """Return the edition of that day; None if the zone skips the day."""
    at = edition_time(day, zone, frequency)
    return latest_edition(zone, frequency, at) if at else None


def next_edition_time(zone: ZoneInfo, frequency: Frequency, now: datetime) -> datetime:
    """Return the moment of the first edition after `now`."""
    day = now.astimezone(zone).date() - ONE_DAY
    moments = (edition_time(day + n * ONE_DAY, zone, frequency) for n in range(2 * MAX_SKIPPED_DAYS))
    return next(moment for moment in moments if moment is not None and moment > now)


def edition_time(day: date, zone: ZoneInfo, frequency: Frequency) -> datetime | None:
    """Return the moment of that day's edition; None if the zone skips the day.

    A local time that occurs twice counts when it first occurs; one that the clocks skip, directly after the skip.
    """
    moment = datetime.combine(day, EDITION_TIMES[frequency], zone).astimezone(UTC)
    return moment if moment.astimezone(zone).date() == day else None


def _latest_time(zone: ZoneInfo, frequency: Frequency, day: date, now: datetime) -> datetime:
    """Return the newest moment not after `now` of the editions of `day` and the days before."""
    moments = (edition_time(day - n * ONE_DAY, zone, frequency) for n in range(2 * MAX_SKIPPED_DAYS))
    return next(moment for moment in moments if moment is not None and moment <= now)
