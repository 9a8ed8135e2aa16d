"""Find second times of posts: a time above the post and a byline with its time below it, or the reverse."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from itertools import pairwise

from stoppress.importing.plain_text.bylines.byline_names import Byline, parse_byline
from stoppress.importing.plain_text.bylines.time_bylines import PostMark
from stoppress.importing.plain_text.heading_detection import strip_bullet
from stoppress.importing.plain_text.layout.layout_search import Layout, TimePosition
from stoppress.importing.plain_text.layout.time_marks import Mark
from stoppress.importing.plain_text.text_lines import Line

SECOND_TIME_REASON = "second time of the post: the other one is used"
_MIN_SHARE = 0.6
"""Share of posts with a second time at the same place from which such times are those of the posts."""


@dataclass(frozen=True, slots=True)
class SecondMarks:
    """Marks with the bylines of their second times, the lines of these, and where the first post starts."""

    marks: list[PostMark]
    used: set[int] = field(default_factory=set)
    first_post_start: int | None = None


def find_second_marks(layout: Layout, candidates: Sequence[Mark], lines: Sequence[Line]) -> SecondMarks:
    """Return the marks of a layout with what second times add to them."""
    taken = {i for mark in [*layout.marks, *layout.page_marks] for i in range(mark.first, mark.last + 1)}
    others = {mark.index: mark for mark in candidates if mark.is_whole_line and mark.index not in taken}
    if not others:
        return SecondMarks(layout.marks)
    if layout.position is TimePosition.BELOW_POST:
        return _find_above_posts(layout.marks, others)
    return _find_below_posts(layout.marks, others, lines)


def _find_above_posts(marks: list[PostMark], others: dict[int, Mark]) -> SecondMarks:
    used = {mark.last + 1 for mark in marks[:-1] if mark.last + 1 in others}
    head = max((i for i in others if i < marks[0].first), default=None)
    if len(used) < _MIN_SHARE * (len(marks) - 1) or (len(marks) == 1 and head is None):
        return SecondMarks(marks)
    return SecondMarks(marks, used | ({head} if head is not None else set()), head)


def _find_below_posts(marks: list[PostMark], others: dict[int, Mark], lines: Sequence[Line]) -> SecondMarks:
    ends = [*(below.first - 1 for _, below in pairwise(marks)), len(lines) - 1]
    second = {i: end for i, end in enumerate(ends) if end in others and end > marks[i].last}
    if len(second) < _MIN_SHARE * len(marks):
        return SecondMarks(marks)
    used = set(second.values())
    result = list(marks)
    for i, end in second.items():
        byline, name_line = _byline_of(others[end], lines)
        used |= {name_line} if name_line is not None else set()
        if byline and marks[i].byline is None:
            result[i] = replace(marks[i], byline=byline)
    return SecondMarks(result, used)


def _byline_of(mark: Mark, lines: Sequence[Line]) -> tuple[Byline | None, int | None]:
    """Return the byline of a second time: on its line, or on the line above it."""
    if mark.byline:
        return mark.byline, None
    above = mark.index - 1
    byline = parse_byline(strip_bullet(lines[above].text)) if above >= 0 else None
    return (byline, above) if byline else (None, None)
