"""Split a text into numbered lines, with white space and invisible characters normalised for all later rules."""

import re
from dataclasses import dataclass

# Line breaks that a text editor counts. Form feed, vertical tab, NEL and the Unicode separators also split the text,
# but do not change the line number, because a text editor does not count them.
_NEWLINE = re.compile(r"\r\n|\r|\n")
_SAME_NUMBER_BREAK = re.compile("[\x0b\x0c\x1c-\x1e\x85\u2028\u2029]+")

# Zero-width space, word joiner and byte order mark are invisible and without meaning. Joiners (U+200C, U+200D) are kept
# because Persian and emoji need them. Other control characters cannot be displayed.
_INVISIBLE = dict.fromkeys([0x200B, 0x2060, 0xFEFF, *range(0x09), *range(0x0E, 0x1C), 0x1F, *range(0x7F, 0x85)])
_INVISIBLE |= dict.fromkeys(range(0x86, 0xA0))
_TRANSLATION = str.maketrans({**_INVISIBLE, 0xA0: " "})
_EDGES = " \t\u200c\u200d\u200e\u200f\u202a\u202b\u202c\u2066\u2067\u2068\u2069\u2800\u3164"


@dataclass(frozen=True, slots=True)
class Line:
    """One visible line: its number (from 1), and its text without surrounding white space.

    `gap` is True if a blank line or the top of the page is right above.
    """

    number: int
    text: str
    gap: bool = False


def split_lines(text: str) -> tuple[Line, ...]:
    """Return the non-blank lines of a text with any kind of newlines."""
    lines: list[Line] = []
    gap = True
    for number, raw in enumerate(_NEWLINE.split(text), start=1):
        pieces = _visible_pieces(raw)
        for piece in pieces:
            lines.append(Line(number, piece, gap))
            gap = False
        gap = gap or not pieces
    return tuple(lines)


def _visible_pieces(raw: str) -> list[str]:
    normalised = (_normalise(piece) for piece in _SAME_NUMBER_BREAK.split(raw))
    return [piece for piece in normalised if piece]


def _normalise(piece: str) -> str:
    """Remove invisible characters from both ends; `strip()` comes first because it removes every Unicode space."""
    piece = piece.translate(_TRANSLATION)
    while (stripped := piece.strip().strip(_EDGES)) != piece:
        piece = stripped
    return piece
