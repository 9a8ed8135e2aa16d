"""Find lines that contain only a date: the day of the posts below, or of the whole page."""

from collections.abc import Sequence
from dataclasses import replace

from stoppress.importing.plain_text.page_layout import PostMark
from stoppress.importing.plain_text.text_lines import Line
from stoppress.importing.plain_text.times.dates import WrittenDay, parse_day_line

DATE_OF_POSTS = "date of the posts below it"
DATE_OF_PAGE = "date of the whole page"


def assign_days(marks: Sequence[PostMark], lines: Sequence[Line]) -> tuple[list[PostMark], dict[int, str]]:
    """Add the day of a date line to the times below it that lack a day.

    If every time has a day, a date line among the posts is text. A single date above all posts applies to the first
    post only, because a page may run past midnight.

    Returns:
        The marks with their days, and the indices of the used date lines with the reason.
    """
    mark_indices = {i for mark in marks for i in range(mark.first, mark.last + 1)}
    days = {i: day for i, line in enumerate(lines) if i not in mark_indices and (day := parse_day_line(line.text))}
    if all(_is_dated(mark) for mark in marks):
        return list(marks), {i: DATE_OF_PAGE for i in days if i < marks[0].first}
    one_above_all = len(days) == 1 and min(days) < marks[0].first
    dated = [*_add_days(marks[:1], days), *marks[1:]] if one_above_all else _add_days(marks, days)
    return dated, dict.fromkeys(days, DATE_OF_PAGE if one_above_all else DATE_OF_POSTS)


def _add_days(marks: Sequence[PostMark], days: dict[int, WrittenDay]) -> list[PostMark]:
    dated: list[PostMark] = []
    remaining = sorted(days, reverse=True)
    day: WrittenDay | None = None
    for mark in marks:
        while remaining and remaining[-1] < mark.first:
            day = days[remaining.pop()]
        dated.append(mark if day is None or _is_dated(mark) else _with_day(mark, day))
    return dated


def _is_dated(mark: PostMark) -> bool:
    return mark.separator.timestamp.is_dated


def _with_day(mark: PostMark, day: WrittenDay) -> PostMark:
    timestamp = replace(mark.separator.timestamp, day=day, weekday=day.weekday)
    return replace(mark, separator=replace(mark.separator, timestamp=timestamp))
