"""A message with gaps: cast once for all readers, filled for each by joining bytes.

A gap is marked in what is rendered by a word that nobody outside this process can know, so no text can forge one.
"""

import re
import secrets
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from email import quoprimime
from enum import StrEnum

MAX_LINE_LENGTH = 74
"""Characters of an encoded line; two more may come in place of a leading dot (RFC 2045 6.7: at most 76)."""
LEADING_DOT = re.compile(r"(?m)^\.")
_NONCE = secrets.token_hex(8)


class Placeholder(StrEnum):
    """What differs from reader to reader."""

    TO = "to"
    MESSAGE_ID = "message_id"
    UNSUBSCRIBE = "unsubscribe"
    LEAVE_MAILBOX = "leave_mailbox"
    MANAGE = "manage"
    MUTE = "mute"
    LINK = "link"
    TEXT_ADDRESS = "text_address"
    HTML_ADDRESS = "html_address"

    @property
    def marker(self) -> str:
        """What stands for the gap in rendered text."""
        return f"gap{_NONCE}{self.value.replace('_', '')}gap"


MARKERS = {gap.value: gap.marker for gap in Placeholder}
"""The marks by name, for templates."""


@dataclass(frozen=True)
class MessageTemplate:
    """Bytes, and between each two of them a gap. `blog_id` is the live blog that its mute links are about, or 0."""

    chunks: tuple[bytes, ...]
    placeholders: tuple[Placeholder, ...]
    blog_id: int = 0

    def fill(self, values: Mapping[Placeholder, bytes]) -> bytes:
        """The whole message; every gap must have its value."""
        parts = [self.chunks[0]]
        for gap, piece in zip(self.placeholders, self.chunks[1:], strict=True):
            parts += (values[gap], piece)
        return b"".join(parts)

    def compile_filler(self, order: Sequence[Placeholder]) -> Callable[[Sequence[bytes]], bytes]:
        """`filled` for many readers: a function that takes the values of these gaps in this order."""
        blank = [part for piece in self.chunks for part in (piece, b"")][:-1]
        slots = [(2 * at + 1, order.index(gap)) for at, gap in enumerate(self.placeholders)]

        def pressed(values: Sequence[bytes]) -> bytes:
            parts = blank.copy()
            for at, index in slots:
                parts[at] = values[index]
            return b"".join(parts)

        return pressed


def compile_template(message: bytes) -> MessageTemplate:
    """The mould of a message in which gaps are marked."""
    pieces, gaps = [], []
    while found := _next_gap(message):
        before, gap, message = found
        pieces.append(before)
        gaps.append(gap)
    return MessageTemplate((*pieces, message), tuple(gaps))


def _next_gap(message: bytes) -> tuple[bytes, Placeholder, bytes] | None:
    first = min(
        ((at, gap) for gap in Placeholder if (at := message.find(gap.marker.encode())) >= 0),
        default=None,
        key=lambda found: found[0],
    )
    if first is None:
        return None
    at, gap = first
    return message[:at], gap, message[at + len(gap.marker) :]


def encode_quoted_printable(text: str) -> bytes:
    """The body of a text part (RFC 2045 6.7), each gap on a line of its own between soft line ends."""
    mould = compile_template(text.encode())
    encoded: list[bytes] = [_quoted(mould.chunks[0])]
    for gap, piece in zip(mould.placeholders, mould.chunks[1:], strict=True):
        encoded += (b"=\r\n", gap.marker.encode(), b"=\r\n", _quoted(piece))
    return b"".join(encoded)


def encode_value(text: str) -> bytes:
    """What may fill a gap in a quoted-printable part."""
    if len(text) < MAX_LINE_LENGTH and text.isascii() and text.isprintable() and "=" not in text and text.strip(" .") == text:
        return text.encode("ascii")  # as it would come out, some microseconds sooner
    return _quoted(text.encode())


def encode_ascii_values(values: Iterable[tuple[Placeholder, str]]) -> dict[Placeholder, bytes]:
    """Values that are ASCII by their making."""
    return {gap: value.encode("ascii") for gap, value in values}


def _quoted(piece: bytes) -> bytes:
    """Quoted-printable in which no line begins with a dot, so that nobody on the way has to double one."""
    if not piece:
        return b""
    encoded = quoprimime.body_encode(piece.decode("latin-1"), MAX_LINE_LENGTH, "\r\n")
    return LEADING_DOT.sub("=2E", encoded).encode("ascii")
