"""Which digest is due in a zone, and which time it covers. Pure.

An edition covers the time from the edition before it, excluded, to its own moment, included. So editions tile the
time without gap or overlap, whether the day between them has 23, 24 or 25 hours, and whenever they are compiled. A day
that a zone leaves out (as Samoa did when it crossed the date line) has none.
"""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from stoppress.subscribers.choices import Rhythm

HOURS = {Rhythm.MORNING: time(7), Rhythm.EVENING: time(18)}
"""When a reader's morning and evening are, by the clock on their wall."""
SETTLING = timedelta(minutes=1)
"""An edition is compiled that much after its moment: by then, what came just before it is committed."""
LATEST = timedelta(hours=3)
"""An edition that could not be compiled until then is left out: nobody wants their morning paper at noon."""
ONE_DAY = timedelta(days=1)
MOST_SKIPPED = 3
"""Days in a row that no zone leaves out."""


@dataclass(frozen=True)
class Edition:
    """One digest of one zone: it covers `since` < moment ≤ `at` (both UTC)."""

    rhythm: Rhythm
    day: date
    since: datetime
    at: datetime


def edition_due(zone: ZoneInfo, rhythm: Rhythm, now: datetime) -> Edition | None:
    """The edition to compile at `now`, whether or not it has been compiled already; None if it is too late for it."""
    edition = latest_edition(zone, rhythm, now - SETTLING)
    return edition if now < edition.at + LATEST else None


def latest_edition(zone: ZoneInfo, rhythm: Rhythm, now: datetime) -> Edition:
    """The newest edition whose moment is not after `now`."""
    day = now.astimezone(zone).date() + ONE_DAY
    at = _newest(zone, rhythm, day, now)
    before = _newest(zone, rhythm, at.astimezone(zone).date(), at - timedelta(microseconds=1))
    return Edition(rhythm, at.astimezone(zone).date(), before, at)


def edition_of(day: date, zone: ZoneInfo, rhythm: Rhythm) -> Edition | None:
    """The edition of that day; None if the zone has no such day."""
    at = moment_of(day, zone, rhythm)
    return latest_edition(zone, rhythm, at) if at else None


def next_moment(zone: ZoneInfo, rhythm: Rhythm, now: datetime) -> datetime:
    """When the first edition after `now` is due."""
    day = now.astimezone(zone).date() - ONE_DAY
    moments = (moment_of(day + n * ONE_DAY, zone, rhythm) for n in range(2 * MOST_SKIPPED))
    return next(moment for moment in moments if moment is not None and moment > now)


def moment_of(day: date, zone: ZoneInfo, rhythm: Rhythm) -> datetime | None:
    """When the edition of that day is due; None if the zone has no such day.

    An hour that the clocks pass twice counts when it comes first; one that they leap over, as soon as they have.
    """
    moment = datetime.combine(day, HOURS[rhythm], zone).astimezone(UTC)
    return moment if moment.astimezone(zone).date() == day else None


def _newest(zone: ZoneInfo, rhythm: Rhythm, day: date, now: datetime) -> datetime:
    """The newest moment not after `now` of an edition of `day` or a day before."""
    moments = (moment_of(day - n * ONE_DAY, zone, rhythm) for n in range(2 * MOST_SKIPPED))
    return next(moment for moment in moments if moment is not None and moment <= now)
