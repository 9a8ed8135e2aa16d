"""Find lines with an impossible time, such as 31 February or 25:61. They separate no posts, so a warning names them."""

import re
from collections.abc import Sequence

from stoppress.importing.plain_text.layout.time_marks import Shape, find_mark
from stoppress.importing.plain_text.text_lines import Line
from stoppress.importing.plain_text.times.dates import DAY

MAX_TIME_LINE_CHARACTERS = 120

_DAY = re.compile(rf"(?<!\d){DAY}", re.IGNORECASE)
_DAY_BESIDE_NAME = re.compile(DAY, re.IGNORECASE)
_CLOCK = re.compile(r"(?<![\d.:])\d{1,2}[:.h]\d{2}(?::\d{2})?(?![\d:])")
_PLAIN_CLOCK = re.compile(r"(?<![\d.:])\d{1,2}:\d{2}(?![\d:])")
_WARNING = (
    "A line looks like the time of a post, but there is no such time, so it is kept as text and separates no posts: "
    "check the posts around it (line {lines})."
)


def warn_of_invalid_times(lines: Sequence[Line]) -> list[str]:
    """Return one warning with the numbers of text lines that contain an impossible time, or an empty list."""
    numbers = [str(line.number) for line in lines if has_invalid_time(line)]
    return [_WARNING.format(lines=", ".join(numbers[:8]) + ("" if len(numbers) <= 8 else ", …"))] if numbers else []


def has_invalid_time(line: Line) -> bool:
    """Return True if a line would be the time of a post with another day or clock time."""
    if len(line.text) > MAX_TIME_LINE_CHARACTERS or not any(map(str.isdigit, line.text)) or _separates_posts(line):
        return False
    dated = _DAY_BESIDE_NAME.search(line.text) is not None
    clock = (_CLOCK if dated else _PLAIN_CLOCK).search(line.text)
    if clock is None:
        return False
    corrected = _CLOCK.sub("12:00", line.text, count=1) if dated else _PLAIN_CLOCK.sub("12:00", line.text, count=1)
    return any(
        _separates_posts(Line(line.number, day.sub("2 January 2024", corrected))) for day in (_DAY, _DAY_BESIDE_NAME)
    )


def _separates_posts(line: Line) -> bool:
    separator = find_mark(0, line)
    return separator is not None and separator.shape is not Shape.INLINE
