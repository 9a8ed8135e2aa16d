"""Find lines that contain only a date: the day of the posts below, or of the whole page."""

from collections.abc import Sequence
from dataclasses import replace

from stoppress.importing.plain_text.bylines.byline_names import parse_byline
from stoppress.importing.plain_text.bylines.time_bylines import PostMark
from stoppress.importing.plain_text.layout.time_marks import Mark
from stoppress.importing.plain_text.text_lines import Line
from stoppress.importing.plain_text.times.dates import WrittenDay, parse_day_line, split_day_line

DATE_OF_POSTS = "date of the posts below it"
DATE_OF_PAGE = "date of the whole page"


def find_day_lines(lines: Sequence[Line], candidates: Sequence[Mark]) -> dict[int, WrittenDay]:
    """Return the days of date lines by the indices of the lines.

    Above all times, a name may follow the date ("7 May 2024 / Ines Okafor"). If every time has a day, a date line among
    them is text.
    """
    marked = {mark.index for mark in candidates}
    first = min(marked, default=0)
    days = {i: day for i, line in enumerate(lines) if i not in marked and (day := parse_day_line(line.text))}
    for i in range(first):
        split = split_day_line(lines[i].text)
        if split and i not in days and parse_byline(split[1]):
            days[i] = split[0]
    if all(mark.timestamp.is_dated for mark in candidates):
        return {i: day for i, day in days.items() if i < first}
    return days


def add_days(candidates: Sequence[Mark], days: dict[int, WrittenDay]) -> list[Mark]:
    """Add the day of the date line above to times that lack a day, unless it is the only one and above all times."""
    if not days or is_page_day(days, candidates[0].index if candidates else 0):
        return list(candidates)
    dated: list[Mark] = []
    remaining = sorted(days, reverse=True)
    day: WrittenDay | None = None
    for mark in candidates:
        while remaining and remaining[-1] < mark.index:
            day = days[remaining.pop()]
        dated.append(mark if day is None or mark.timestamp.is_dated else _with_day(mark, day))
    return dated


def is_page_day(days: dict[int, WrittenDay], first_mark: int) -> bool:
    """Return True if there is a single date line, above all times: a page may run past midnight."""
    return len(days) == 1 and min(days) < first_mark


def date_first_post(marks: Sequence[PostMark], day: WrittenDay) -> list[PostMark]:
    """Return the marks with the day of the page for the first of them."""
    first = marks[0]
    if first.mark.timestamp.is_dated:
        return list(marks)
    return [replace(first, mark=_with_day(first.mark, day)), *marks[1:]]


def _with_day(mark: Mark, day: WrittenDay) -> Mark:
    return replace(mark, timestamp=replace(mark.timestamp, day=day, weekday=day.weekday))
