"""A message with gaps: cast once for all readers, filled for each by joining bytes.

A gap is marked in what is rendered by a word that nobody outside this process can know, so no text can forge one.
"""

import secrets
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from email import quoprimime
from enum import StrEnum

_NONCE = secrets.token_hex(8)


class Gap(StrEnum):
    """What differs from reader to reader."""

    TO = "to"
    MESSAGE_ID = "message_id"
    UNSUBSCRIBE = "unsubscribe"
    LEAVE_MAILBOX = "leave_mailbox"
    MANAGE = "manage"
    LINK = "link"
    TEXT_ADDRESS = "text_address"
    HTML_ADDRESS = "html_address"

    @property
    def mark(self) -> str:
        """What stands for the gap in rendered text."""
        return f"gap{_NONCE}{self.value.replace('_', '')}gap"


MARKS = {gap.value: gap.mark for gap in Gap}
"""The marks by name, for templates."""


@dataclass(frozen=True)
class Mould:
    """Bytes, and between each two of them a gap."""

    pieces: tuple[bytes, ...]
    gaps: tuple[Gap, ...]

    def filled(self, values: Mapping[Gap, bytes]) -> bytes:
        """The whole message; every gap must have its value."""
        parts = [self.pieces[0]]
        for gap, piece in zip(self.gaps, self.pieces[1:], strict=True):
            parts += (values[gap], piece)
        return b"".join(parts)


def cast(message: bytes) -> Mould:
    """The mould of a message in which gaps are marked."""
    pieces, gaps = [], []
    while found := _next_gap(message):
        before, gap, message = found
        pieces.append(before)
        gaps.append(gap)
    return Mould((*pieces, message), tuple(gaps))


def _next_gap(message: bytes) -> tuple[bytes, Gap, bytes] | None:
    first = min(
        ((at, gap) for gap in Gap if (at := message.find(gap.mark.encode())) >= 0),
        default=None,
        key=lambda found: found[0],
    )
    if first is None:
        return None
    at, gap = first
    return message[:at], gap, message[at + len(gap.mark) :]


def quoted_printable(text: str) -> bytes:
    """The body of a text part (RFC 2045 6.7), each gap on a line of its own between soft line ends."""
    mould = cast(text.encode())
    encoded: list[bytes] = [_quoted(mould.pieces[0])]
    for gap, piece in zip(mould.gaps, mould.pieces[1:], strict=True):
        encoded += (b"=\r\n", gap.mark.encode(), b"=\r\n", _quoted(piece))
    return b"".join(encoded)


def quoted_value(text: str) -> bytes:
    """What may fill a gap in a quoted-printable part."""
    return _quoted(text.encode())


def ascii_values(values: Iterable[tuple[Gap, str]]) -> dict[Gap, bytes]:
    """Values that are ASCII by their making."""
    return {gap: value.encode("ascii") for gap, value in values}


def _quoted(piece: bytes) -> bytes:
    if not piece:
        return b""
    return quoprimime.body_encode(piece.decode("latin-1"), 76, "\r\n").encode("ascii")
