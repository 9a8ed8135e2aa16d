"""Lines that part posts: those that say when, and perhaps by whom, a post was published.

    "Ann Lee1 November 2024 20:00"   NAME_FIRST (glued)      "15:43 , Ann Lee"           TIME_FIRST
    "20.00 GMT"                      BARE                     "1730491200"                EPOCH
    "8.40am: The day begins …"       INLINE

What a line is on its own is decided here; which of them really part the posts of this page, in `layout`.
"""

import re
from dataclasses import dataclass
from enum import Enum, auto

from stoppress.importing.plain_text.bylines.byline_names import Byline, parse_byline
from stoppress.importing.plain_text.heading_detection import split_label, strip_number
from stoppress.importing.plain_text.text_lines import Line
from stoppress.importing.plain_text.times.dates import DAY
from stoppress.importing.plain_text.times.timestamp_parser import CLOCK, EPOCH, TIMESTAMP, Timestamp, parse_epoch, parse_timestamp

MAX_SEPARATOR_CHARACTERS = 240
_LONGEST_INLINE_STAMP = 60
_LONGEST_GLUED_NAME = 80


class SeparatorShape(Enum):
    """How a separator is written."""

    NAME_FIRST = auto()
    TIME_FIRST = auto()
    BARE = auto()
    EPOCH = auto()
    INLINE = auto()
    UPDATED = auto()


@dataclass(frozen=True, slots=True)
class Separator:
    """What one line says about a post. `rest` is the text that follows an INLINE time on the same line.

    `span` counts the lines it covers: more than one where the page repeats the time on the next line.
    """

    index: int
    shape: SeparatorShape
    timestamp: Timestamp
    byline: Byline | None = None
    glued: bool = False
    rest: str = ""
    label: str | None = None
    marked: bool = False
    span: int = 1

    @property
    def style(self) -> tuple[SeparatorShape, bool]:
        """What the separators of one page have in common. Today's may lack the day that older ones have."""
        return (self.shape, self.glued)

    @property
    def fullness(self) -> int:
        """How much it says of its day: nothing, the weekday, the date."""
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
_PARTED = re.compile(
    rf"(?:(?P<clock>{CLOCK})(?P<who>[\s,|·•–—-]\s*\S.{{1,100}}?)(?P<day>{DAY})"
    rf"|(?P<day2>{DAY})(?P<who2>[\s,|·•–—-]\s*\S.{{1,100}}?)(?P<clock2>{CLOCK}))\.?",
    re.IGNORECASE,
)
_ONLY_EPOCH = re.compile(EPOCH)
_MARK = re.compile(r"\s?(?::|\||\s[\u2013\u2014-]\s|[\u2013\u2014]|\s-)\s*(?=\S)|\s?[\])]\s*(?=\S)")
_NAME_MARK = re.compile(r"\s*[,|·•–—-]\s*|\s+")


def parse_separator(index: int, line: Line) -> Separator | None:
    """Return what a line says about when a post was published, or None where it is text."""
    text = line.text
    if not _MAY_HOLD_TIME.search(text[:MAX_SEPARATOR_CHARACTERS]):
        return None
    if len(text) <= MAX_SEPARATOR_CHARACTERS:
        return _whole_line(index, text) or _inline(index, text)
    return _inline(index, text)


def _whole_line(index: int, text: str) -> Separator | None:
    if _ONLY_EPOCH.fullmatch(text):
        return Separator(index, SeparatorShape.EPOCH, parse_epoch(text))
    label, bare = split_label(strip_number(text))
    if not bare:
        return None
    bare = _AGO.sub("", bare, count=1)
    return (
        _updated(index, bare)
        or _around_name(index, bare, label)
        or _time_first(index, bare, label)
        or _name_first(index, bare, label)
    )


def _updated(index: int, text: str) -> Separator | None:
    found = _UPDATED.match(text)
    stamp = _stamp_alone(text[found.end() :]) if found else None
    return Separator(index, SeparatorShape.UPDATED, stamp) if stamp else None


def _around_name(index: int, text: str, label: str | None) -> Separator | None:
    """A clock, a name and a date, in this order or the other way round."""
    found = _PARTED.fullmatch(text)
    if found is None:
        return None
    clock, who, day = (found[part] or found[f"{part}2"] for part in ("clock", "who", "day"))
    stamp, byline = parse_timestamp(f"{day} {clock}"), parse_byline(who)
    if stamp is None or byline is None:
        return None
    return Separator(index, SeparatorShape.TIME_FIRST, stamp, byline, rest=who, label=label, marked=True)


def _time_first(index: int, text: str, label: str | None) -> Separator | None:
    """A time alone, or a time and a name after it."""
    posted = _POSTED.match(text)
    text = _once(text[posted.end() :] if posted else text)
    found = _AT_START.match(text)
    stamp = parse_timestamp(found["stamp"]) if found else None
    if found is None or stamp is None:
        return None
    rest = _SAME_TIME_AGAIN.sub("", text[found.end() :]).strip(" .,|·•–—-")
    trailing, rest = _trailing_label(rest)
    if not rest:
        return Separator(index, SeparatorShape.BARE, stamp, label=label or trailing)
    mark = _NAME_MARK.match(text, found.end())
    byline = parse_byline(rest, loose=posted is not None) if mark or rest.lower().startswith("by ") else None
    if byline is None:
        return None
    marked = mark is not None and not mark[0].isspace()
    return Separator(index, SeparatorShape.TIME_FIRST, stamp, byline, rest=rest, label=label or trailing, marked=marked)


def _once(text: str) -> str:
    """A time that screen readers and eyes get separately is copied twice: "20:02 1 Nov20:02 1 Nov"."""
    twice = _TWICE.fullmatch(text)
    return twice["once"] if twice else text


def _name_first(index: int, text: str, label: str | None) -> Separator | None:
    """A name, and a time glued to it or after it. The day may swallow a digit of the name: then try further on."""
    start = 0
    while found := _AT_END.search(text, start):
        start = found.start() + 1
        stamp = _stamp_or_epoch(found["stamp"])
        if stamp is None and _DAY_OF_A_MONTH.match(text, found.start()):
            return None
        if stamp is None:
            continue
        before = text[: found.start()]
        byline = _byline_before(_POSTED_AT_END.sub("", before), before, stamp)
        glued = before[-1:].isalnum() or before.endswith((")", "."))
        return Separator(index, SeparatorShape.NAME_FIRST, stamp, byline, glued=glued, label=label) if byline else None
    return None


def _byline_before(who: str, before: str, stamp: Timestamp) -> Byline | None:
    """Read what stands before a time. The closer and the fuller the time, the less it need look like a name."""
    glued = before[-1:].isalpha() or before.endswith(")") or (stamp.day is not None and before[-1:].isdigit())
    dated = stamp.is_dated
    parted = before.endswith("\t") or before.rstrip().endswith(("|", ",", "·", "•", "–", "—", "-"))
    byline = parse_byline(who, loose=glued or (dated and (parted or " " not in who)))
    if byline is None and glued and dated and len(who) <= _LONGEST_GLUED_NAME:
        return Byline((" ".join(who.split()),))
    return byline


_DAY_OF_A_MONTH = re.compile(r"(?<!\d)(?:[12]\d|3[01])(?!\d|[:.])")
"""A day that might be right in another month is not cut in two: 31 February is a slip, not the first of it."""

_POSTED_AT_END = re.compile(
    r"[\s,|·•–—-]*\b(?:posted|published|filed|updated)?(?:\s?(?:at|on))?[\s:]{0,3}\Z", re.IGNORECASE
)


def _inline(index: int, text: str) -> Separator | None:
    """A time at the start of a paragraph. `marked` where a colon or a dash parts it from the text."""
    label, bare = split_label(strip_number(text))
    found = _AT_START.match(bare[: _LONGEST_INLINE_STAMP + 20])
    stamp = parse_timestamp(found["stamp"]) if found else None
    if found is None or stamp is None:
        return None
    mark = _MARK.match(bare, found.end())
    rest = bare[mark.end() if mark else found.end() :].lstrip()
    apart = mark is not None or bare[found.end() : found.end() + 1].isspace()
    if not rest or not apart or (stamp.days_from_now is not None and mark is None):
        return None
    return Separator(index, SeparatorShape.INLINE, stamp, rest=rest, label=label, marked=mark is not None)


def _trailing_label(rest: str) -> tuple[str | None, str]:
    label, remainder = split_label(f"{rest}: x")
    return (label, "") if label and remainder == "x" else (None, rest)


def _stamp_alone(text: str) -> Timestamp | None:
    found = _AT_START.fullmatch(text.rstrip(". "))
    return parse_timestamp(found["stamp"]) if found else None


def _stamp_or_epoch(text: str) -> Timestamp | None:
    return parse_epoch(text) if _ONLY_EPOCH.fullmatch(text) else parse_timestamp(text)
