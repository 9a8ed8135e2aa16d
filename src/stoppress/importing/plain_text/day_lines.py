"""Lines that hold a date and nothing else: the day of the posts below them, or of the whole page."""

from collections.abc import Sequence
from dataclasses import replace

from stoppress.importing.plain_text.page_layout import Mark
from stoppress.importing.plain_text.text_lines import Line
from stoppress.importing.plain_text.times.dates import Day, read_day_alone

OF_THE_POSTS = "date of the posts below it"
OF_THE_PAGE = "date of the whole page"


def under_their_days(marks: Sequence[Mark], lines: Sequence[Line]) -> tuple[list[Mark], dict[int, str]]:
    """Give times that lack a day the one on a line above them, and say which lines are used up by this, and why.

    Where every time has its day, a date among the posts is text. One date above all posts is the day of the first only:
    a page may run over midnight.
    """
    taken = {i for mark in marks for i in range(mark.first, mark.last + 1)}
    days = {i: day for i, line in enumerate(lines) if i not in taken and (day := read_day_alone(line.text))}
    if all(_is_dated(mark) for mark in marks):
        return list(marks), {i: OF_THE_PAGE for i in days if i < marks[0].first}
    one_above_all = len(days) == 1 and min(days) < marks[0].first
    dated = [*_dated(marks[:1], days), *marks[1:]] if one_above_all else _dated(marks, days)
    return dated, dict.fromkeys(days, OF_THE_PAGE if one_above_all else OF_THE_POSTS)


def _dated(marks: Sequence[Mark], days: dict[int, Day]) -> list[Mark]:
    dated: list[Mark] = []
    waiting = sorted(days, reverse=True)
    day: Day | None = None
    for mark in marks:
        while waiting and waiting[-1] < mark.first:
            day = days[waiting.pop()]
        dated.append(mark if day is None or _is_dated(mark) else _on(mark, day))
    return dated


def _is_dated(mark: Mark) -> bool:
    return mark.separator.stamp.is_dated


def _on(mark: Mark, day: Day) -> Mark:
    stamp = replace(mark.separator.stamp, day=day, weekday=day.weekday)
    return replace(mark, separator=replace(mark.separator, stamp=stamp))
