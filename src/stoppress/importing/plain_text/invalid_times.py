"""Lines in the shape of a time that cannot be: 31 February, 25:61. They part no posts, and that must be said."""

import re
from collections.abc import Sequence

from stoppress.importing.plain_text.separator_lines import SeparatorShape, parse_separator
from stoppress.importing.plain_text.text_lines import Line
from stoppress.importing.plain_text.times.dates import DAY

MAX_TIME_LINE_CHARACTERS = 120

_DAY = re.compile(rf"(?<!\d){DAY}", re.IGNORECASE)
_DAY_BESIDE_NAME = re.compile(DAY, re.IGNORECASE)
_CLOCK = re.compile(r"(?<![\d.:])\d{1,2}[:.h]\d{2}(?::\d{2})?(?![\d:])")
_PLAIN_CLOCK = re.compile(r"(?<![\d.:])\d{1,2}:\d{2}(?![\d:])")
_WARNING = (
    "A line looks like the time of a post, but there is no such time, so it is kept as text and parts nothing: "
    "check the posts around it (line {lines})."
)


def warn_of_invalid_times(lines: Sequence[Line]) -> list[str]:
    """Return one warning that names the lines, out of those kept as text, whose time cannot be; none for none."""
    found = [str(line.number) for line in lines if has_invalid_time(line)]
    return [_WARNING.format(lines=", ".join(found[:8]) + ("" if len(found) <= 8 else ", …"))] if found else []


def has_invalid_time(line: Line) -> bool:
    """Tell whether a line would say when a post was published, if only its day or its clock were another."""
    if len(line.text) > MAX_TIME_LINE_CHARACTERS or not any(map(str.isdigit, line.text)) or _parts(line):
        return False
    dated = _DAY_BESIDE_NAME.search(line.text) is not None
    clock = (_CLOCK if dated else _PLAIN_CLOCK).search(line.text)
    if clock is None:
        return False
    mended = _CLOCK.sub("12:00", line.text, count=1) if dated else _PLAIN_CLOCK.sub("12:00", line.text, count=1)
    return any(_parts(Line(line.number, day.sub("2 January 2024", mended))) for day in (_DAY, _DAY_BESIDE_NAME))


def _parts(line: Line) -> bool:
    found = parse_separator(0, line)
    return found is not None and found.shape is not SeparatorShape.INLINE
