"""Parse days as pages write them: `1 November 2024`, `Nov 1st, 2024`, `Fri 1 Nov`, `2024-11-01`, `01/11/2024`."""

import re
from dataclasses import dataclass
from datetime import date

_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")

_MONTH = (
    r"(?:jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?|sept?(?:ember)?|oct(?:ober)?"
    r"|nov(?:ember)?|dec(?:ember)?)(?![a-z])\.?"
)
# Capitalised only: a name may end in "mon" (Simon), and dates adjoin names.
WEEKDAY = (
    r"(?-i:(?:Mon|Tues?|Wed|Thu|Thurs?|Fri|Sat|Sun)\b|(?:MON|TUES?|WED|THU|THURS?|FRI|SAT|SUN)\b"
    r"|(?:Mon|Tues|Wednes|Thurs|Fri|Satur|Sun)day|(?:MON|TUES|WEDNES|THURS|FRI|SATUR|SUN)DAY)\.?"
)
_YEAR = r"(?:19|20)\d{2}(?![:.h]\d)"
_DAY_FIRST = rf"\d{{1,2}}(?:st|nd|rd|th)?(?:\sof)?[\s.-]?\s?{_MONTH}(?:,?[\s.-]?\s?{_YEAR})?"
_MONTH_FIRST = rf"{_MONTH}\s?\d{{1,2}}(?![:\d]|\.\d)(?:st|nd|rd|th)?(?:,?\s?{_YEAR})?"
_ISO = r"(?:19|20)\d{2}[-/]\d{2}[-/]\d{2}"
_SLASHED = r"\d{1,2}[/.]\d{1,2}[/.](?:(?:19|20)\d{2}|\d{2})(?![\d/.])"
_PLAIN = rf"(?:{_ISO}|{_DAY_FIRST}|{_MONTH_FIRST}|{_SLASHED})"

DAY = rf"(?:{WEEKDAY},?\s?)?{_PLAIN}"

_PARTS = (
    re.compile(r"(?P<year>\d{4})[-/](?P<month>\d{2})[-/](?P<day>\d{2})"),
    re.compile(
        rf"(?P<day>\d{{1,2}})(?:st|nd|rd|th)?(?:\sof)?[\s.-]*(?P<name>{_MONTH})(?:,?[\s.-]*(?P<year>\d{{4}}))?", re.I
    ),
    re.compile(rf"(?P<name>{_MONTH})\s?(?P<day>\d{{1,2}})(?:st|nd|rd|th)?(?:,?\s?(?P<year>\d{{4}}))?", re.I),
    re.compile(r"(?P<day>\d{1,2})(?P<mark>[/.])(?P<month>\d{1,2})[/.](?P<year>\d{2,4})"),
)
_WEEKDAY_PART = re.compile(WEEKDAY)
_ONLY_DAY = re.compile(rf"\W*{DAY}\W*", re.IGNORECASE)
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
    for pattern in _PARTS:
        if match := pattern.search(text):
            return _build_day(match, _weekday(text))
    return None


def find_full_day(text: str) -> WrittenDay | None:
    """Return the first day with a year in a line such as a headline, or None."""
    for match in _FULL_DAY.finditer(text):
        day = parse_day(match[0])
        if day and day.year:
            return day
    return None


def parse_day_line(text: str) -> WrittenDay | None:
    """Return the day if the line consists of nothing else, as above the posts of that day; else None."""
    match = _ONLY_DAY.fullmatch(text) if len(text) <= 60 else None
    return parse_day(text) if match else None


def _build_day(match: re.Match[str], weekday: int | None) -> WrittenDay | None:
    parts = match.groupdict()
    day, month = int(parts["day"]), _month(parts)
    year = _year(parts["year"])
    is_ambiguous = "mark" in parts and max(day, month) <= 12 and day != month and parts["mark"] == "/"
    if "mark" in parts and month > 12:
        day, month = month, day
    valid = _is_date(year or 2024, month, day)  # 2024: a leap year, for a 29 February without its year
    return WrittenDay(month, day, year, weekday, is_ambiguous) if valid else None


def _month(parts: dict[str, str]) -> int:
    name = parts.get("name")
    return _MONTHS.index(name[:3].lower()) + 1 if name else int(parts["month"])


def _year(text: str | None) -> int | None:
    if text is None:
        return None
    return int(text) + 2000 if len(text) == 2 else int(text)


def _weekday(text: str) -> int | None:
    match = _WEEKDAY_PART.search(text)
    return WEEKDAYS.index(match[0][:3].lower()) if match else None


def _is_date(year: int, month: int, day: int) -> bool:
    try:
        date(year, month, day)
    except ValueError:
        return False
    return True
