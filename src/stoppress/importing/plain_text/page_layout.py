"""How a page is laid out: which of its times part the posts, and on which side of its time a post stands.

    candidates ──► the_family ──► with_names_beside ──► without_page_marks ──► side
                   (own lines     (a name on a line     (the page's own        (TRAILING, UNDER_HEADING,
                    or inline)     of its own)           time is no post)       OVER_HEADING)

Every decision weighs the whole page: one line can lie, all of them together hardly.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from enum import Enum, auto
from itertools import pairwise

from stoppress.importing.plain_text.bylines.byline_names import Byline, begins_with_by, parse_byline
from stoppress.importing.plain_text.bylines.story_subjects import find_story_subjects
from stoppress.importing.plain_text.heading_detection import parse_label_line, looks_like_heading, looks_like_sentence
from stoppress.importing.plain_text.separator_lines import Separator, SeparatorShape
from stoppress.importing.plain_text.text_lines import Line

_MOST = 0.6
_NIGHT_ENDS = 5 * 60
_HALF_A_DAY = 12 * 60


class PostPosition(Enum):
    """Where a post stands: above its time, between heading and time, or below its time."""

    TRAILING = auto()
    UNDER_HEADING = auto()
    OVER_HEADING = auto()


@dataclass(frozen=True, slots=True)
class PostMark:
    """A separator with the lines that belong to it: `first` to `last`, as indices into the page's lines."""

    first: int
    last: int
    separator: Separator
    byline: Byline | None


def select_separators(candidates: Sequence[Separator]) -> list[Separator]:
    """Return those candidates that part posts: times on lines of their own, or else times inside paragraphs."""
    updated = [s for s in candidates if s.shape is SeparatorShape.UPDATED]
    own = [s for s in candidates if s.shape not in (SeparatorShape.INLINE, SeparatorShape.UPDATED)]
    inline = [s for s in candidates if s.shape is SeparatorShape.INLINE]
    clear = [s for s in inline if s.marked]
    if epochs := [s for s in own if s.shape is SeparatorShape.EPOCH]:
        return epochs
    if own and not _inline_prevails(own, clear, inline):
        return own
    if len(clear) >= 2 or len(inline) >= 2:
        chosen = clear if len(clear) * 2 > len(inline) else inline
        return _without_diary(_also_inline(own, chosen))
    return updated


def merge_repeats(separators: Sequence[Separator], lines: Sequence[Line]) -> list[Separator]:
    """Join a bare time to an equal one above or below it, a label between at most: one time, shown in two ways."""
    joined: list[Separator] = []
    for separator in separators:
        labels = _only_labels(lines[joined[-1].index + joined[-1].span : separator.index]) if joined else None
        if labels is not None and _repeats(joined[-1], separator):
            joined[-1] = _one_of(joined[-1], separator, *labels)
        else:
            joined.append(separator)
    return joined


def _only_labels(lines: Sequence[Line]) -> list[str] | None:
    """The labels that the lines are, or None if one is not a label."""
    labels = [label for line in lines[:3] if (label := parse_label_line(line.text))]
    return labels if len(labels) == len(lines) else None


def _repeats(above: Separator, below: Separator) -> bool:
    one, two = above.timestamp, below.timestamp
    days = {stamp.day for stamp in (one, two) if stamp.day}
    zones = {stamp.zone.lower() for stamp in (one, two) if stamp.zone}
    bare = SeparatorShape.BARE in (above.shape, below.shape) and SeparatorShape.INLINE not in (above.shape, below.shape)
    return bare and one.clock == two.clock and len(days) <= 1 and len(zones) <= 1


def _one_of(above: Separator, below: Separator, *labels: str) -> Separator:
    """The fuller of two equal times, over the lines of both."""
    chosen = below if (below.byline and not above.byline) or below.fullness > above.fullness else above
    zone = above.timestamp.zone or below.timestamp.zone
    stamp = replace(chosen.timestamp, zone=zone)
    byline, label = above.byline or below.byline, next(filter(None, [above.label, below.label, *labels]), None)
    span = below.index + below.span - above.index
    return replace(chosen, index=above.index, timestamp=stamp, byline=byline, label=label, span=span)


def attach_bylines(separators: Sequence[Separator], lines: Sequence[Line]) -> list[PostMark]:
    """Join a name on the line above or below a bare time to it, where most bare times of the page have one there."""
    bare = [s for s in separators if s.shape in (SeparatorShape.BARE, SeparatorShape.EPOCH)]
    taken = {i for s in separators for i in range(s.index, s.index + s.span)}
    above = {s.index: b for s in bare if (b := _byline_at(s.index - 1, lines, taken))}
    below = {s.index: b for s in bare if (b := _byline_at(s.index + s.span, lines, taken))}
    texts = [line.text for i, line in enumerate(lines) if i not in taken]
    above, below = _of_authors(above, texts), _of_authors(below, texts)
    if not _holds(above, bare, lines, step=-1):
        below = below if _holds(below, bare, lines, step=1) else _announced(below, lines, step=1)
        above = {i: b for i, b in _announced(above, lines, step=-1).items() if i - 2 not in below}
    else:
        below = {}
    return [_mark(s, above, below) for s in separators]


def _of_authors(found: dict[int, Byline], texts: Sequence[str]) -> dict[int, Byline]:
    """Leave out what stands there once and what the page's sentences speak of: a heading such as "Storm Maren"."""
    seen = Counter(byline.names for byline in found.values())
    once = {name for names, count in seen.items() if count == 1 for name in names}
    subjects = find_story_subjects(once, texts) if once else set()
    return {i: byline for i, byline in found.items() if not subjects.issuperset(byline.names)}


def _announced(found: dict[int, Byline], lines: Sequence[Line], *, step: int) -> dict[int, Byline]:
    """Those that say "By …" need no company."""
    return {i: byline for i, byline in found.items() if begins_with_by(lines[i + step].text)}


def split_page_marks(marks: Sequence[PostMark], lines: Sequence[Line]) -> tuple[list[PostMark], list[PostMark]]:
    """Split off the times of the page itself: written unlike the times of the posts, and not around any text."""
    usual = _usual([mark.separator for mark in reversed(marks)])
    count = 0
    for mark, following in pairwise(marks):
        above, below = lines[: mark.first], lines[mark.last + 1 : following.first]
        if _is_like(mark.separator, usual, closes_text=_has_sentence(below)):
            break
        if _has_sentence(above) and _has_sentence(below):
            break
        count += 1
    return list(marks[count:]), list(marks[:count])


def _usual(separators: Sequence[Separator]) -> Separator:
    counts = Counter((s.style, s.fullness) for s in separators)
    style, fullness = counts.most_common(1)[0][0]
    return next(s for s in separators if (s.style, s.fullness) == (style, fullness))


def _is_like(separator: Separator, usual: Separator, *, closes_text: bool) -> bool:
    """Tell whether a time is written like most of the page's; today's may say less of their day than older ones do."""
    if separator.style != usual.style or separator.fullness > usual.fullness:
        return False
    return separator.fullness == usual.fullness or closes_text


def _has_sentence(lines: Sequence[Line]) -> bool:
    return any(looks_like_sentence(line.text) for line in lines)


def detect_post_position(blocks: Sequence[Sequence[Line]], marks: Sequence[PostMark]) -> PostPosition:
    """Decide on which side of its time a post stands. `blocks` are the lines above, between and below the times."""
    if marks[0].separator.shape is SeparatorShape.INLINE:
        return PostPosition.OVER_HEADING
    tail = bool(blocks[-1])
    inner = blocks[1:-1]
    name_first = _name_first(marks)
    scores = {
        PostPosition.TRAILING: (not tail) * 1.5 + _share_beginning(inner) + _trailing_look(blocks, marks),
        PostPosition.OVER_HEADING: tail * 1.5 + _share_beginning(blocks[1:]) + (1 - name_first) * 0.5,
        PostPosition.UNDER_HEADING: tail * 1.5 + _share_ending(_may_end_with_heading(blocks)) + (1 - name_first) * 0.5 - 0.1,
    }
    return max(scores, key=lambda choice: scores[choice])


def _trailing_look(blocks: Sequence[Sequence[Line]], marks: Sequence[PostMark]) -> float:
    """How much the times look as if they ended posts: glued to names, the first below a heading and its text."""
    glued = _share([mark.separator.glued for mark in marks])
    return glued * 1.5 + _name_first(marks) * 0.5 + _has_heading_between_sentences(blocks[0]) * 1.25


def _has_heading_between_sentences(lines: Sequence[Line]) -> bool:
    kinds = [looks_like_heading(line.text) for line in lines]
    return any(kinds[i : i + 3] == [False, True, False] for i in range(len(kinds) - 2))


def _name_first(marks: Sequence[PostMark]) -> float:
    return _share([mark.separator.shape is SeparatorShape.NAME_FIRST for mark in marks])


def _share_beginning(blocks: Sequence[Sequence[Line]]) -> float:
    """How many blocks begin with a heading that text follows."""
    return _share([len(b) > 1 and looks_like_heading(b[0].text) and looks_like_sentence(b[-1].text) for b in blocks])


def _may_end_with_heading(blocks: Sequence[Sequence[Line]]) -> Sequence[Sequence[Line]]:
    """The blocks above the times; but one line above the first of several times may well be the page's headline."""
    return blocks[1:-1] if len(blocks[0]) == 1 and len(blocks) > 2 else blocks[:-1]


def _share_ending(blocks: Sequence[Sequence[Line]]) -> float:
    """How many blocks end with a heading."""
    return _share([bool(b) and looks_like_heading(b[-1].text) for b in blocks])


def _share(facts: Sequence[bool]) -> float:
    return sum(facts) / len(facts) if facts else 0.0


def _inline_prevails(own: Sequence[Separator], clear: Sequence[Separator], inline: Sequence[Separator]) -> bool:
    """A page whose posts have inline times may hold a stray time or two on lines of their own."""
    if any(s.glued for s in own):
        return False
    unmarked = sum(not s.marked and s.shape is SeparatorShape.TIME_FIRST for s in own)
    return len(clear) > len(own) or len(inline) > 2 * len(own) or (unmarked == len(own) and len(inline) > len(own))


def _also_inline(own: Sequence[Separator], inline: Sequence[Separator]) -> list[Separator]:
    """A time before two capitalised words may be a post of its own on such a page: "20:15 Storm Maren"."""
    more = [replace(s, shape=SeparatorShape.INLINE, byline=None) for s in own if s.shape is SeparatorShape.TIME_FIRST and not s.marked]
    return sorted([*inline, *more], key=lambda s: s.index)


def _without_diary(separators: list[Separator]) -> list[Separator]:
    """Leave out times to come that a post lists: on a page that runs forward, no post is later than one below it."""
    if any(s.timestamp.day or s.timestamp.instant for s in separators):
        return separators
    minutes = _running_minutes(separators)
    forward = _never_later_than_below(minutes)
    backward = _never_later_than_above(minutes)
    kept = forward if len(forward) >= len(backward) else backward
    return [separators[i] for i in kept]


def _running_minutes(separators: Sequence[Separator]) -> list[int]:
    """Minutes since the first midnight: a step from evening back to the small hours begins a new day."""
    minutes: list[int] = []
    day = 0
    last = 0
    for separator in separators:
        clock = separator.timestamp.clock
        now = clock.hour * 60 + clock.minute
        if minutes and last - now > _HALF_A_DAY and now < _NIGHT_ENDS:
            day += 1
        minutes.append(day * 24 * 60 + now)
        last = now
    return minutes


def _never_later_than_below(minutes: Sequence[int]) -> list[int]:
    kept: list[int] = []
    for i in range(len(minutes) - 1, -1, -1):
        if not kept or minutes[i] <= minutes[kept[-1]]:
            kept.append(i)
    return kept[::-1]


def _never_later_than_above(minutes: Sequence[int]) -> list[int]:
    kept: list[int] = []
    for i, minute in enumerate(minutes):
        if not kept or minute <= minutes[kept[-1]]:
            kept.append(i)
    return kept


def _byline_at(index: int, lines: Sequence[Line], taken: set[int]) -> Byline | None:
    if not 0 <= index < len(lines) or index in taken:
        return None
    return parse_byline(lines[index].text)


def _holds(found: dict[int, Byline], bare: Sequence[Separator], lines: Sequence[Line], *, step: int) -> bool:
    """Whether most bare times have a name there. On a short page a heading might pass for one: look closer."""
    if not found or len(found) < _MOST * len(bare):
        return False
    if len(found) > 1 or any(begins_with_by(lines[i + step].text) for i in found):
        return True
    return all(_stands_apart(i + 2 * step, i - step, lines) for i in found)


def _stands_apart(beyond: int, behind: int, lines: Sequence[Line]) -> bool:
    """A name has its post beyond it: text that its time closes, or a heading above its text."""
    if not 0 <= beyond < len(lines):
        return False
    return not 0 <= behind < len(lines) or looks_like_heading(lines[beyond].text)


def _mark(separator: Separator, above: dict[int, Byline], below: dict[int, Byline]) -> PostMark:
    i = separator.index
    last = i + separator.span - 1
    if i in above:
        return PostMark(i - 1, last, separator, above[i])
    if i in below:
        return PostMark(i, last + 1, separator, below[i])
    return PostMark(i, last, separator, separator.byline)
