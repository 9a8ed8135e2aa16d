"""Which digest is due in a zone, and which time it covers. Pure.

An edition covers the time from the edition before it, excluded, to its own moment, included. So editions tile the
time without gap or overlap, whether the day between them has 23, 24 or 25 hours, and whenever they are compiled. A day
that a zone leaves out (as Samoa did when it crossed the date line) has none.
"""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from stoppress.subscribers.choices import Frequency

EDITION_TIMES = {Frequency.MORNING: time(7), Frequency.EVENING: time(18)}
"""When a reader's morning and evening are, by the clock on their wall."""
COMPILE_DELAY = timedelta(minutes=1)
"""An edition is compiled that much after its moment: by then, what came just before it is committed."""
MAX_COMPILE_DELAY = timedelta(hours=3)
"""An edition that could not be compiled until then is left out: nobody wants their morning paper at noon."""
ONE_DAY = timedelta(days=1)
MAX_SKIPPED_DAYS = 3
"""Days in a row that no zone leaves out."""


@dataclass(frozen=True)
class Edition:
    """One digest of one zone: it covers `since` < moment ≤ `at` (both UTC)."""

    frequency: Frequency
    day: date
    since: datetime
    at: datetime


def edition_due(zone: ZoneInfo, frequency: Frequency, now: datetime) -> Edition | None:
    """The edition to compile at `now`, whether or not it has been compiled already; None if it is too late for it."""
    edition = latest_edition(zone, frequency, now - COMPILE_DELAY)
    return edition if now < edition.at + MAX_COMPILE_DELAY else None


def latest_edition(zone: ZoneInfo, frequency: Frequency, now: datetime) -> Edition:
    """The newest edition whose moment is not after `now`."""
    day = now.astimezone(zone).date() + ONE_DAY
    at = _newest(zone, frequency, day, now)
    before = _newest(zone, frequency, at.astimezone(zone).date(), at - timedelta(microseconds=1))
    return Edition(frequency, at.astimezone(zone).date(), before, at)


def edition_on(day: date, zone: ZoneInfo, frequency: Frequency) -> Edition | None:
    """The edition of that day; None if the zone has no such day."""
    at = edition_time(day, zone, frequency)
    return latest_edition(zone, frequency, at) if at else None


def next_edition_time(zone: ZoneInfo, frequency: Frequency, now: datetime) -> datetime:
    """When the first edition after `now` is due."""
    day = now.astimezone(zone).date() - ONE_DAY
    moments = (edition_time(day + n * ONE_DAY, zone, frequency) for n in range(2 * MAX_SKIPPED_DAYS))
    return next(moment for moment in moments if moment is not None and moment > now)


def edition_time(day: date, zone: ZoneInfo, frequency: Frequency) -> datetime | None:
    """When the edition of that day is due; None if the zone has no such day.

    An hour that the clocks pass twice counts when it comes first; one that they leap over, as soon as they have.
    """
    moment = datetime.combine(day, EDITION_TIMES[frequency], zone).astimezone(UTC)
    return moment if moment.astimezone(zone).date() == day else None


def _newest(zone: ZoneInfo, frequency: Frequency, day: date, now: datetime) -> datetime:
    """The newest moment not after `now` of an edition of `day` or a day before."""
    moments = (edition_time(day - n * ONE_DAY, zone, frequency) for n in range(2 * MAX_SKIPPED_DAYS))
    return next(moment for moment in moments if moment is not None and moment <= now)
