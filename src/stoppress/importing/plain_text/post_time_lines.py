"""Parse lines that separate posts: a publication time, perhaps with a byline.

    "Ann Lee1 November 2024 20:00"   NAME_FIRST (joined)     "15:43 , Ann Lee"           TIME_FIRST
    "20.00 GMT"                      BARE                     "1730491200"                EPOCH
    "8.40am: The day begins …"       INLINE

This module classifies single lines. `page_layout` decides which of them separate the posts of a page.
"""

import re
from dataclasses import dataclass
from enum import Enum, auto

from stoppress.importing.plain_text.bylines.byline_names import Byline, parse_byline
from stoppress.importing.plain_text.heading_detection import split_label, strip_number
from stoppress.importing.plain_text.text_lines import Line
from stoppress.importing.plain_text.times.dates import DAY
from stoppress.importing.plain_text.times.timestamp_parser import (
    CLOCK,
    EPOCH,
    TIMESTAMP,
    Timestamp,
    parse_epoch,
    parse_timestamp,
)

MAX_SEPARATOR_CHARACTERS = 240
_MAX_INLINE_TIMESTAMP_CHARACTERS = 60
_MAX_GLUED_NAME_CHARACTERS = 80


class SeparatorShape(Enum):
    """Form of a separator line."""

    NAME_FIRST = auto()
    TIME_FIRST = auto()
    BARE = auto()
    EPOCH = auto()
    INLINE = auto()
    UPDATED = auto()


@dataclass(frozen=True, slots=True)
class Separator:
    """A publication time, perhaps with byline and label, on one line.

    Attributes:
        index: Index of the line on the page.
        is_glued: The time adjoins the name without white space.
        rest: Text that follows the time on the same line.
        is_marked: Punctuation separates the time from the rest.
        span: Number of lines: more than one if the page repeats the time on the next line.
    """

    index: int
    shape: SeparatorShape
    timestamp: Timestamp
    byline: Byline | None = None
    is_glued: bool = False
    rest: str = ""
    label: str | None = None
    is_marked: bool = False
    span: int = 1

    @property
    def style(self) -> tuple[SeparatorShape, bool]:
        """Style that the separators of one page share. Posts of today may omit the day that older ones have."""
        return (self.shape, self.is_glued)

    @property
    def day_precision(self) -> int:
        """Completeness of the day: 0 without a day, 1 with the weekday, 2 with the date."""
        return 2 if self.timestamp.is_dated else int(self.timestamp.weekday is not None)


_MAY_HOLD_TIME = re.compile(r"\d|noon|midday|midnight", re.IGNORECASE)
_AGO = re.compile(
    r"(?:\d{1,2}\s?[hmd](?:rs?|ours?|ins?|inutes?|ays?)?\sago|just now|live|now)[\s,|·•–—-]*(?=[\d(])", re.I
)
_POSTED = re.compile(r"(?:first )?(?:posted|published|filed|time)(?:\s(?:at|on))?\s?:?\s|at\s(?=\d)", re.IGNORECASE)
_UPDATED = re.compile(r"(?:last )?(?:updated|modified|edited)(?:\s(?:at|on))?\s?:?\s?", re.IGNORECASE)

_AT_END = re.compile(rf"(?P<stamp>{TIMESTAMP}|{EPOCH})[.)\]]?\Z", re.IGNORECASE)
_AT_START = re.compile(rf"[\[(]?(?P<stamp>{TIMESTAMP})[\])]?", re.IGNORECASE)
_SAME_TIME_AGAIN = re.compile(rf"\s*\({CLOCK}\)\s*\Z", re.IGNORECASE)
_TWICE = re.compile(r"(?P<once>\S.{2,58}\S)\s*(?P=once)")
_AROUND_NAME = re.compile(
    rf"(?:(?P<clock>{CLOCK})(?P<name>[\s,|·•–—-]\s*\S.{{1,100}}?)(?P<day>{DAY})"
    rf"|(?P<day2>{DAY})(?P<name2>[\s,|·•–—-]\s*\S.{{1,100}}?)(?P<clock2>{CLOCK}))\.?",
    re.IGNORECASE,
)
_ONLY_EPOCH = re.compile(EPOCH)
_MARK = re.compile(r"\s?(?::|\||\s[\u2013\u2014-]\s|[\u2013\u2014]|\s-)\s*(?=\S)|\s?[\])]\s*(?=\S)")
_NAME_MARK = re.compile(r"\s*[,|·•–—-]\s*|\s+")


def parse_separator(index: int, line: Line) -> Separator | None:
    """Return the publication time on a line, or None if the line is text."""
    text = line.text
    if not _MAY_HOLD_TIME.search(text[:MAX_SEPARATOR_CHARACTERS]):
        return None
    if len(text) <= MAX_SEPARATOR_CHARACTERS:
        return _parse_whole_line(index, text) or _parse_inline(index, text)
    return _parse_inline(index, text)


def _parse_whole_line(index: int, text: str) -> Separator | None:
    if _ONLY_EPOCH.fullmatch(text):
        return Separator(index, SeparatorShape.EPOCH, parse_epoch(text))
    label, bare = split_label(strip_number(text))
    if not bare:
        return None
    bare = _AGO.sub("", bare, count=1)
    return (
        _parse_update_time(index, bare)
        or _parse_time_around_name(index, bare, label)
        or _parse_time_first(index, bare, label)
        or _parse_name_first(index, bare, label)
    )


def _parse_update_time(index: int, text: str) -> Separator | None:
    match = _UPDATED.match(text)
    timestamp = _parse_timestamp_line(text[match.end() :]) if match else None
    return Separator(index, SeparatorShape.UPDATED, timestamp) if timestamp else None


def _parse_time_around_name(index: int, text: str, label: str | None) -> Separator | None:
    """Parse a clock time, a name and a date, in this or the reverse order."""
    match = _AROUND_NAME.fullmatch(text)
    if match is None:
        return None
    clock, name, day = (match[part] or match[f"{part}2"] for part in ("clock", "name", "day"))
    timestamp, byline = parse_timestamp(f"{day} {clock}"), parse_byline(name)
    if timestamp is None or byline is None:
        return None
    return Separator(index, SeparatorShape.TIME_FIRST, timestamp, byline, rest=name, label=label, is_marked=True)


def _parse_time_first(index: int, text: str, label: str | None) -> Separator | None:
    """Parse a time, perhaps followed by a name."""
    posted_mark = _POSTED.match(text)
    text = _drop_repetition(text[posted_mark.end() :] if posted_mark else text)
    match = _AT_START.match(text)
    timestamp = parse_timestamp(match["stamp"]) if match else None
    if match is None or timestamp is None:
        return None
    rest = _SAME_TIME_AGAIN.sub("", text[match.end() :]).strip(" .,|·•–—-")
    trailing, rest = _split_trailing_label(rest)
    if not rest:
        return Separator(index, SeparatorShape.BARE, timestamp, label=label or trailing)
    mark = _NAME_MARK.match(text, match.end())
    byline = parse_byline(rest, loose=posted_mark is not None) if mark or rest.lower().startswith("by ") else None
    if byline is None:
        return None
    is_marked = mark is not None and not mark[0].isspace()
    return Separator(
        index, SeparatorShape.TIME_FIRST, timestamp, byline, rest=rest, label=label or trailing, is_marked=is_marked
    )


def _drop_repetition(text: str) -> str:
    """Return one of two equal times, which pages contain for screen readers: "20:02 1 Nov20:02 1 Nov"."""
    twice = _TWICE.fullmatch(text)
    return twice["once"] if twice else text


def _parse_name_first(index: int, text: str, label: str | None) -> Separator | None:
    """Parse a name followed by a time. The day may wrongly include a digit of the name; then search further on."""
    start = 0
    while match := _AT_END.search(text, start):
        start = match.start() + 1
        timestamp = _parse_timestamp_or_epoch(match["stamp"])
        if timestamp is None and _DAY_OF_A_MONTH.match(text, match.start()):
            return None
        if timestamp is None:
            continue
        before = text[: match.start()]
        byline = _parse_byline_before(_POSTED_AT_END.sub("", before), before, timestamp)
        is_glued = before[-1:].isalnum() or before.endswith((")", "."))
        return (
            Separator(index, SeparatorShape.NAME_FIRST, timestamp, byline, is_glued=is_glued, label=label)
            if byline
            else None
        )
    return None


def _parse_byline_before(name: str, before: str, timestamp: Timestamp) -> Byline | None:
    """Parse the byline before a time. The closer and more complete the time, the less it must look like a name."""
    is_glued = before[-1:].isalpha() or before.endswith(")") or (timestamp.day is not None and before[-1:].isdigit())
    is_dated = timestamp.is_dated
    is_separated = before.endswith("\t") or before.rstrip().endswith(("|", ",", "·", "•", "–", "—", "-"))
    byline = parse_byline(name, loose=is_glued or (is_dated and (is_separated or " " not in name)))
    if byline is None and is_glued and is_dated and len(name) <= _MAX_GLUED_NAME_CHARACTERS:
        return Byline((" ".join(name.split()),))
    return byline


_DAY_OF_A_MONTH = re.compile(r"(?<!\d)(?:[12]\d|3[01])(?!\d|[:.])")
"""A day that is valid in another month is not split: 31 February is a mistake, not the first of February."""

_POSTED_AT_END = re.compile(
    r"[\s,|·•–—-]*\b(?:posted|published|filed|updated)?(?:\s?(?:at|on))?[\s:]{0,3}\Z", re.IGNORECASE
)


def _parse_inline(index: int, text: str) -> Separator | None:
    """Parse a time at the start of a paragraph; `is_marked` is True if a colon or dash follows."""
    label, bare = split_label(strip_number(text))
    match = _AT_START.match(bare[: _MAX_INLINE_TIMESTAMP_CHARACTERS + 20])
    timestamp = parse_timestamp(match["stamp"]) if match else None
    if match is None or timestamp is None:
        return None
    mark = _MARK.match(bare, match.end())
    rest = bare[mark.end() if mark else match.end() :].lstrip()
    is_separated = mark is not None or bare[match.end() : match.end() + 1].isspace()
    if not rest or not is_separated or (timestamp.days_from_now is not None and mark is None):
        return None
    return Separator(index, SeparatorShape.INLINE, timestamp, rest=rest, label=label, is_marked=mark is not None)


def _split_trailing_label(rest: str) -> tuple[str | None, str]:
    label, remainder = split_label(f"{rest}: x")
    return (label, "") if label and remainder == "x" else (None, rest)


def _parse_timestamp_line(text: str) -> Timestamp | None:
    match = _AT_START.fullmatch(text.rstrip(". "))
    return parse_timestamp(match["stamp"]) if match else None


def _parse_timestamp_or_epoch(text: str) -> Timestamp | None:
    return parse_epoch(text) if _ONLY_EPOCH.fullmatch(text) else parse_timestamp(text)
