"""A text as numbered lines: white space and invisible characters settled once, so that no later rule meets them."""

import re
from dataclasses import dataclass

# What an editor counts as lines. Form feed, vertical tab, NEL and the Unicode separators part the text as well, but
# leave the number alone: a text editor does not count them.
_NEWLINE = re.compile(r"\r\n|\r|\n")
_SAME_NUMBER_BREAK = re.compile("[\x0b\x0c\x1c-\x1e\x85\u2028\u2029]+")

# Zero-width space, word joiner and byte order mark show nothing and mean nothing; joiners (U+200C, U+200D) stay, since
# Persian and emoji are spelt with them. The other control characters cannot be shown.
_INVISIBLE = dict.fromkeys([0x200B, 0x2060, 0xFEFF, *range(0x09), *range(0x0E, 0x1C), 0x1F, *range(0x7F, 0x85)])
_INVISIBLE |= dict.fromkeys(range(0x86, 0xA0))
_SETTLED = str.maketrans({**_INVISIBLE, 0xA0: " "})
_EDGES = " \t\u200c\u200d\u200e\u200f\u202a\u202b\u202c\u2066\u2067\u2068\u2069\u2800\u3164"


@dataclass(frozen=True, slots=True)
class Line:
    """One line that can be seen: its number, counted from 1, and its text without white space at the ends.

    `gap` says whether a blank line, or the top of the page, stands right above it.
    """

    number: int
    text: str
    gap: bool = False


def split_lines(text: str) -> tuple[Line, ...]:
    """Return the non-blank lines of a text, whatever its newlines."""
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
    settled = (_settle(piece) for piece in _SAME_NUMBER_BREAK.split(raw))
    return [piece for piece in settled if piece]


def _settle(piece: str) -> str:
    """Strip until nothing invisible is left at either end; `strip()` first, as it knows every Unicode space."""
    piece = piece.translate(_SETTLED)
    while (stripped := piece.strip().strip(_EDGES)) != piece:
        piece = stripped
    return piece
