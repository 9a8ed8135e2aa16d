"""Parse the publication time of a post: a clock time, perhaps with a day and a zone, or a Unix epoch.

    "Fri 1 Nov 2024 8.40pm GMT"  ──►  Timestamp(day=1 Nov 2024, clock=20:40, zone="GMT")

This module parses only what the page states; `date_inference` adds what is missing.
"""

import re
from dataclasses import dataclass, replace
from datetime import UTC, datetime, time, timedelta

from stoppress.importing.plain_text.times.dates import DAY, WEEKDAY, WrittenDay, parse_day, weekday_number
from stoppress.importing.plain_text.times.lexicon import any_of, compact, day_periods, to_ascii_digits
from stoppress.importing.plain_text.times.time_zones import ZONE

_NO_LETTER = r"(?![^\W\d_])"
_PERIODS = {word: kind for word, kind in day_periods().items() if len(word) > 2 or not word.isascii()}
_HALVES = [word for word, kind in _PERIODS.items() if kind in ("am", "pm")]
_SPELT_HALVES = "|".join(r"[\s.]?".join(map(re.escape, word)) for word in sorted(_HALVES, key=len, reverse=True))
_HALF = rf"(?:\s?(?:[ap]\.?\s?m|{_SPELT_HALVES}){_NO_LETTER}\.?)"
_HALF_FIRST = rf"(?:(?:{any_of(word for word in _HALVES if not word.isascii())})\s?)"
_NOON, _MIDNIGHT = (
    [*(word for word, kind in _PERIODS.items() if kind == period), *more]
    for period, more in (("noon", ["midday"]), ("midnight", []))
)
_HOUR_WORD = r"(?:uhr|hrs?|hs?|horas?|heures?|uur|u|ч|год|óra)"
_HOURS = rf"(?:\s?{_HOUR_WORD}(?![^\W_])\.?)"
_DIGITS = (
    rf"\d{{1,2}}(?:\s?[:.h]|\s?h\s)[0-5]\d(?:[:.][0-5]\d(?:\.\d{{1,6}})?)?(?!\d|[:.]\d)(?:\s?min{_NO_LETTER})?"
    rf"(?:{_HALF}|{_HOURS})?"
)
_HOUR_ONLY = rf"\d{{1,2}}(?:{_HALF}|{_HOURS})"
_CJK = r"\d{1,2}\s?[時时點点시](?:\s?\d{1,2}\s?[分분])?(?:\s?\d{1,2}\s?[秒초])?"
_MILITARY = rf"[0-2]\d[0-5]\d(?:\s?hrs|(?=\s?{ZONE}))"
_WORD = rf"(?:12\s)?(?:{any_of([*_NOON, *_MIDNIGHT])}){_NO_LETTER}"
CLOCK = (
    rf"(?:{_DIGITS}|{_HOUR_ONLY}|{_MILITARY}|{_WORD}|{_CJK}|{_HALF_FIRST}(?:{_DIGITS}|{_CJK}))(?:[\s,]*\(?{ZONE}\)?)?"
)
_AT = r"(?:at|um|gegen|à|a\slas|às|as|alle|ore|om|kl\.?|klo|godz\.?|la\sora|о|об|в|saat|pukul|ώρα|στις|uhrzeit)"
_BETWEEN = rf"[\s,|\u00b7\u2022\u2013\u2014@/-]*(?:{_AT}\s|t(?=\d))?\s?"
_BEFORE_DAY = r"(?:[\s,|\u00b7\u2022\u2013\u2014-]|(?:on|am|le|el|del|den)\s)*"
_SHORT_DAY = r"\d{1,2}/\d{1,2}(?!\d|/)"
RELATIVE = r"(?:today|yesterday)(?![^\W\d_])"
AT_WORD = rf"(?:(?:{_AT}|le|el|am|den)\s)?"

TIMESTAMP = (
    rf"(?:{DAY}{_BETWEEN}{CLOCK}|{CLOCK}{_BEFORE_DAY}{DAY}"
    rf"|{WEEKDAY},?{_BETWEEN}{CLOCK}|{CLOCK}{_BEFORE_DAY}{WEEKDAY}(?=\s*(?:\Z|[,|:•–—-]))|{_SHORT_DAY}{_BETWEEN}{CLOCK}"
    rf"|{RELATIVE}{_BETWEEN}{CLOCK}|{CLOCK}{_BEFORE_DAY}{RELATIVE}|{CLOCK})"
)
EPOCH = r"[1-4]\d{9}(?:\d{3})?"
TIME_WORDS = any_of([*_NOON, *_MIDNIGHT])

_DAY_PART = re.compile(DAY, re.IGNORECASE)
_SHORT_DAY_PART = re.compile(rf"^{_SHORT_DAY}")
_WEEKDAY_PART = re.compile(WEEKDAY, re.IGNORECASE)
_TIME_PART = re.compile(
    r"(?P<hour>\d{1,2})(?:\s?[時时點点시]\s?(?P<cjk>\d{1,2})|(?:\s?[:.h]?\s?(?P<minute>\d{2})(?!\d)))?"
    r"(?:[:.](?P<second>\d{2})(?:\.\d+)?)?",
    re.IGNORECASE,
)
_HALF_PART = re.compile(rf"{_HALF}|{_HALF_FIRST}", re.IGNORECASE)
_NOON_PART = re.compile(rf"(?:{any_of(_NOON)}){_NO_LETTER}", re.IGNORECASE)
_MIDNIGHT_PART = re.compile(rf"(?:{any_of(_MIDNIGHT)}){_NO_LETTER}", re.IGNORECASE)
_ZONE_PART = re.compile(rf"(?:^|(?<=[\s\d(.,m])){ZONE}\)?\.?$", re.IGNORECASE)
_RELATIVE_PART = re.compile(RELATIVE, re.IGNORECASE)
_AFTER_MIDNIGHT = re.compile(r"24(?=[:.h]?[0-5]\d(?![\d]))")


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
    text = to_ascii_digits(text)
    day, weekday, rest = _take_day(text)
    if day is None and _DAY_PART.search(text):
        return None
    relative, rest = _take_relative(rest)
    zone, rest = _take_zone(rest)
    if _AFTER_MIDNIGHT.match(rest):
        day, relative = _next_day(day), None if relative is None else relative + 1
        weekday, rest = day.weekday if day else weekday, _AFTER_MIDNIGHT.sub("00", rest, count=1)
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
        return None, weekday_number(match[0]), _remove(match)
    if short := _SHORT_DAY_PART.search(text.strip()):
        day = parse_day(short[0])
        return day, None, _remove(short) if day else text
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
    if _NOON_PART.search(text):
        return time(12)
    if _MIDNIGHT_PART.search(text):
        return time(0)
    match = _TIME_PART.search(text)
    if match is None:
        return None
    half = _HALF_PART.search(text)
    hour = _to_24_hours(int(match["hour"]), _PERIODS.get(compact(half[0]), compact(half[0]))[:1] if half else "")
    minute, second = int(match["minute"] or match["cjk"] or 0), int(match["second"] or 0)
    return time(hour, minute, second) if hour < 24 and minute < 60 and second < 60 else None


def _to_24_hours(hour: int, half: str) -> int:
    if half == "p" and hour < 12:
        return hour + 12
    return 0 if half == "a" and hour == 12 else hour
