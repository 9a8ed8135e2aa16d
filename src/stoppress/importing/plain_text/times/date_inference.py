"""Infer missing days and years of timestamps from neighbouring posts, and warn of every assumption.

timestamps ──► order of the page ──► days (written, or inferred from a neighbour, across midnight) ──► zone ──► times
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from itertools import pairwise
from zoneinfo import ZoneInfo

from stoppress.importing.plain_text.times.dates import WrittenDay
from stoppress.importing.plain_text.times.time_zones import resolve_zone
from stoppress.importing.plain_text.times.timestamp_parser import Timestamp

_TOLERANCE = timedelta(hours=1)  # a time less than this out of order is on the same day
_DAY = timedelta(days=1)
_FROM_PAGE_DAY = "A date is missing, and inferred from the day above the posts"
_FROM_TODAY = "A date is missing, and inferred from today's date"


@dataclass(frozen=True, slots=True)
class LineTimestamp:
    """A timestamp and the number of its line."""

    line: int
    timestamp: Timestamp


@dataclass(frozen=True, slots=True)
class PageDay:
    """The day of a page.

    Attributes:
        of_event: A headline names it, so that it is the day of most posts; else it is that of the post at the top.
        is_given: The caller gave it.
    """

    day: WrittenDay
    of_event: bool = False
    is_given: bool = False


@dataclass(slots=True)
class _Doubts:
    """Lines with an assumption or a doubt, by the text of the warning."""

    lines: dict[str, list[int]] = field(default_factory=dict)

    def note(self, doubt: str, line: int) -> None:
        self.lines.setdefault(doubt, []).append(line)

    def warnings(self) -> list[str]:
        return [f"{doubt} ({_describe_lines(lines)})." for doubt, lines in self.lines.items()]


def resolve_timestamps(
    entries: Sequence[LineTimestamp],
    *,
    zone: ZoneInfo,
    now: datetime,
    page_day: PageDay | None,
    stated: ZoneInfo | None = None,
) -> tuple[list[datetime], list[str]]:
    """Return the time of each timestamp in `zone`, and warnings of assumptions and contradictions.

    Args:
        entries: Timestamps in the order of the page.
        zone: Time zone of the result, and of timestamps without a zone.
        now: Aware time from which "today" and missing dates are inferred.
        page_day: Day written above the posts, or given by the caller.
        stated: Time zone that the page states for all its times.
    """
    doubts = _Doubts()
    here = stated or zone
    naive = _assign_days(entries, here, now, page_day, doubts)
    naive = _mark_second_hour(entries, naive, here)
    times = [_to_time(entry, local, here, doubts).astimezone(zone) for entry, local in zip(entries, naive, strict=True)]
    _warn_of_contradictions(entries, times, now, doubts)
    return times, doubts.warnings()


def _assign_days(
    entries: Sequence[LineTimestamp], zone: ZoneInfo, now: datetime, page_day: PageDay | None, doubts: _Doubts
) -> list[datetime]:
    """Return every timestamp with its day: written days first, then days inferred outwards from the first of them."""
    today = now.astimezone(zone)
    newest_first = _runs_backward([entry.timestamp for entry in entries])
    local_times: list[datetime | None] = [_written_day(entry, zone, today, doubts) for entry in entries]
    anchor = next((i for i, local in enumerate(local_times) if local), None)
    if anchor is None:
        anchor = 0 if newest_first or page_day else len(local_times) - 1
        local_times[anchor] = _first_guess(entries[anchor], today, page_day, doubts)
    for i in range(anchor + 1, len(local_times)):
        local_times[i] = local_times[i] or _infer_from_neighbour(
            entries[i], _require(local_times[i - 1]), newest_first, doubts
        )
    for i in range(anchor - 1, -1, -1):
        local_times[i] = local_times[i] or _infer_from_neighbour(
            entries[i], _require(local_times[i + 1]), not newest_first, doubts
        )
    result = [_require(local) for local in local_times]
    if page_day and page_day.of_event and newest_first and not any(entry.timestamp.is_dated for entry in entries):
        return _put_most_on(page_day.day, result)
    return result


def _mark_second_hour(
    entries: Sequence[LineTimestamp], local_times: Sequence[datetime], zone: ZoneInfo
) -> list[datetime]:
    """Set `fold` on times that the order of the page proves to be after the clocks went back."""
    backward = _runs_backward([entry.timestamp for entry in entries])
    result = list(local_times)
    latest, second = local_times[0], False
    for i in reversed(range(len(result))) if backward else range(len(result)):
        local = result[i]
        if _is_twofold(local, zone):
            second = second or local < latest < local + timedelta(hours=1)
            result[i] = local.replace(fold=int(second))
        latest = local
    return result


def _is_twofold(local: datetime, zone: tzinfo) -> bool:
    first, second = local.replace(tzinfo=zone, fold=0), local.replace(tzinfo=zone, fold=1)
    return (first.utcoffset() or timedelta(0)) > (second.utcoffset() or timedelta(0))


def _put_most_on(day: WrittenDay, local_times: Sequence[datetime]) -> list[datetime]:
    """Return the times moved by whole days so that most of them are on `day`, which has a year."""
    counts = Counter(local.date() for local in local_times)
    most = counts.most_common(1)[0][0]
    shift = day.on(day.year or most.year) - most if day.year else timedelta(0)
    return [local + shift for local in local_times]


def _require(local: datetime | None) -> datetime:
    assert local is not None, "days are inferred outwards from a known one"
    return local


def _written_day(entry: LineTimestamp, zone: ZoneInfo, today: datetime, doubts: _Doubts) -> datetime | None:
    timestamp = entry.timestamp
    if timestamp.days_from_now is not None:
        doubts.note("“Today” and “yesterday” are counted from the day of this import", entry.line)
        return datetime.combine(today.date() + _DAY * timestamp.days_from_now, timestamp.clock)
    if timestamp.instant:
        return timestamp.instant.astimezone(zone).replace(tzinfo=None)
    if timestamp.day and timestamp.day.year:
        return datetime.combine(timestamp.day.on(timestamp.day.year), timestamp.clock)
    return None


def _first_guess(entry: LineTimestamp, today: datetime, page_day: PageDay | None, doubts: _Doubts) -> datetime:
    """Return a first day if no post has a full date: the day above the posts, or today, but not in the future."""
    ceiling = today.replace(tzinfo=None)
    timestamp = entry.timestamp
    if timestamp.day:
        doubts.note("A year is missing, and inferred", entry.line)
        near = page_day.day.on(page_day.day.year) if page_day and page_day.day.year else ceiling.date()
        best = datetime.combine(_nearest_year(timestamp.day, near), timestamp.clock)
        is_future = best - ceiling > _DAY and not page_day
        return datetime.combine(timestamp.day.on(best.year - 1), timestamp.clock) if is_future else best
    if not (page_day and page_day.is_given):
        doubts.note(_FROM_PAGE_DAY if page_day else _FROM_TODAY, entry.line)
    if page_day and page_day.day.year:
        return datetime.combine(page_day.day.on(page_day.day.year), timestamp.clock)
    guess = datetime.combine(ceiling.date(), timestamp.clock)
    guess = guess if guess <= ceiling else guess - _DAY
    return _on_weekday(guess, timestamp.weekday)


def _infer_from_neighbour(entry: LineTimestamp, neighbour: datetime, earlier: bool, doubts: _Doubts) -> datetime:
    """Return a timestamp with the day that puts it next to its neighbour, before or after it."""
    if entry.timestamp.day:
        doubts.note("A year is missing, and inferred", entry.line)
        return datetime.combine(_nearest_year(entry.timestamp.day, neighbour.date()), entry.timestamp.clock)
    doubts.note("A date is missing, and inferred from the posts around it", entry.line)
    guess = datetime.combine(neighbour.date(), entry.timestamp.clock)
    step = guess - neighbour
    sign = -1 if earlier else 1
    if step * sign < -_TOLERANCE:
        guess += sign * _DAY
    elif step * sign > _DAY - _TOLERANCE:
        guess -= sign * _DAY
    return _on_weekday(guess, entry.timestamp.weekday)


def _nearest_year(day: WrittenDay, near: date) -> date:
    return min((day.on(near.year + step) for step in (0, -1, 1)), key=lambda d: abs((d - near).days))


def _on_weekday(guess: datetime, weekday: int | None) -> datetime:
    if weekday is None:
        return guess
    return guess - _DAY * ((guess.weekday() - weekday) % 7)


def _runs_backward(timestamps: Sequence[Timestamp]) -> bool:
    """Return True if most steps of the page go from newer to older posts; also if the steps do not decide."""
    steps = [_compare_times(a, b) for a, b in pairwise(timestamps)]
    return sum(step > 0 for step in steps) <= sum(step < 0 for step in steps)


def _compare_times(above: Timestamp, below: Timestamp) -> float:
    if above.instant and below.instant:
        return (below.instant - above.instant).total_seconds()
    day = 24 * 3600
    seconds_later = (_to_seconds(below.clock) - _to_seconds(above.clock)) % day
    if above.day and below.day and (above.day.month, above.day.day) != (below.day.month, below.day.day):
        months = (below.day.month - above.day.month + 6) % 12 - 6
        return months * 31 + below.day.day - above.day.day
    if above.day and below.day:
        return _to_seconds(below.clock) - _to_seconds(above.clock)
    return seconds_later if seconds_later <= day // 2 else seconds_later - day


def _to_seconds(clock: time) -> int:
    return clock.hour * 3600 + clock.minute * 60 + clock.second


def _to_time(entry: LineTimestamp, local: datetime, zone: ZoneInfo, doubts: _Doubts) -> datetime:
    timestamp = entry.timestamp
    if timestamp.instant:
        return timestamp.instant
    if timestamp.day and timestamp.day.is_ambiguous:
        doubts.note("A date in figures could be read in two ways; the first number is taken as the day", entry.line)
    if timestamp.weekday is not None and timestamp.day and local.weekday() != timestamp.weekday:
        doubts.note("The weekday and the date do not agree; the date is used", entry.line)
    return _attach_zone(local, resolve_zone(timestamp.zone, local, zone), entry.line, doubts)


def _attach_zone(local: datetime, zone: tzinfo, line: int, doubts: _Doubts) -> datetime:
    """Return a local time as aware. If it is ambiguous, use the first (PEP 495, fold 0) and add a warning."""
    first, second = local.replace(tzinfo=zone, fold=0), local.replace(tzinfo=zone, fold=1)
    if first.utcoffset() == second.utcoffset():
        return first
    if _is_twofold(local, zone):
        which = "second one is used, as the order of the page shows" if local.fold else "first one is used"
        doubts.note(f"The clocks went back, and this time came twice; the {which}", line)
        return second if local.fold else first
    back = first.astimezone(UTC).astimezone(zone).replace(tzinfo=None, fold=0)
    doubts.note("The clocks went forward, and this time did not exist; it is moved on by the gap", line)
    return back.replace(tzinfo=zone)


def _warn_of_contradictions(
    entries: Sequence[LineTimestamp], times: Sequence[datetime], now: datetime, doubts: _Doubts
) -> None:
    steps = [below - above for above, below in pairwise(times)]
    backward = sum(step < timedelta(0) for step in steps) >= sum(step > timedelta(0) for step in steps)
    for entry, step in zip(entries[1:], steps, strict=False):
        if step and (step < timedelta(0)) is not backward:
            doubts.note("The times do not run in one direction; the order of the page is kept", entry.line)
    for entry, instant in zip(entries, times, strict=True):
        if instant > now:
            doubts.note("A post's time lies in the future", entry.line)


def _describe_lines(lines: Sequence[int]) -> str:
    if len(lines) == 1:
        return f"line {lines[0]}"
    shown = ", ".join(map(str, lines[:8]))
    return f"lines {shown}" + (f" and {len(lines) - 8} more" if len(lines) > 8 else "")
