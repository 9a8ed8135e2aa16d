"""Detect the layout of a page: which times separate the posts, and where the time of a post is.

    candidates ──► select_separators ──► attach_bylines ──► split_page_marks ──► detect_time_position
                   (separate lines       (a name on a       (the time of the     (BELOW_POST, BELOW_HEADING,
                    or inline)            separate line)     page is no post)     ABOVE_HEADING)

Every decision considers the whole page, because a single line can mislead.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from enum import Enum, auto
from itertools import pairwise

from stoppress.importing.plain_text.bylines.byline_names import Byline, begins_with_by, parse_byline
from stoppress.importing.plain_text.bylines.story_subjects import find_story_subjects
from stoppress.importing.plain_text.heading_detection import looks_like_heading, looks_like_sentence, parse_label_line
from stoppress.importing.plain_text.post_time_lines import Separator, SeparatorShape
from stoppress.importing.plain_text.text_lines import Line

_MIN_SHARE = 0.6
"""Share of bare times with a name beside them from which such names are bylines."""
_NIGHT_END_MINUTES = 5 * 60
_HALF_DAY_MINUTES = 12 * 60


class TimePosition(Enum):
    """Place of the time: below the post, between heading and text, or above the heading."""

    BELOW_POST = auto()
    BELOW_HEADING = auto()
    ABOVE_HEADING = auto()


@dataclass(frozen=True, slots=True)
class PostMark:
    """A separator with its lines: `first` to `last`, as indices into the lines of the page."""

    first: int
    last: int
    separator: Separator
    byline: Byline | None


def select_separators(candidates: Sequence[Separator]) -> list[Separator]:
    """Return the candidates that separate posts: times on separate lines, else times at the start of paragraphs."""
    updated = [s for s in candidates if s.shape is SeparatorShape.UPDATED]
    separate = [s for s in candidates if s.shape not in (SeparatorShape.INLINE, SeparatorShape.UPDATED)]
    inline = [s for s in candidates if s.shape is SeparatorShape.INLINE]
    clear = [s for s in inline if s.is_marked]
    if epochs := [s for s in separate if s.shape is SeparatorShape.EPOCH]:
        return epochs
    if separate and not _inline_prevails(separate, clear, inline):
        return separate
    if len(clear) >= 2 or len(inline) >= 2:
        chosen_inline = clear if len(clear) * 2 > len(inline) else inline
        return _remove_listed_times(_add_inline(separate, chosen_inline))
    return updated


def merge_repeats(separators: Sequence[Separator], lines: Sequence[Line]) -> list[Separator]:
    """Merge a bare time with an equal one next to it, even if a label is between: it is one time shown in two ways."""
    joined: list[Separator] = []
    for separator in separators:
        labels = _only_labels(lines[joined[-1].index + joined[-1].span : separator.index]) if joined else None
        if labels is not None and _repeats(joined[-1], separator):
            joined[-1] = _merge(joined[-1], separator, *labels)
        else:
            joined.append(separator)
    return joined


def _only_labels(lines: Sequence[Line]) -> list[str] | None:
    """Return the labels if every line is a label, else None."""
    labels = [label for line in lines[:3] if (label := parse_label_line(line.text))]
    return labels if len(labels) == len(lines) else None


def _repeats(above: Separator, below: Separator) -> bool:
    timestamps = (above.timestamp, below.timestamp)
    days = {timestamp.day for timestamp in timestamps if timestamp.day}
    zones = {timestamp.zone.lower() for timestamp in timestamps if timestamp.zone}
    is_bare = SeparatorShape.BARE in (above.shape, below.shape) and SeparatorShape.INLINE not in (
        above.shape,
        below.shape,
    )
    return is_bare and above.timestamp.clock == below.timestamp.clock and len(days) <= 1 and len(zones) <= 1


def _merge(above: Separator, below: Separator, *labels: str) -> Separator:
    """Return the more complete of two equal times, extended over the lines of both."""
    more_complete = below if (below.byline and not above.byline) or below.day_precision > above.day_precision else above
    zone = above.timestamp.zone or below.timestamp.zone
    timestamp = replace(more_complete.timestamp, zone=zone)
    byline, label = above.byline or below.byline, next(filter(None, [above.label, below.label, *labels]), None)
    span = below.index + below.span - above.index
    return replace(more_complete, index=above.index, timestamp=timestamp, byline=byline, label=label, span=span)


def attach_bylines(separators: Sequence[Separator], lines: Sequence[Line]) -> list[PostMark]:
    """Attach names on the line above or below bare times, if most bare times of the page have a name there."""
    bare = [s for s in separators if s.shape in (SeparatorShape.BARE, SeparatorShape.EPOCH)]
    separator_indices = {i for s in separators for i in range(s.index, s.index + s.span)}
    above = {s.index: b for s in bare if (b := _byline_at(s.index - 1, lines, separator_indices))}
    below = {s.index: b for s in bare if (b := _byline_at(s.index + s.span, lines, separator_indices))}
    texts = [line.text for i, line in enumerate(lines) if i not in separator_indices]
    above, below = _remove_story_subjects(above, texts), _remove_story_subjects(below, texts)
    if not _most_have_names(above, bare, lines, step=-1):
        below = below if _most_have_names(below, bare, lines, step=1) else _keep_announced(below, lines, step=1)
        above = {i: b for i, b in _keep_announced(above, lines, step=-1).items() if i - 2 not in below}
    else:
        below = {}
    return [_build_mark(s, above, below) for s in separators]


def _remove_story_subjects(bylines: dict[int, Byline], texts: Sequence[str]) -> dict[int, Byline]:
    """Remove names that occur once and that sentences of the page mention: headings such as "Storm Maren"."""
    counts = Counter(byline.names for byline in bylines.values())
    single = {name for names, count in counts.items() if count == 1 for name in names}
    subjects = find_story_subjects(single, texts) if single else set()
    return {i: byline for i, byline in bylines.items() if not subjects.issuperset(byline.names)}


def _keep_announced(bylines: dict[int, Byline], lines: Sequence[Line], *, step: int) -> dict[int, Byline]:
    """Return the bylines that begin with "By …", which are accepted alone."""
    return {i: byline for i, byline in bylines.items() if begins_with_by(lines[i + step].text)}


def split_page_marks(marks: Sequence[PostMark], lines: Sequence[Line]) -> tuple[list[PostMark], list[PostMark]]:
    """Split off the times of the page itself, which differ in style from those of posts and surround no text.

    Returns:
        The marks of posts, and the marks of the page.
    """
    usual = _most_common([mark.separator for mark in reversed(marks)])
    count = 0
    for mark, following in pairwise(marks):
        above, below = lines[: mark.first], lines[mark.last + 1 : following.first]
        if _has_usual_style(mark.separator, usual, closes_text=_has_sentence(below)):
            break
        if _has_sentence(above) and _has_sentence(below):
            break
        count += 1
    return list(marks[count:]), list(marks[:count])


def _most_common(separators: Sequence[Separator]) -> Separator:
    counts = Counter((s.style, s.day_precision) for s in separators)
    style, day_precision = counts.most_common(1)[0][0]
    return next(s for s in separators if (s.style, s.day_precision) == (style, day_precision))


def _has_usual_style(separator: Separator, usual: Separator, *, closes_text: bool) -> bool:
    """Return True if a time has the usual style of the page. Posts of today may omit the day that older ones have."""
    if separator.style != usual.style or separator.day_precision > usual.day_precision:
        return False
    return separator.day_precision == usual.day_precision or closes_text


def _has_sentence(lines: Sequence[Line]) -> bool:
    return any(looks_like_sentence(line.text) for line in lines)


def detect_time_position(blocks: Sequence[Sequence[Line]], marks: Sequence[PostMark]) -> TimePosition:
    """Return the position of the times of posts. `blocks` are the lines above, between and below the times."""
    if marks[0].separator.shape is SeparatorShape.INLINE:
        return TimePosition.ABOVE_HEADING
    has_tail = bool(blocks[-1])
    inner = blocks[1:-1]
    name_first_share = _share_name_first(marks)
    scores = {
        TimePosition.BELOW_POST: (not has_tail) * 1.5
        + _share_starting_with_heading(inner)
        + _trailing_score(blocks, marks),
        TimePosition.ABOVE_HEADING: has_tail * 1.5
        + _share_starting_with_heading(blocks[1:])
        + (1 - name_first_share) * 0.5,
        TimePosition.BELOW_HEADING: has_tail * 1.5
        + _share_ending_with_heading(_blocks_above_times(blocks))
        + (1 - name_first_share) * 0.5
        - 0.1,
    }
    return max(scores, key=lambda choice: scores[choice])


def _trailing_score(blocks: Sequence[Sequence[Line]], marks: Sequence[PostMark]) -> float:
    """Return how much the times look like the end of posts: joined to names, the first below a heading and text."""
    glued_share = _share([mark.separator.is_glued for mark in marks])
    return glued_share * 1.5 + _share_name_first(marks) * 0.5 + _has_heading_between_sentences(blocks[0]) * 1.25


def _has_heading_between_sentences(lines: Sequence[Line]) -> bool:
    kinds = [looks_like_heading(line.text) for line in lines]
    return any(kinds[i : i + 3] == [False, True, False] for i in range(len(kinds) - 2))


def _share_name_first(marks: Sequence[PostMark]) -> float:
    return _share([mark.separator.shape is SeparatorShape.NAME_FIRST for mark in marks])


def _share_starting_with_heading(blocks: Sequence[Sequence[Line]]) -> float:
    """Return the share of blocks that begin with a heading followed by text."""
    return _share([len(b) > 1 and looks_like_heading(b[0].text) and looks_like_sentence(b[-1].text) for b in blocks])


def _blocks_above_times(blocks: Sequence[Sequence[Line]]) -> Sequence[Sequence[Line]]:
    """Return the blocks above the times, without a single line above the first time: it may be the headline."""
    return blocks[1:-1] if len(blocks[0]) == 1 and len(blocks) > 2 else blocks[:-1]


def _share_ending_with_heading(blocks: Sequence[Sequence[Line]]) -> float:
    """Return the share of blocks that end with a heading."""
    return _share([bool(b) and looks_like_heading(b[-1].text) for b in blocks])


def _share(flags: Sequence[bool]) -> float:
    return sum(flags) / len(flags) if flags else 0.0


def _inline_prevails(separate: Sequence[Separator], clear: Sequence[Separator], inline: Sequence[Separator]) -> bool:
    """Return True if inline times separate the posts, and the times on separate lines are exceptions."""
    if any(s.is_glued for s in separate):
        return False
    unmarked = sum(not s.is_marked and s.shape is SeparatorShape.TIME_FIRST for s in separate)
    return (
        len(clear) > len(separate)
        or len(inline) > 2 * len(separate)
        or (unmarked == len(separate) and len(inline) > len(separate))
    )


def _add_inline(separate: Sequence[Separator], inline: Sequence[Separator]) -> list[Separator]:
    """Add times before two capitalised words, which begin a post on such a page: "20:15 Storm Maren"."""
    more = [
        replace(s, shape=SeparatorShape.INLINE, byline=None)
        for s in separate
        if s.shape is SeparatorShape.TIME_FIRST and not s.is_marked
    ]
    return sorted([*inline, *more], key=lambda s: s.index)


def _remove_listed_times(separators: list[Separator]) -> list[Separator]:
    """Remove future times that a post lists: if a page runs forward, no post is later than the one below it."""
    if any(s.timestamp.day or s.timestamp.instant for s in separators):
        return separators
    minutes = _running_minutes(separators)
    forward = _never_later_than_below(minutes)
    backward = _never_later_than_above(minutes)
    kept_indices = forward if len(forward) >= len(backward) else backward
    return [separators[i] for i in kept_indices]


def _running_minutes(separators: Sequence[Separator]) -> list[int]:
    """Return minutes since the first midnight. A step from evening to before 5 a.m. begins a new day."""
    minutes: list[int] = []
    day = 0
    last_minute = 0
    for separator in separators:
        clock = separator.timestamp.clock
        now = clock.hour * 60 + clock.minute
        if minutes and last_minute - now > _HALF_DAY_MINUTES and now < _NIGHT_END_MINUTES:
            day += 1
        minutes.append(day * 24 * 60 + now)
        last_minute = now
    return minutes


def _never_later_than_below(minutes: Sequence[int]) -> list[int]:
    kept_indices: list[int] = []
    for i in range(len(minutes) - 1, -1, -1):
        if not kept_indices or minutes[i] <= minutes[kept_indices[-1]]:
            kept_indices.append(i)
    return kept_indices[::-1]


def _never_later_than_above(minutes: Sequence[int]) -> list[int]:
    kept_indices: list[int] = []
    for i, minute in enumerate(minutes):
        if not kept_indices or minute <= minutes[kept_indices[-1]]:
            kept_indices.append(i)
    return kept_indices


def _byline_at(index: int, lines: Sequence[Line], separator_indices: set[int]) -> Byline | None:
    if not 0 <= index < len(lines) or index in separator_indices:
        return None
    return parse_byline(lines[index].text)


def _most_have_names(
    bylines: dict[int, Byline], bare: Sequence[Separator], lines: Sequence[Line], *, step: int
) -> bool:
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


def _build_mark(separator: Separator, above: dict[int, Byline], below: dict[int, Byline]) -> PostMark:
    i = separator.index
    last = i + separator.span - 1
    if i in above:
        return PostMark(i - 1, last, separator, above[i])
    if i in below:
        return PostMark(i, last + 1, separator, below[i])
    return PostMark(i, last, separator, separator.byline)
