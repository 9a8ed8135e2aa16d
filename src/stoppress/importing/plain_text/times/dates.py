"""Parse days as pages write them: `1 November 2024`, `Nov 1st, 2024`, `1 de noviembre`, `2024-11-01`, `11月1日`."""

import re
from dataclasses import dataclass
from datetime import date

from stoppress.importing.plain_text.times.lexicon import any_of, month_names, to_ascii_digits, weekday_names

_EXTRA_MONTHS = {"sept": 9, "janv": 1, "févr": 2, "fév": 2, "juil": 7, "déc": 12}
_MONTHS = month_names() | _EXTRA_MONTHS
_WEEKDAYS = weekday_names() | {"tues": 1, "weds": 2, "thur": 3, "thurs": 3}

_NO_LETTER = r"(?![^\W\d_])"
MONTH = rf"ב?(?:{any_of(_MONTHS)}){_NO_LETTER}\.?"
# Short names are also words of other languages ("out" is October in Portuguese): what follows must belong to a date.
_CLEAR_MONTH = rf"ב?(?:{any_of(name for name in _MONTHS if len(name) > 4 or not name.isascii())}){_NO_LETTER}"
_DATE_GOES_ON = r"(?=\.?,?\s*(?:\Z|[,|:;•·–—)\]/-]|(?:at|um|à|om|kl\.?|ore|в|о)?\s?\d|noon|midnight|midday))"
# A date may adjoin a name, and a name may end in "mon" (Simon), so a weekday begins a word or has a capital.
_LONG_WEEKDAYS = [name for name in _WEEKDAYS if len(name) > 2]
_GLUED_WEEKDAYS = [name.capitalize() for name in _LONG_WEEKDAYS] + [name.upper() for name in _LONG_WEEKDAYS]
_WEEKDAY_OF_DATE = (
    rf"(?:(?<![^\W\d_])(?:{any_of(_LONG_WEEKDAYS)}){_NO_LETTER}|(?-i:{any_of(_GLUED_WEEKDAYS)}){_NO_LETTER})\.?"
)
_CLEAR_WEEKDAYS = [name for name in _LONG_WEEKDAYS if len(name) > 4 or name.upper() == name]
_ENGLISH_WEEKDAYS = r"(?-i:Mon|Tues?|Wed|Thu|Thurs?|Fri|Sat|Sun|MON|TUE|WED|THU|FRI|SAT|SUN)"
WEEKDAY = rf"(?<![^\W\d_])(?:{any_of(_CLEAR_WEEKDAYS)}|{_ENGLISH_WEEKDAYS}){_NO_LETTER}\.?"
"""A weekday that stands without a date beside a time; many short names are also words of other languages."""
_YEAR = r"(?:19|20)\d{2}(?![:.h]\d)"
_ORDINAL = r"(?:st|nd|rd|th|er|º|ª|°|\.)?"
_OF = r"(?:\s(?:of|de|del)(?=\s))?"
_MONTH_AND_YEAR = rf"{MONTH}(?:,?{_OF}[\s.-]?\s?{_YEAR})"
_DAY_FIRST = rf"\d{{1,2}}{_ORDINAL}{_OF}[\s.-]?\s?(?:{_MONTH_AND_YEAR}|{_CLEAR_MONTH}|{MONTH}{_DATE_GOES_ON})"
_DAY_IN_MONTH = r"\s?\d{1,2}(?!:?\d|\.\d|\s?[ap]\.?m)(?:st|nd|rd|th)?"
_MONTH_FIRST = rf"{MONTH}{_DAY_IN_MONTH}(?:,?\s?{_YEAR}|{_DATE_GOES_ON})|{_CLEAR_MONTH}{_DAY_IN_MONTH}"
_CJK = r"(?:\d{4}\s?[年년]\s?)?\d{1,2}\s?[月월]\s?\d{1,2}\s?[日일号號](?:\s?[（(][^()（）]{1,3}[)）])?"
_ISO = r"(?:19|20)\d{2}[-/.]\d{2}[-/.]\d{2}(?!\d)"
_SLASHED = r"\d{1,2}(?:[/.-])\d{1,2}[/.-](?:(?:19|20)\d{2}|\d{2})(?![\d/.])"
_PLAIN = rf"(?:{_ISO}|{_CJK}|{_DAY_FIRST}|{_MONTH_FIRST}|{_SLASHED})"

DAY = rf"(?:{_WEEKDAY_OF_DATE},?\s?(?:le\s|den\s|the\s|el\s|,)?)?{_PLAIN}"

_PARTS = (
    re.compile(r"(?P<year>\d{4})[-/.](?P<month>\d{2})[-/.](?P<day>\d{2})"),
    re.compile(r"(?:(?P<year>\d{4})\s?[年년]\s?)?(?P<month>\d{1,2})\s?[月월]\s?(?P<day>\d{1,2})\s?[日일号號]"),
    re.compile(rf"(?P<day>\d{{1,2}}){_ORDINAL}{_OF}[\s.-]*(?P<name>{MONTH})(?:,?{_OF}[\s.-]*(?P<year>\d{{4}}))?", re.I),
    re.compile(rf"(?P<name>{MONTH})\s?(?P<day>\d{{1,2}})(?:st|nd|rd|th)?(?:,?\s?(?P<year>\d{{4}}))?", re.I),
    re.compile(r"(?P<day>\d{1,2})(?P<mark>[/.-])(?P<month>\d{1,2})[/.-](?P<year>\d{2,4})"),
    re.compile(r"(?P<day>\d{1,2})(?P<mark>[/.])(?P<month>\d{1,2})"),
)
_WEEKDAY_PART = re.compile(_WEEKDAY_OF_DATE, re.IGNORECASE)
_DAY_WORDS = r"(?:le|den|am|el|the|vom|on)\s"
_ONLY_DAY = re.compile(rf"\W*(?:{_DAY_WORDS})?{DAY}\W*", re.IGNORECASE)
_DAY_AND_REST = re.compile(rf"\W*{DAY}\s*[/|·•,–—-]\s*(?P<rest>\S.*)", re.IGNORECASE)
_FULL_DAY = re.compile(rf"(?<!\d){DAY}", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class WrittenDay:
    """A day as written on a page.

    Attributes:
        year: None if the page omits it.
        weekday: 0 for Monday; None if the page omits it.
        is_ambiguous: Day and month could be exchanged, as in 01/11/2024.
    """

    month: int
    day: int
    year: int | None = None
    weekday: int | None = None
    is_ambiguous: bool = False

    def on(self, year: int) -> date:
        """Return the day in a year; 29 February becomes the 28th if the year is no leap year."""
        leap_lost = (self.month, self.day) == (2, 29) and not _is_date(year, 2, 29)
        return date(year, self.month, 28 if leap_lost else self.day)


def parse_day(text: str) -> WrittenDay | None:
    """Return the day in `text`, perhaps with its weekday, or None if there is no such day."""
    text = to_ascii_digits(text)
    for pattern in _PARTS:
        if match := pattern.search(text):
            return _build_day(match, _weekday(text))
    return None


def find_full_day(text: str) -> WrittenDay | None:
    """Return the first day with a year in a line such as a headline, or None."""
    for match in _FULL_DAY.finditer(to_ascii_digits(text)):
        day = parse_day(match[0])
        if day and day.year:
            return day
    return None


def parse_day_line(text: str) -> WrittenDay | None:
    """Return the day if the line consists of nothing else, as above the posts of that day; else None."""
    match = _ONLY_DAY.fullmatch(to_ascii_digits(text)) if len(text) <= 60 else None
    return parse_day(text) if match else None


def split_day_line(text: str) -> tuple[WrittenDay, str] | None:
    """Return the day and the rest of a line such as "7 May 2024 / Ines Okafor", or None."""
    match = _DAY_AND_REST.fullmatch(to_ascii_digits(text)) if len(text) <= 80 else None
    day = parse_day(text[: match.start("rest")]) if match else None
    return (day, text[match.start("rest") :]) if match and day else None


def _build_day(match: re.Match[str], weekday: int | None) -> WrittenDay | None:
    parts = match.groupdict()
    day, month = int(parts["day"]), _month(parts)
    year = _year(parts.get("year"))
    is_ambiguous = parts.get("mark") == "/" and max(day, month) <= 12 and day != month
    if "mark" in parts and month > 12:
        day, month = month, day
    valid = _is_date(year or 2024, month, day)  # 2024: a leap year, for a 29 February without its year
    return WrittenDay(month, day, year, weekday, is_ambiguous) if valid else None


def _month(parts: dict[str, str]) -> int:
    name = parts.get("name")
    return _MONTHS[name.rstrip(".").lower().removeprefix("ב")] if name else int(parts["month"])


def _year(text: str | None) -> int | None:
    if text is None:
        return None
    return int(text) + 2000 if len(text) == 2 else int(text)


def _weekday(text: str) -> int | None:
    match = _WEEKDAY_PART.search(text)
    return weekday_number(match[0]) if match else None


def weekday_number(name: str) -> int:
    """Return the number of a weekday (0 for Monday) that matches WEEKDAY."""
    return _WEEKDAYS[name.rstrip(".").lower()]


def _is_date(year: int, month: int, day: int) -> bool:
    try:
        date(year, month, day)
    except ValueError:
        return False
    return True
