"""Choose the layout of a page: which times separate the posts, and where the time of a post is.

    candidates ──► families (`mark_families`) ──► for each: repeated times merged, names attached, the page's own time
                                                  split off ──► scored with each position of the time ──► the best

The choice considers the whole page, because a single line can mislead. The score of the runner-up is kept.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from enum import Enum
from itertools import pairwise

from stoppress.importing.plain_text.bylines.time_bylines import (
    PostMark,
    attach_bylines,
    remove_subjects_from_marks,
)
from stoppress.importing.plain_text.heading_detection import looks_like_heading, looks_like_sentence, parse_label_line
from stoppress.importing.plain_text.layout.mark_families import propose_families
from stoppress.importing.plain_text.layout.time_marks import Mark, Shape
from stoppress.importing.plain_text.text_lines import Line

_MAX_FAMILIES = 6
_MIN_HEADING_SHARE = 0.75
"""Share of posts with a heading above the time from which that is the rule of the page."""


class TimePosition(Enum):
    """Place of the time: below the post, between heading and text, or above the heading."""

    BELOW_POST = "time below the post"
    BELOW_HEADING = "time between heading and text"
    ABOVE_HEADING = "time above the post"


@dataclass(frozen=True)
class Layout:
    """One reading of a page.

    Attributes:
        marks: The marks of the posts.
        page_marks: The times of the page itself.
        position: Place of the time in each post.
        score: How well the reading fits, from 0 to 1.
    """

    marks: list[PostMark]
    page_marks: list[PostMark]
    position: TimePosition
    score: float

    def describe(self) -> str:
        """Return the reading in words."""
        return f"{self.position.value}, {len(self.marks)} times"


def rank_layouts(candidates: Sequence[Mark], lines: Sequence[Line], excluded: set[int]) -> list[Layout]:
    """Return the possible layouts of a page, the best first.

    Args:
        candidates: The candidate marks, with the days of date lines.
        lines: The lines of the page.
        excluded: Indices of date lines, which are no text of posts.
    """
    layouts = []
    for family in propose_families(candidates)[:_MAX_FAMILIES]:
        single = merge_repeats(remove_subjects_from_marks(family.marks, lines), lines)
        marks, page_marks = split_page_marks(attach_bylines(single, lines), lines)
        blocks = _text_blocks(marks, lines, excluded)
        named = _share([mark.byline is not None for mark in marks])
        layouts += [
            Layout(marks, page_marks, position, round(0.57 * family.score + 0.38 * fit + 0.05 * named, 3))
            for position, fit in _score_positions(blocks, marks).items()
        ]
    return sorted(layouts, key=lambda layout: -layout.score)


def merge_repeats(marks: Sequence[Mark], lines: Sequence[Line]) -> list[Mark]:
    """Merge a bare time with an equal one next to it, even if a label is between: it is one time shown in two ways."""
    joined: list[Mark] = []
    for mark in marks:
        labels = _only_labels(lines[joined[-1].index + joined[-1].span : mark.index]) if joined else None
        if labels is not None and _repeats(joined[-1], mark):
            joined[-1] = _merge(joined[-1], mark, *labels)
        else:
            joined.append(mark)
    return joined


def _only_labels(lines: Sequence[Line]) -> list[str] | None:
    """Return the labels if every line is a label, else None."""
    labels = [label for line in lines[:3] if (label := parse_label_line(line.text))]
    return labels if len(labels) == len(lines) else None


def _repeats(above: Mark, below: Mark) -> bool:
    timestamps = (above.timestamp, below.timestamp)
    days = {timestamp.day for timestamp in timestamps if timestamp.day}
    zones = {timestamp.zone.lower() for timestamp in timestamps if timestamp.zone}
    is_bare = Shape.BARE in (above.shape, below.shape) and Shape.INLINE not in (above.shape, below.shape)
    return is_bare and above.timestamp.clock == below.timestamp.clock and len(days) <= 1 and len(zones) <= 1


def _merge(above: Mark, below: Mark, *labels: str) -> Mark:
    """Return the more complete of two equal times, extended over the lines of both."""
    more_complete = (
        below
        if (below.byline and not above.byline) or (below.day_precision > above.day_precision and not above.rest)
        else above
    )
    zone = above.timestamp.zone or below.timestamp.zone
    timestamp = replace(more_complete.timestamp, zone=zone)
    byline, label = above.byline or below.byline, next(filter(None, [above.label, below.label, *labels]), None)
    span = below.index + below.span - above.index
    return replace(more_complete, index=above.index, timestamp=timestamp, byline=byline, label=label, span=span)


def split_page_marks(marks: Sequence[PostMark], lines: Sequence[Line]) -> tuple[list[PostMark], list[PostMark]]:
    """Split off the times of the page itself, which differ in style from those of posts and surround no text.

    Returns:
        The marks of posts, and the marks of the page.
    """
    usual = _most_common([mark.mark for mark in reversed(marks)])
    count = 0
    for mark, following in pairwise(marks):
        above, below = lines[: mark.first], lines[mark.last + 1 : following.first]
        if _has_usual_style(mark.mark, usual, closes_text=_has_sentence(below)):
            break
        if _has_sentence(below) and (_has_sentence(above) or _continues(mark.mark, following.mark)):
            break
        count += 1
    return list(marks[count:]), list(marks[:count])


def _continues(above: Mark, below: Mark) -> bool:
    """Return True if a dated time is later than the undated one below it: the newest post may name the day for all."""
    same_shape = (above.shape, above.form) == (below.shape, below.form)
    return same_shape and not above.byline and above.timestamp.clock > below.timestamp.clock


def _most_common(marks: Sequence[Mark]) -> Mark:
    counts = Counter((mark.style, mark.day_precision) for mark in marks)
    style, day_precision = counts.most_common(1)[0][0]
    return next(mark for mark in marks if (mark.style, mark.day_precision) == (style, day_precision))


def _has_usual_style(mark: Mark, usual: Mark, *, closes_text: bool) -> bool:
    """Return True if a time has the usual style of the page. Posts of today may omit the day that older ones have."""
    starts_line = {Shape.BARE, Shape.TIME_FIRST, Shape.INLINE}
    is_similar = mark.form == usual.form and {mark.shape, usual.shape} <= starts_line
    if not (mark.style == usual.style or is_similar) or mark.day_precision > usual.day_precision:
        return False
    return mark.day_precision == usual.day_precision or closes_text


def _has_sentence(lines: Sequence[Line]) -> bool:
    return any(looks_like_sentence(line.text) for line in lines)


def _text_blocks(marks: Sequence[PostMark], lines: Sequence[Line], excluded: set[int]) -> list[list[Line]]:
    """Return the lines above, between and below the marks, without labels and date lines."""
    starts = [0, *(mark.last + 1 for mark in marks)]
    ends = [*(mark.first for mark in marks), len(lines)]
    return [
        [lines[i] for i in range(start, end) if i not in excluded and not parse_label_line(lines[i].text)]
        for start, end in zip(starts, ends, strict=True)
    ]


def _score_positions(blocks: Sequence[Sequence[Line]], marks: Sequence[PostMark]) -> dict[TimePosition, float]:
    """Return how well each position of the time fits, from 0 to 1: evidence beside the best, times posts with text."""
    filled_below = (sum(map(_fill, marks, blocks[1:])) / len(marks)) ** 2
    filled_above = _share([bool(block) for block in blocks[:-1]]) ** 2
    if marks[0].mark.is_inline:
        return {TimePosition.ABOVE_HEADING: filled_below}
    has_tail = bool(blocks[-1])
    names_first = _share([mark.mark.shape is Shape.NAME_FIRST for mark in marks])
    glued = _share([mark.mark.is_glued for mark in marks])
    below_time = has_tail * 1.5 + (1 - names_first) * 0.5
    evidence = {
        TimePosition.BELOW_POST: (not has_tail) * 1.5
        + _share_starting_with_heading(blocks[1:-1])
        + glued * 1.5
        + names_first * 0.5
        + _has_heading_between_sentences(blocks[0]) * 1.25,
        TimePosition.ABOVE_HEADING: below_time + _share_starting_with_heading(blocks[1:]),
        TimePosition.BELOW_HEADING: below_time + _rule_of_heading_above(blocks) - 0.1,
    }
    best = max(evidence.values())
    return {
        position: max(0.0, 1 - (best - value) / 3)
        * (filled_above if position is TimePosition.BELOW_POST else filled_below)
        for position, value in evidence.items()
    }


def _fill(mark: PostMark, block: Sequence[Line]) -> float:
    """Return 1 if a mark has text, 0 if not, and a half for a few words on its line: they may be part of a list."""
    rest = mark.mark.rest if mark.mark.is_inline else ""
    return 1 if block or (rest and looks_like_sentence(rest)) else 0.5 * bool(rest)


def _has_heading_between_sentences(lines: Sequence[Line]) -> bool:
    kinds = [looks_like_heading(line.text) for line in lines]
    return any(kinds[i : i + 3] == [False, True, False] for i in range(len(kinds) - 2))


def _share_starting_with_heading(blocks: Sequence[Sequence[Line]]) -> float:
    """Return the share of blocks that begin with a heading followed by text."""
    return _share([len(b) > 1 and looks_like_heading(b[0].text) and looks_like_sentence(b[-1].text) for b in blocks])


def _rule_of_heading_above(blocks: Sequence[Sequence[Line]]) -> float:
    """Return the share of blocks above times that end with a heading, or 0 if that is not the rule of the page.

    A single line above the first time may be the headline of the page, so it does not count.
    """
    above = blocks[1:-1] if len(blocks[0]) == 1 and len(blocks) > 2 else blocks[:-1]
    ends = [bool(b) and looks_like_heading(b[-1].text) and (len(b) < 2 or b[-1].text != b[-2].text) for b in above]
    share = _share(ends)
    return share if share >= _MIN_HEADING_SHARE else 0.0


def _share(flags: Sequence[bool]) -> float:
    return sum(flags) / len(flags) if flags else 0.0
