"""Attach names on the line above or below bare times, if most bare times of the page have a name there."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from stoppress.importing.plain_text.bylines.byline_names import Byline, begins_with_by, parse_byline
from stoppress.importing.plain_text.bylines.story_subjects import find_story_subjects
from stoppress.importing.plain_text.heading_detection import looks_like_heading
from stoppress.importing.plain_text.layout.time_marks import Mark, Shape
from stoppress.importing.plain_text.text_lines import Line

_MIN_SHARE = 0.6
"""Share of bare times with a name beside them from which such names are bylines."""


@dataclass(frozen=True, slots=True)
class PostMark:
    """A mark with its lines: `first` to `last`, as indices into the lines of the page."""

    first: int
    last: int
    mark: Mark
    byline: Byline | None


def attach_bylines(marks: Sequence[Mark], lines: Sequence[Line]) -> list[PostMark]:
    """Return the marks with the names beside them."""
    bare = [mark for mark in marks if mark.shape in (Shape.BARE, Shape.EPOCH)]
    mark_indices = {i for mark in marks for i in range(mark.index, mark.index + mark.span)}
    above = {mark.index: b for mark in bare if (b := _byline_at(mark.index - 1, lines, mark_indices))}
    below = {mark.index: b for mark in bare if (b := _byline_at(mark.index + mark.span, lines, mark_indices))}
    if above or below:
        texts = [line.text for i, line in enumerate(lines) if i not in mark_indices]
        above, below = _remove_story_subjects(above, texts), _remove_story_subjects(below, texts)
    if not _most_have_names(above, bare, lines, step=-1):
        below = below if _most_have_names(below, bare, lines, step=1) else _keep_announced(below, lines, step=1)
        above = {i: b for i, b in _keep_announced(above, lines, step=-1).items() if i - 2 not in below}
    else:
        below = {}
    return [_build_mark(mark, above, below) for mark in marks]


def remove_subjects_from_marks(marks: Sequence[Mark], lines: Sequence[Line]) -> list[Mark]:
    """Return the marks; names behind times that sentences of the page mention are titles, not bylines."""
    named = {m.index: m.byline for m in marks if m.byline and m.shape is Shape.TIME_FIRST and m.delimiter in ("", "/")}
    if not named:
        return list(marks)
    own = {mark.index for mark in marks}
    kept = _remove_story_subjects(named, [line.text for i, line in enumerate(lines) if i not in own])
    return [mark if mark.index in kept or mark.index not in named else mark.as_inline() for mark in marks]


def _remove_story_subjects(bylines: dict[int, Byline], texts: Sequence[str]) -> dict[int, Byline]:
    """Remove names that occur once and that sentences of the page mention: headings such as "Storm Maren"."""
    counts = Counter(byline.names for byline in bylines.values())
    single = {name for names, count in counts.items() if count == 1 for name in names}
    subjects = find_story_subjects(single, texts) if single else set()
    return {i: byline for i, byline in bylines.items() if not subjects.issuperset(byline.names)}


def _keep_announced(bylines: dict[int, Byline], lines: Sequence[Line], *, step: int) -> dict[int, Byline]:
    """Return the bylines that begin with "By …", which are accepted alone."""
    return {i: byline for i, byline in bylines.items() if begins_with_by(lines[i + step].text)}


def _byline_at(index: int, lines: Sequence[Line], mark_indices: set[int]) -> Byline | None:
    if not 0 <= index < len(lines) or index in mark_indices:
        return None
    return parse_byline(lines[index].text)


def _most_have_names(bylines: dict[int, Byline], bare: Sequence[Mark], lines: Sequence[Line], *, step: int) -> bool:
    """Return True if most bare times have a name there. With only one name, check that it is no heading."""
    if not bylines or len(bylines) < _MIN_SHARE * len(bare):
        return False
    if len(bylines) > 1 or any(begins_with_by(lines[i + step].text) for i in bylines):
        return True
    return all(_has_post_beyond_name(i + 2 * step, i - step, lines) for i in bylines)


def _has_post_beyond_name(beyond: int, behind: int, lines: Sequence[Line]) -> bool:
    """Return True if a post is beyond the name: text that ends with its time, or a heading above its text."""
    if not 0 <= beyond < len(lines):
        return False
    return not 0 <= behind < len(lines) or looks_like_heading(lines[beyond].text)


def _build_mark(mark: Mark, above: dict[int, Byline], below: dict[int, Byline]) -> PostMark:
    i = mark.index
    last = i + mark.span - 1
    if i in above:
        return PostMark(i - 1, last, mark, above[i])
    if i in below:
        return PostMark(i, last + 1, mark, below[i])
    return PostMark(i, last, mark, mark.byline)
