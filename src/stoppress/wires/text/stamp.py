"""When a post was published, as a page writes it: a clock, with or without a day and a zone, or a Unix epoch.

    "Fri 1 Nov 2024 8.40pm GMT"  ──►  Stamp(day=1 Nov 2024, clock=20:40, zone="GMT")

Only what is written is read here; `moments` supplies what is missing.
"""

import re
from dataclasses import dataclass
from datetime import UTC, datetime, time

from stoppress.wires.text.dates import DAY, WEEKDAY, Day, read_day
from stoppress.wires.text.zones import ZONE

_HALF = r"(?:\s?[ap]\.?m(?![^\W\d_])\.?)"
_DIGITS = rf"\d{{1,2}}[:.h][0-5]\d(?:[:.][0-5]\d(?:\.\d{{1,6}})?)?(?!\d|[:.]\d)(?:{_HALF}|\s?hrs)?"
_HOUR_ONLY = rf"\d{{1,2}}{_HALF}"
_MILITARY = rf"[0-2]\d[0-5]\d(?:\s?hrs|(?=\s?{ZONE}))"
_WORD = r"(?:12\s)?(?:noon|midday|midnight)(?![^\W\d_])"
CLOCK = rf"(?:{_DIGITS}|{_HOUR_ONLY}|{_MILITARY}|{_WORD})(?:[\s,]*\(?{ZONE}\)?)?"
_BETWEEN = r"[\s,|\u00b7\u2022\u2013\u2014@/-]*(?:at\s|t(?=\d))?\s?"
_BEFORE_DAY = r"(?:[\s,|\u00b7\u2022\u2013\u2014-]|on\s)*"

STAMP = (
    rf"(?:{DAY}{_BETWEEN}{CLOCK}|{CLOCK}{_BEFORE_DAY}{DAY}"
    rf"|{WEEKDAY},?{_BETWEEN}{CLOCK}|{CLOCK}{_BEFORE_DAY}{WEEKDAY}|{CLOCK})"
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
_WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


@dataclass(frozen=True, slots=True)
class Stamp:
    """A time as it was written: `instant` when nothing is open, else a clock with what else was said."""

    clock: time
    day: Day | None = None
    weekday: int | None = None
    zone: str = ""
    instant: datetime | None = None


def read_stamp(text: str) -> Stamp | None:
    """Return the time written in `text`, which has the form of STAMP; None if there is no such time (25:00)."""
    day, weekday, rest = _take_day(text)
    if day is None and _DAY_PART.search(text):
        return None
    zone, rest = _take_zone(rest)
    clock = _clock(rest)
    return Stamp(clock, day, weekday, zone) if clock is not None else None


def read_epoch(digits: str) -> Stamp:
    """Return the moment of a Unix epoch in seconds (10 digits) or milliseconds (13 digits)."""
    instant = datetime.fromtimestamp(int(digits[:10]), UTC)
    return Stamp(instant.time(), instant=instant)


def _take_day(text: str) -> tuple[Day | None, int | None, str]:
    if found := _DAY_PART.search(text):
        day = read_day(found[0])
        return day, day.weekday if day else None, f"{text[: found.start()]} {text[found.end() :]}"
    if found := _WEEKDAY_PART.search(text):
        weekday = _WEEKDAYS.index(found[0][:3].lower())
        return None, weekday, f"{text[: found.start()]} {text[found.end() :]}"
    return None, None, text


def _take_zone(text: str) -> tuple[str, str]:
    text = text.strip(" \t,|\u00b7\u2022\u2013\u2014@/-")
    found = _ZONE_PART.search(text)
    if found is None:
        return "", text
    return found[0].strip("(). "), text[: found.start()].rstrip(" (,")


def _clock(text: str) -> time | None:
    if word := _WORD_PART.search(text):
        return time(0) if word[0].lower() == "midnight" else time(12)
    found = _TIME_PART.search(text)
    if found is None:
        return None
    hour = _hour(int(found["hour"]), (found["half"] or "")[:1].lower())
    minute, second = int(found["minute"] or 0), int(found["second"] or 0)
    return time(hour, minute, second) if hour < 24 and minute < 60 and second < 60 else None


def _hour(hour: int, half: str) -> int:
    if half == "p" and hour < 12:
        return hour + 12
    return 0 if half == "a" and hour == 12 else hour
