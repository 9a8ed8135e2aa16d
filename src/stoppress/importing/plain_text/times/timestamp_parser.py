"""Parse the publication time of a post: a clock time, perhaps with a day and a zone, or a Unix epoch.

    "Fri 1 Nov 2024 8.40pm GMT"  ──►  Timestamp(day=1 Nov 2024, clock=20:40, zone="GMT")

This module parses only what the page states; `date_inference` adds what is missing.
"""

import re
from dataclasses import dataclass, replace
from datetime import UTC, datetime, time, timedelta

from stoppress.importing.plain_text.times.dates import DAY, WEEKDAY, WEEKDAYS, WrittenDay, parse_day
from stoppress.importing.plain_text.times.time_zones import ZONE

_HALF = r"(?:\s?[ap]\.?m(?![^\W\d_])\.?)"
_DIGITS = rf"\d{{1,2}}[:.h][0-5]\d(?:[:.][0-5]\d(?:\.\d{{1,6}})?)?(?!\d|[:.]\d)(?:{_HALF}|\s?hrs)?"
_HOUR_ONLY = rf"\d{{1,2}}{_HALF}"
_MILITARY = rf"[0-2]\d[0-5]\d(?:\s?hrs|(?=\s?{ZONE}))"
_WORD = r"(?:12\s)?(?:noon|midday|midnight)(?![^\W\d_])"
CLOCK = rf"(?:{_DIGITS}|{_HOUR_ONLY}|{_MILITARY}|{_WORD})(?:[\s,]*\(?{ZONE}\)?)?"
_BETWEEN = r"[\s,|\u00b7\u2022\u2013\u2014@/-]*(?:at\s|t(?=\d))?\s?"
_BEFORE_DAY = r"(?:[\s,|\u00b7\u2022\u2013\u2014-]|on\s)*"
RELATIVE = r"(?:today|yesterday)(?![^\W\d_])"

TIMESTAMP = (
    rf"(?:{DAY}{_BETWEEN}{CLOCK}|{CLOCK}{_BEFORE_DAY}{DAY}"
    rf"|{WEEKDAY},?{_BETWEEN}{CLOCK}|{CLOCK}{_BEFORE_DAY}{WEEKDAY}"
    rf"|{RELATIVE}{_BETWEEN}{CLOCK}|{CLOCK}{_BEFORE_DAY}{RELATIVE}|{CLOCK})"
)
EPOCH = r"[1-4]\d{9}(?:\d{3})?"

_DAY_PART = re.compile(DAY, re.IGNORECASE)
_WEEKDAY_PART = re.compile(WEEKDAY)
_TIME_PART = re.compile(
    r"(?P<hour>\d{1,2})(?:[:.h]?(?P<minute>\d{2}))?(?:[:.](?P<second>\d{2})(?:\.\d+)?)?\s?(?P<half>[ap]\.?m)?",
    re.IGNORECASE,
)
_WORD_PART = re.compile(r"noon|midday|midnight", re.IGNORECASE)
_ZONE_PART = re.compile(rf"(?:^|(?<=[\s\d(.,m])){ZONE}\)?\.?$", re.IGNORECASE)
_RELATIVE_PART = re.compile(RELATIVE, re.IGNORECASE)
_END_OF_DAY = re.compile(r"24[:.h]?00(?![\d])")


@dataclass(frozen=True, slots=True)
class Timestamp:
    """A time as written on a page.

    Attributes:
        clock: Clock time without a date.
        weekday: 0 for Monday; None if the page omits it.
        zone: Time zone as written; empty if the page omits it.
        instant: The exact time, if a Unix epoch gives it.
        days_from_now: 0 for "today", -1 for "yesterday".
    """

    clock: time
    day: WrittenDay | None = None
    weekday: int | None = None
    zone: str = ""
    instant: datetime | None = None
    days_from_now: int | None = None

    @property
    def is_dated(self) -> bool:
        """Return True if the day is given, as a date or relative to today."""
        return self.day is not None or self.instant is not None or self.days_from_now is not None


def parse_timestamp(text: str) -> Timestamp | None:
    """Return the time in `text`, which matches TIMESTAMP, or None if there is no such time (25:00)."""
    day, weekday, rest = _take_day(text)
    if day is None and _DAY_PART.search(text):
        return None
    relative, rest = _take_relative(rest)
    zone, rest = _take_zone(rest)
    if _END_OF_DAY.match(rest):
        day, relative = _next_day(day), None if relative is None else relative + 1
        return Timestamp(time(0), day, day.weekday if day else weekday, zone, days_from_now=relative)
    clock = _parse_clock(rest)
    return Timestamp(clock, day, weekday, zone, days_from_now=relative) if clock is not None else None


def parse_epoch(digits: str) -> Timestamp:
    """Return the time of a Unix epoch in seconds (10 digits) or milliseconds (13 digits)."""
    instant = datetime.fromtimestamp(int(digits[:10]), UTC)
    return Timestamp(instant.time(), instant=instant)


def _take_day(text: str) -> tuple[WrittenDay | None, int | None, str]:
    if match := _DAY_PART.search(text):
        day = parse_day(match[0])
        return day, day.weekday if day else None, _remove(match)
    if match := _WEEKDAY_PART.search(text):
        weekday = WEEKDAYS.index(match[0][:3].lower())
        return None, weekday, _remove(match)
    return None, None, text


def _remove(match: re.Match[str]) -> str:
    """Return the searched text without the match."""
    return f"{match.string[: match.start()]} {match.string[match.end() :]}"


def _take_relative(text: str) -> tuple[int | None, str]:
    match = _RELATIVE_PART.search(text)
    if match is None:
        return None, text
    return (0 if match[0].lower() == "today" else -1), _remove(match)


def _next_day(day: WrittenDay | None) -> WrittenDay | None:
    """Return the day after `day`: 24:00 is the first moment of the next day (ISO 8601)."""
    if day is None:
        return None
    after = day.on(day.year or 2024) + timedelta(days=1)
    weekday = None if day.weekday is None else (day.weekday + 1) % 7
    return replace(day, day=after.day, month=after.month, year=after.year if day.year else None, weekday=weekday)


def _take_zone(text: str) -> tuple[str, str]:
    text = text.strip(" \t,|\u00b7\u2022\u2013\u2014@/-")
    match = _ZONE_PART.search(text)
    if match is None:
        return "", text
    return match[0].strip("(). "), text[: match.start()].rstrip(" (,")


def _parse_clock(text: str) -> time | None:
    if word := _WORD_PART.search(text):
        return time(0) if word[0].lower() == "midnight" else time(12)
    match = _TIME_PART.search(text)
    if match is None:
        return None
    hour = _to_24_hours(int(match["hour"]), (match["half"] or "")[:1].lower())
    minute, second = int(match["minute"] or 0), int(match["second"] or 0)
    return time(hour, minute, second) if hour < 24 and minute < 60 and second < 60 else None


def _to_24_hours(hour: int, half: str) -> int:
    if half == "p" and hour < 12:
        return hour + 12
    return 0 if half == "a" and hour == 12 else hour
