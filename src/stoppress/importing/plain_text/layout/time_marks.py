"""Find the candidate mark of a line: a publication time with what surrounds it.

    "Ann Lee1 November 2024 20:00"   NAME_FIRST (joined)     "15:43 , Ann Lee"            TIME_FIRST
    "20.00 GMT"                      BARE                     "Port shutpublished at 9:02" TITLED
    "8.40am: The day begins …"       INLINE                   "+++ 20.15 Uhr: Es regnet."  INLINE
    "1730491200"                     EPOCH                    "Updated at 20:15"           UPDATED

This module looks at single lines. `layout_search` decides which candidates separate the posts of a page.
"""

import re
import unicodedata
from dataclasses import dataclass, replace
from enum import Enum, auto

from stoppress.importing.plain_text.bylines.byline_names import Byline, parse_byline
from stoppress.importing.plain_text.heading_detection import looks_like_heading, split_label
from stoppress.importing.plain_text.text_lines import Line
from stoppress.importing.plain_text.times.dates import DAY, MONTH, parse_day_line
from stoppress.importing.plain_text.times.lexicon import to_ascii_digits
from stoppress.importing.plain_text.times.timestamp_parser import (
    AT_WORD,
    CLOCK,
    EPOCH,
    TIME_WORDS,
    TIMESTAMP,
    Timestamp,
    parse_epoch,
    parse_timestamp,
)

MAX_MARK_CHARACTERS = 240
_MAX_TIMESTAMP_CHARACTERS = 80
_MAX_GLUED_NAME_CHARACTERS = 80


class Shape(Enum):
    """Form of a candidate."""

    NAME_FIRST = auto()
    TIME_FIRST = auto()
    BARE = auto()
    TITLED = auto()
    EPOCH = auto()
    INLINE = auto()
    UPDATED = auto()


@dataclass(frozen=True, slots=True)
class Mark:
    """A candidate for the mark of a post.

    Attributes:
        index: Index of the line on the page.
        is_glued: The time adjoins the name without white space.
        rest: Text of the post on the same line: behind an inline time, or before the time of a titled one.
        form: How the clock time is written: the marks of one page have the same.
        delimiter: Punctuation between an inline time and its text.
        decoration: Bullet, number or plus signs before the time.
        span: Number of lines: more than one if the page repeats the time on the next line.
    """

    index: int
    shape: Shape
    timestamp: Timestamp
    byline: Byline | None = None
    is_glued: bool = False
    rest: str = ""
    label: str | None = None
    form: str = ""
    delimiter: str = ""
    decoration: str = ""
    span: int = 1

    @property
    def style(self) -> tuple[Shape, bool]:
        """Style that the marks of one page share. Posts of today may omit the day that older ones have."""
        return (self.shape, self.is_glued)

    @property
    def day_precision(self) -> int:
        """Completeness of the day: 0 without a day, 1 with the weekday, 2 with the date."""
        return 2 if self.timestamp.is_dated else int(self.timestamp.weekday is not None)

    @property
    def is_whole_line(self) -> bool:
        """Return True if the line contains no text of the post except perhaps its title."""
        return self.shape not in (Shape.INLINE, Shape.UPDATED)

    @property
    def is_inline(self) -> bool:
        """Return True if the line contains the title or the first text of the post."""
        return self.shape is Shape.TITLED or (self.shape is Shape.INLINE)

    def as_inline(self) -> "Mark":
        """Return a time before capitalised words as inline: they begin the post ("20:15 Storm Maren")."""
        return replace(self, shape=Shape.INLINE, byline=None)


_MAY_HOLD_TIME = re.compile(rf"\d|{TIME_WORDS}", re.IGNORECASE)
_DECORATION = re.compile(
    rf"(?:\d{{1,3}}[.)]\s+(?!{MONTH})|[•‣◦▪●·*■□►▶➤✦\u2013\u2014-]\s+|\+{{2,}}\s*|#{{1,6}}\s+)+", re.IGNORECASE
)
_PLUS_AT_END = re.compile(r"\s*\+{2,}\s*\Z")
_AGO = re.compile(
    r"(?:\d{1,2}\s?[hmd](?:rs?|ours?|ins?|inutes?|ays?)?\sago|just now|live|now)[\s,|·•/–—-]*(?=[\d(])", re.I
)
_POSTED_WORDS = r"(?:first )?(?:posted|published|filed|created|time|publié|veröffentlicht|publicado|pubblicato)"
_POSTED = re.compile(rf"{_POSTED_WORDS}(?:\s(?:at|on|à|am|um|a las|em))?\s?:?\s|at\s(?=\d)", re.IGNORECASE)
_UPDATED = re.compile(
    r"(?:last |zuletzt )?(?:updated?|modified|edited|aktualisiert|stand|mis à jour|actualizado|atualizado|aggiornato)"
    r"(?:\s#?\d(?=[\s:]))?,?(?:\s(?:at|on|à|am|um|a las|em|le))?\s?[:\u2013\u2014-]?\s?",
    re.IGNORECASE,
)

_AT_END = re.compile(rf"(?P<stamp>{TIMESTAMP}|{EPOCH})[.)\]]?\Z", re.IGNORECASE)
_START_OF_TIME = re.compile(r"(?<!\d)\d|(?<![^\W\d_])[^\W\d_]|(?<=[^\W\d_A-Z])[A-Z]|(?<=\d)\d")
_NEAR_CLOCK = re.compile(
    rf"\d\s?[:.h]\s?\d\d|\d\s?(?:[ap]\.?\s?m|h|u)|[時时點点시]|\d{{4}}\s?[a-z]|\d{{9}}|{TIME_WORDS}", re.IGNORECASE
)
_AT_START = re.compile(rf"(?P<word>{AT_WORD})[\[(【]?(?P<stamp>{TIMESTAMP})[\])】]?", re.IGNORECASE)
_MILITARY = re.compile(r"(?P<stamp>(?:[01]\d|2[0-4])[0-5]\d)(?!\s?[年년])(?=\s?[^\W\d_]|\s?[“‘\"'«»(]|\s*[:–—-]\s)")
_SAME_TIME_AGAIN = re.compile(rf"\s*\({CLOCK}\)\s*\Z", re.IGNORECASE)
_TWICE = re.compile(r"(?P<once>\S.{2,58}\S)\s*(?P=once)")
_AROUND_NAME = re.compile(
    rf"(?:(?P<clock>{CLOCK})(?P<name>[\s,|·•–—-]\s*\S.{{1,100}}?)(?P<day>{DAY})"
    rf"|(?P<day2>{DAY})(?P<name2>[\s,|·•–—-]\s*\S.{{1,100}}?)(?P<clock2>{CLOCK}))\.?",
    re.IGNORECASE,
)
_ONLY_EPOCH = re.compile(EPOCH)
_DELIMITER = re.compile(r"\s*(?P<sign>\+{2,}|[:|/;>»…,.]|[\u2013\u2014]|-(?=\s)|(?<=\s)-)\s*(?=\S)|\s?[\])】]\s*(?=\S)")
_RANGE = re.compile(r"\d{1,2}(?:[:.h]\d\d)?\s?[\u2013\u2014-]\s?\d{1,2}(?:[:.h]\d\d|\s?[ap]\.?m|\s?h)", re.IGNORECASE)
_NAME_MARK = re.compile(r"\s*[,|·•–—-]\s*|\s+")
_ANY_DAY = re.compile(DAY, re.IGNORECASE)
_FORM_SIGN = re.compile(r"\d{1,2}\s?([:.h時时點点시])(?:\s?\d\d)?|\d{4}", re.IGNORECASE)
_HALF_SIGN = re.compile(r"\d\s?[ap]\.?m", re.IGNORECASE)


def find_mark(index: int, line: Line) -> Mark | None:
    """Return the candidate mark on a line, or None if the line is text."""
    text = line.text
    plain = to_ascii_digits(text[: MAX_MARK_CHARACTERS + 1])
    if not _MAY_HOLD_TIME.search(plain) or parse_day_line(text):
        return None
    if _ONLY_EPOCH.fullmatch(plain):
        return Mark(index, Shape.EPOCH, parse_epoch(plain))
    match = _DECORATION.match(plain)
    decoration, start = (match[0].strip(), match.end()) if match else ("", 0)
    label, bare = split_label(text[start:])
    if not bare:
        return None
    whole = None
    if len(bare) <= MAX_MARK_CHARACTERS:
        short = _AGO.sub("", _PLUS_AT_END.sub("", bare), count=1)
        whole = _parse_whole_line(_Parts(index, short, to_ascii_digits(short), label, decoration))
    return whole or _parse_inline(_Parts(index, bare, to_ascii_digits(bare[:MAX_MARK_CHARACTERS]), label, decoration))


@dataclass(frozen=True, slots=True)
class _Parts:
    """A line without its decoration and label; `plain` is `text` with ASCII digits, of equal length."""

    index: int
    text: str
    plain: str
    label: str | None
    decoration: str


def _build(parts: _Parts, shape: Shape, stamp: str, timestamp: Timestamp, **more: object) -> Mark:
    fields: dict[str, object] = {"label": parts.label, "decoration": parts.decoration, "form": _form_of(stamp), **more}
    return Mark(parts.index, shape, timestamp, **fields)  # type: ignore[arg-type]


def _form_of(stamp: str) -> str:
    """Return how a clock time is written: its sign, and whether it has a.m. or p.m."""
    match = _FORM_SIGN.search(_ANY_DAY.sub(" ", stamp))
    sign = (match[1] or "hhmm").lower() if match else ""
    return sign + ("m" if _HALF_SIGN.search(stamp) else "")


def _parse_whole_line(parts: _Parts) -> Mark | None:
    return (
        _parse_update_time(parts)
        or _parse_time_around_name(parts)
        or _parse_time_first(parts)
        or _parse_time_last(parts)
    )


def _parse_update_time(parts: _Parts) -> Mark | None:
    match = _UPDATED.match(parts.plain)
    stamp = _AT_START.fullmatch(parts.plain[match.end() :].rstrip(".: ")) if match else None
    timestamp = parse_timestamp(stamp["stamp"]) if stamp else None
    return _build(parts, Shape.UPDATED, parts.plain, timestamp) if timestamp else None


def _parse_time_around_name(parts: _Parts) -> Mark | None:
    """Parse a clock time, a name and a date, in this or the reverse order."""
    match = _AROUND_NAME.fullmatch(parts.plain)
    if match is None or _AT_START.fullmatch(parts.plain):  # the name of a zone is no name
        return None
    clock, name, day = (match[part] or match[f"{part}2"] for part in ("clock", "name", "day"))
    timestamp, byline = parse_timestamp(f"{day} {clock}"), parse_byline(name)
    if timestamp is None or byline is None:
        return None
    return _build(parts, Shape.TIME_FIRST, clock, timestamp, byline=byline, rest=name, delimiter=",")


def _parse_time_first(parts: _Parts) -> Mark | None:
    """Parse a time, perhaps followed by a name."""
    posted = _POSTED.match(parts.plain)
    plain = _drop_repetition(parts.plain[posted.end() :] if posted else parts.plain)
    match = _AT_START.match(plain)
    timestamp = parse_timestamp(match["stamp"]) if match else None
    if match is None or timestamp is None:
        return None
    text = parts.text[posted.end() if posted else 0 :][: len(plain)]
    rest = _SAME_TIME_AGAIN.sub("", text[match.end() :]).strip(" .,|·•–—-:/")
    trailing, rest = _split_trailing_label(rest)
    label = parts.label or trailing
    if not rest:
        return _build(parts, Shape.BARE, match["stamp"], timestamp, label=label)
    mark = _NAME_MARK.match(plain, match.end())
    announced = rest.lower().startswith(("by ", "posted by ", "written by "))
    is_glued = plain[match.end() : match.end() + 1].isupper()
    byline = parse_byline(rest, loose=posted is not None) if mark or announced or is_glued else None
    if byline is None:
        return None
    delimiter = mark[0].strip() if mark else ""
    return _build(
        parts, Shape.TIME_FIRST, match["stamp"], timestamp, byline=byline, rest=rest, label=label, delimiter=delimiter
    )


def _drop_repetition(text: str) -> str:
    """Return one of two equal times, which pages contain for screen readers: "20:02 1 Nov20:02 1 Nov"."""
    twice = _TWICE.fullmatch(text)
    return twice["once"] if twice else text


def _parse_time_last(parts: _Parts) -> Mark | None:
    """Parse a name or title followed by a time. The day may wrongly include a digit of the name; then search on."""
    start = max(0, len(parts.plain) - _MAX_TIMESTAMP_CHARACTERS)
    if not _NEAR_CLOCK.search(parts.plain, start):
        return None
    for place in _START_OF_TIME.finditer(parts.plain, start):
        match = _AT_END.match(parts.plain, place.start())
        if match is None:
            continue
        timestamp = _parse_timestamp_or_epoch(match["stamp"])
        if timestamp is None and _DAY_OF_A_MONTH.match(parts.plain, match.start()):
            return None
        if timestamp is None:
            continue
        before = parts.text[: match.start()]
        title = _POSTED_AT_END.match(before)
        name = title["title"] if title else before
        byline = _parse_byline_before(name, before, timestamp)
        if byline:
            is_glued = before[-1:].isalnum() or before.endswith((")", "."))
            return _build(parts, Shape.NAME_FIRST, match["stamp"], timestamp, byline=byline, is_glued=is_glued)
        if title and title["posted"] and looks_like_heading(name):
            return _build(parts, Shape.TITLED, match["stamp"], timestamp, rest=name.strip())
        return None
    return None


def _parse_byline_before(name: str, before: str, timestamp: Timestamp) -> Byline | None:
    """Parse the byline before a time. The closer and more complete the time, the less it must look like a name."""
    is_glued = before[-1:].isalpha() or before.endswith(")") or (timestamp.day is not None and before[-1:].isdigit())
    is_dated = timestamp.is_dated
    is_separated = before.endswith("\t") or before.rstrip().endswith(("|", ",", "·", "•", "–", "—", "-"))
    byline = parse_byline(name, loose=is_glued or (is_dated and (is_separated or " " not in name)))
    if byline is None and is_glued and is_dated and name == before and len(name) <= _MAX_GLUED_NAME_CHARACTERS:
        return Byline((" ".join(name.split()),))
    return byline


_DAY_OF_A_MONTH = re.compile(r"(?<!\d)(?:[12]\d|3[01])(?!\d|[:.])")
"""A day that is valid in another month is not split: 31 February is a mistake, not the first of February."""

_POSTED_AT_END = re.compile(
    r"(?P<title>.*?)[\s,|·•–—-]*(?:(?P<posted>(?:posted|published|filed|updated)(?:\s?(?:at|on))?)|\b(?:at|on)|)"
    r"[\s:]{0,3}\Z",
    re.IGNORECASE,
)


def _parse_inline(parts: _Parts) -> Mark | None:
    """Parse a time at the start of a paragraph."""
    if update := _UPDATED.match(parts.plain):
        rest = parts.text[update.end() :]
        inner = _parse_inline(replace(parts, text=rest, plain=parts.plain[update.end() :], decoration="update"))
        return inner if inner and inner.delimiter else None
    window = parts.plain[: _MAX_TIMESTAMP_CHARACTERS + 20]
    if _RANGE.match(window):
        return None
    match = _AT_START.match(window)
    timestamp = parse_timestamp(match["stamp"]) if match else None
    if match is None or timestamp is None:
        match = _MILITARY.match(window)
        timestamp = parse_timestamp(f"{match['stamp'][:2]}:{match['stamp'][2:]}") if match else None
        if match is None or timestamp is None:
            return None
    mark = _DELIMITER.match(parts.plain, match.end())
    rest = _PLUS_AT_END.sub("", _strip_symbols(parts.text[mark.end() if mark else match.end() :]))
    in_brackets = match[0][-1] in ")]】"
    is_separated = mark is not None or in_brackets or _begins_anew(parts.plain[match.end() : match.end() + 1])
    is_word = not any(map(str.isdigit, match["stamp"]))
    announced = timestamp.days_from_now is not None or is_word or bool(match.groupdict().get("word"))
    if not rest or not is_separated or (announced and mark is None):
        return None
    delimiter = (mark["sign"] or ")")[0] if mark else ")" * in_brackets
    return _build(parts, Shape.INLINE, match["stamp"], timestamp, rest=rest, delimiter=delimiter)


def _begins_anew(character: str) -> bool:
    """Return True if a text may begin here: after a space, with a capital, or in a script without capitals."""
    return character.isspace() or (character.isalpha() and not character.islower()) or character in '“‘«„"'


def _strip_symbols(text: str) -> str:
    """Return a text without the emoji that some pages put before it."""
    start = 0
    while start < len(text) and (
        text[start].isspace() or unicodedata.category(text[start]) in ("So", "Mn", "Sk", "Cf")
    ):
        start += 1
    return text[start:]


def _split_trailing_label(rest: str) -> tuple[str | None, str]:
    label, remainder = split_label(f"{rest}: x")
    return (label, "") if label and remainder == "x" else (None, rest)


def _parse_timestamp_or_epoch(text: str) -> Timestamp | None:
    return parse_epoch(text) if _ONLY_EPOCH.fullmatch(text) else parse_timestamp(text)
