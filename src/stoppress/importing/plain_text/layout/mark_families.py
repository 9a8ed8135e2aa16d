"""Propose families of marks that may separate the posts of a page, and score each by itself.

A family is a set of candidate marks of similar form. A good one holds most candidates of the page, is written in one
way, and its times run in one direction (over midnights).
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise

from stoppress.importing.plain_text.layout.time_marks import Mark, Shape
from stoppress.importing.plain_text.times.timestamp_parser import Timestamp

MAX_SLIP_MINUTES = 60
"""A time that is out of order by at most this is on the same day."""
MAX_GAP_MINUTES = 15 * 60
"""Maximum time between two neighbouring posts around midnight; beyond it, the time is out of order."""
_MIN_EVIDENCE = 0.7
_DAY_MINUTES = 24 * 60


@dataclass(frozen=True, slots=True)
class Family:
    """Marks in the order of the page, and a score between 0 and 1."""

    marks: tuple[Mark, ...]
    score: float


def propose_families(candidates: Sequence[Mark]) -> list[Family]:
    """Return the families with enough evidence, the best first."""
    usable = [mark for mark in candidates if mark.shape is not Shape.UPDATED]
    proposals = {tuple(mark.index for mark in marks): marks for marks in _propose(usable) if marks}
    total = sum(map(_weight, usable))
    families = [
        Family(kept, _score(kept, total))
        for marks in proposals.values()
        if _has_evidence(kept := tuple(_drop_excursions(marks)))
    ]
    families.sort(key=lambda family: (-family.score, -len(family.marks)))
    return families or _updated_family(candidates)


def order_faults(timestamps: Sequence[Timestamp]) -> float:
    """Return the number of steps against the direction of the page; a plausible midnight counts a little."""
    steps = [_step_minutes(above, below) for above, below in pairwise(timestamps)]
    return min(sum(_fault(step, dated) for step, dated in steps), sum(_fault(-step, dated) for step, dated in steps))


def _propose(usable: Sequence[Mark]) -> Iterable[list[Mark]]:
    whole = [mark for mark in usable if mark.is_whole_line]
    inline = [mark for mark in usable if mark.shape is Shape.INLINE]
    starting = [mark for mark in usable if mark.shape in (Shape.INLINE, Shape.BARE, Shape.TIME_FIRST)]
    yield whole
    yield [mark for mark in whole if mark.shape is not Shape.EPOCH]
    yield from _by(whole, lambda mark: mark.shape)
    yield from _by(whole, lambda mark: mark.day_precision)
    yield from _by(whole, lambda mark: (mark.shape, mark.form, mark.day_precision, mark.decoration))
    for marks in (inline, starting):
        same = [_as_inline(mark) for mark in marks] if len(inline) * 2 > len(marks) else marks
        yield same
        yield from _by(same, lambda mark: mark.form)
        yield from _by(same, lambda mark: bool(mark.delimiter))
        yield from _by(same, lambda mark: (mark.form, mark.delimiter))
    yield from _by(inline, lambda mark: mark.decoration)


def _by(marks: Sequence[Mark], key) -> Iterable[list[Mark]]:  # type: ignore[no-untyped-def]
    groups: dict[object, list[Mark]] = {}
    for mark in marks:
        groups.setdefault(key(mark), []).append(mark)
    return groups.values()


def _as_inline(mark: Mark) -> Mark:
    return mark if mark.shape is not Shape.TIME_FIRST or mark.delimiter in (",", "|") else mark.as_inline()


def _weight(mark: Mark) -> float:
    """Return how surely a line is the mark of a post."""
    if mark.shape is Shape.NAME_FIRST:
        return 1.5 if mark.is_glued else 1.2
    if mark.shape is not Shape.INLINE:
        return 1.0
    if mark.form == "hhmm":
        return 0.35
    return 0.8 if mark.delimiter or mark.timestamp.is_dated or mark.decoration == "+++" else 0.4


def _has_evidence(marks: Sequence[Mark]) -> bool:
    return bool(marks) and sum(map(_weight, marks)) >= _MIN_EVIDENCE


def _score(marks: Sequence[Mark], total: float) -> float:
    coverage = sum(map(_weight, marks)) / total
    order = 1 - order_faults([mark.timestamp for mark in marks]) / max(1, len(marks) - 1)
    forms = Counter((mark.form, mark.shape is Shape.INLINE) for mark in marks)
    regularity = forms.most_common(1)[0][1] / len(marks)
    return 0.5 * coverage + 0.35 * max(0.0, order) + 0.15 * regularity


def _updated_family(candidates: Sequence[Mark]) -> list[Family]:
    updated = tuple(mark for mark in candidates if mark.shape is Shape.UPDATED)
    return [Family(updated, 0.5)] if updated else []


def _step_minutes(above: Timestamp, below: Timestamp) -> tuple[float, bool]:
    """Return the minutes from one time to the next, and True if both days are known."""
    if above.instant and below.instant:
        return (below.instant - above.instant).total_seconds() / 60, True
    minutes = (below.clock.hour - above.clock.hour) * 60 + below.clock.minute - above.clock.minute
    if above.day and below.day:
        years = (below.day.year or 0) - (above.day.year or 0) if above.day.year and below.day.year else 0
        days = years * 365 + (below.day.month - above.day.month) * 31 + below.day.day - above.day.day
        return days * _DAY_MINUTES + minutes, True
    return minutes, False


def _fault(step: float, dated: bool) -> float:
    """Return the fault of a step on a page whose times increase."""
    if step >= 0:
        return 0
    if step >= -MAX_SLIP_MINUTES or dated:
        return 0.5
    return 0.05 if step + _DAY_MINUTES <= MAX_GAP_MINUTES else 1


def _drop_excursions(marks: Sequence[Mark]) -> Sequence[Mark]:
    """Remove inline times that a post lists: on an undated page they jump ahead, and the next post jumps back."""
    if len(marks) < 3 or any(mark.is_whole_line or mark.timestamp.is_dated for mark in marks):
        return marks
    faults = order_faults([mark.timestamp for mark in marks])
    if faults < 1:
        return marks
    forward = _without_listed(marks)
    backward = _without_listed(marks[::-1])[::-1]
    kept = min(forward, backward, key=lambda rest: (order_faults([mark.timestamp for mark in rest]), -len(rest)))
    return (
        kept if order_faults([mark.timestamp for mark in kept]) < order_faults([m.timestamp for m in marks]) else marks
    )


def _without_listed(marks: Sequence[Mark]) -> list[Mark]:
    """Return the marks of a page whose times increase, without runs that are later than the mark below them.

    A single such time is a slip unless it is written in another form than the others.
    """
    usual = Counter(mark.form for mark in marks).most_common(1)[0][0]
    kept: list[Mark] = []
    for mark in marks:
        run = 0
        if kept and _fault(_step_minutes(kept[-1].timestamp, mark.timestamp)[0], dated=False) >= 1:
            while run < len(kept) and _step_minutes(kept[-1 - run].timestamp, mark.timestamp)[0] < 0:
                run += 1
        if 2 <= run < len(kept) or (run == 1 and len(kept) > 1 and kept[-1].form != usual):
            del kept[-run:]
        kept.append(mark)
    return kept
