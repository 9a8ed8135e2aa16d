"""Times as written become moments: missing days and years are inferred from the posts around, and every guess is said.

Stamps ──► order of the page ──► days (written, or walked from a neighbour, across midnight) ──► zone ──► moments
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from itertools import pairwise
from zoneinfo import ZoneInfo

from stoppress.importing.plain_text.times.dates import WrittenDay
from stoppress.importing.plain_text.times.time_zones import resolve_zone
from stoppress.importing.plain_text.times.timestamp_parser import Timestamp

_SLACK = timedelta(hours=1)  # a post this little out of order is out of order, not a day away
_DAY = timedelta(days=1)
_TOMORROW = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class LineTimestamp:
    """A stamp and the line it stands on."""

    line: int
    timestamp: Timestamp


@dataclass(slots=True)
class _Doubts:
    """Lines about which something had to be guessed, by what."""

    lines: dict[str, list[int]] = field(default_factory=dict)

    def note(self, doubt: str, line: int) -> None:
        self.lines.setdefault(doubt, []).append(line)

    def warnings(self) -> list[str]:
        return [f"{doubt} ({_at_lines(lines)})." for doubt, lines in self.lines.items()]


def resolve_timestamps(
    written: Sequence[LineTimestamp], *, zone: ZoneInfo, now: datetime, page_day: WrittenDay | None, stated: ZoneInfo | None = None
) -> tuple[list[datetime], list[str]]:
    """Return the moment of each stamp, in `zone`, and warnings about all that was guessed or looks wrong.

    `page_day` is a day written above the posts; `stated` the zone that the page says its times are in.
    """
    doubts = _Doubts()
    here = stated or zone
    naive = _days(written, here, now, page_day, doubts)
    moments = [_moment(w, local, here, doubts).astimezone(zone) for w, local in zip(written, naive, strict=True)]
    _check(written, moments, now, doubts)
    return moments, doubts.warnings()


def _days(
    written: Sequence[LineTimestamp], zone: ZoneInfo, now: datetime, page_day: WrittenDay | None, doubts: _Doubts
) -> list[datetime]:
    """Give every stamp its day: the written ones first, then outwards from the first of them."""
    today = now.astimezone(zone)
    newest_first = _runs_backward([w.timestamp for w in written])
    known: list[datetime | None] = [_written_day(w, zone, today, doubts) for w in written]
    anchor = next((i for i, local in enumerate(known) if local), None)
    if anchor is None:
        anchor = 0 if newest_first or page_day else len(known) - 1
        known[anchor] = _first_guess(written[anchor], today, page_day, doubts)
    for i in range(anchor + 1, len(known)):
        known[i] = known[i] or _beside(written[i], _known(known[i - 1]), newest_first, doubts)
    for i in range(anchor - 1, -1, -1):
        known[i] = known[i] or _beside(written[i], _known(known[i + 1]), not newest_first, doubts)
    return [_known(local) for local in known]


def _known(local: datetime | None) -> datetime:
    assert local is not None, "days are given outwards from a known one"
    return local


def _written_day(w: LineTimestamp, zone: ZoneInfo, today: datetime, doubts: _Doubts) -> datetime | None:
    stamp = w.timestamp
    if stamp.days_from_now is not None:
        doubts.note("“Today” and “yesterday” are counted from the day of this reading", w.line)
        return datetime.combine(today.date() + _DAY * stamp.days_from_now, stamp.clock)
    if stamp.instant:
        return stamp.instant.astimezone(zone).replace(tzinfo=None)
    if stamp.day and stamp.day.year:
        return datetime.combine(stamp.day.on(stamp.day.year), stamp.clock)
    return None


def _first_guess(w: LineTimestamp, today: datetime, page_day: WrittenDay | None, doubts: _Doubts) -> datetime:
    """No post says its full day: begin from the day above the posts, or from today, and never in the future."""
    ceiling = today.replace(tzinfo=None)
    if w.timestamp.day:
        doubts.note("A year is missing, and inferred", w.line)
        near = page_day.on(page_day.year) if page_day and page_day.year else ceiling.date()
        best = datetime.combine(_nearest_year(w.timestamp.day, near), w.timestamp.clock)
        later = best - ceiling > _TOMORROW and not page_day
        return datetime.combine(w.timestamp.day.on(best.year - 1), w.timestamp.clock) if later else best
    doubts.note("A date is missing, and inferred from the day above the posts" if page_day else _FROM_TODAY, w.line)
    if page_day and page_day.year:
        return datetime.combine(page_day.on(page_day.year), w.timestamp.clock)
    guess = datetime.combine(ceiling.date(), w.timestamp.clock)
    guess = guess if guess <= ceiling else guess - _DAY
    return _on_weekday(guess, w.timestamp.weekday)


_FROM_TODAY = "A date is missing, and inferred from today's date"


def _beside(w: LineTimestamp, neighbour: datetime, earlier: bool, doubts: _Doubts) -> datetime:
    """Give a stamp the day that puts it next to its neighbour, before or after it as the page runs."""
    if w.timestamp.day:
        doubts.note("A year is missing, and inferred", w.line)
        return datetime.combine(_nearest_year(w.timestamp.day, neighbour.date()), w.timestamp.clock)
    doubts.note("A date is missing, and inferred from the posts around it", w.line)
    guess = datetime.combine(neighbour.date(), w.timestamp.clock)
    step = guess - neighbour
    sign = -1 if earlier else 1
    if step * sign < -_SLACK:
        guess += sign * _DAY
    elif step * sign > _DAY - _SLACK:
        guess -= sign * _DAY
    return _on_weekday(guess, w.timestamp.weekday)


def _nearest_year(day: WrittenDay, near: date) -> date:
    return min((day.on(near.year + step) for step in (0, -1, 1)), key=lambda d: abs((d - near).days))


def _on_weekday(guess: datetime, weekday: int | None) -> datetime:
    if weekday is None:
        return guess
    return guess - _DAY * ((guess.weekday() - weekday) % 7)


def _runs_backward(stamps: Sequence[Timestamp]) -> bool:
    """Tell whether the page runs from newest to oldest, by most of its steps; a live page does, where none tells."""
    steps = [_step(a, b) for a, b in pairwise(stamps)]
    return sum(step > 0 for step in steps) <= sum(step < 0 for step in steps)


def _step(above: Timestamp, below: Timestamp) -> float:
    if above.instant and below.instant:
        return (below.instant - above.instant).total_seconds()
    day = 24 * 3600
    apart = (_seconds(below.clock) - _seconds(above.clock)) % day
    if above.day and below.day and (above.day.month, above.day.day) != (below.day.month, below.day.day):
        months = (below.day.month - above.day.month + 6) % 12 - 6
        return months * 31 + below.day.day - above.day.day
    if above.day and below.day:
        return _seconds(below.clock) - _seconds(above.clock)
    return apart if apart <= day // 2 else apart - day


def _seconds(clock: time) -> int:
    return clock.hour * 3600 + clock.minute * 60 + clock.second


def _moment(w: LineTimestamp, local: datetime, zone: ZoneInfo, doubts: _Doubts) -> datetime:
    if w.timestamp.instant:
        return w.timestamp.instant
    if w.timestamp.day and w.timestamp.day.ambiguous:
        doubts.note("A date in figures could be read in two ways; the day is taken to stand first", w.line)
    if w.timestamp.weekday is not None and w.timestamp.day and local.weekday() != w.timestamp.weekday:
        doubts.note("The weekday and the date do not agree; the date is used", w.line)
    return _attach(local, resolve_zone(w.timestamp.zone, local, zone), w.line, doubts)


def _attach(local: datetime, zone: tzinfo, line: int, doubts: _Doubts) -> datetime:
    """Make a local time aware. Where clocks change, the first reading is taken (PEP 495, fold 0), and said."""
    first, second = local.replace(tzinfo=zone), local.replace(tzinfo=zone, fold=1)
    if first.utcoffset() == second.utcoffset():
        return first
    back = first.astimezone(UTC).astimezone(zone).replace(tzinfo=None, fold=0)
    if back == local:
        doubts.note("The clocks went back, and this time came twice; the first is taken", line)
        return first
    doubts.note("The clocks went forward, and this time did not exist; it is moved on by the gap", line)
    return back.replace(tzinfo=zone)


def _check(written: Sequence[LineTimestamp], moments: Sequence[datetime], now: datetime, doubts: _Doubts) -> None:
    steps = [below - above for above, below in pairwise(moments)]
    backward = sum(step < timedelta(0) for step in steps) >= sum(step > timedelta(0) for step in steps)
    for w, step in zip(written[1:], steps, strict=False):
        if step and (step < timedelta(0)) is not backward:
            doubts.note("The times do not run in one direction; the order of the page is kept", w.line)
    for w, moment in zip(written, moments, strict=True):
        if moment > now:
            doubts.note("A post's time lies in the future", w.line)


def _at_lines(lines: Sequence[int]) -> str:
    if len(lines) == 1:
        return f"line {lines[0]}"
    shown = ", ".join(map(str, lines[:8]))
    return f"lines {shown}" + (f" and {len(lines) - 8} more" if len(lines) > 8 else "")
