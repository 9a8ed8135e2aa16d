"""A message with placeholders: compiled once for all recipients, filled for each by joining bytes.

Rendered text contains a marker for each placeholder. It has a random part that is secret to this process, so no text
can forge one.
"""

import re
import secrets
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from email import quoprimime
from enum import StrEnum

MAX_LINE_LENGTH = 74
"""Characters of an encoded line. A leading dot takes two more (RFC 2045 6.7: at most 76)."""
LEADING_DOT = re.compile(r"(?m)^\.")
_NONCE = secrets.token_hex(8)


class Placeholder(StrEnum):
    """A value that differs between recipients."""

    TO = "to"
    MESSAGE_ID = "message_id"
    UNSUBSCRIBE = "unsubscribe"
    LEAVE_MAILBOX = "leave_mailbox"
    COMPLAINT_MAILBOX = "complaint_mailbox"
    SUBSCRIBER = "subscriber"
    MANAGE = "manage"
    MUTE = "mute"
    LINK = "link"
    TEXT_ADDRESS = "text_address"
    HTML_ADDRESS = "html_address"

    @property
    def marker(self) -> str:
        """Return the text that represents the placeholder in rendered text."""
        return f"placeholder{_NONCE}{self.value.replace('_', '')}placeholder"


MARKERS = {placeholder.value: placeholder.marker for placeholder in Placeholder}
"""The markers by name, for templates."""


@dataclass(frozen=True)
class MessageTemplate:
    """Constant bytes, and a placeholder between each two chunks.

    `blog_id` is the live blog of its mute links, or 0. The life of its manage links begins at `sent_at`.
    """

    chunks: tuple[bytes, ...]
    placeholders: tuple[Placeholder, ...]
    blog_id: int = 0
    sent_at: datetime = datetime(1970, 1, 1, tzinfo=UTC)

    def fill(self, values: Mapping[Placeholder, bytes]) -> bytes:
        """Return the whole message; every placeholder needs its value."""
        parts = [self.chunks[0]]
        for placeholder, chunk in zip(self.placeholders, self.chunks[1:], strict=True):
            parts += (values[placeholder], chunk)
        return b"".join(parts)

    def compile_filler(self, order: Sequence[Placeholder]) -> Callable[[Sequence[bytes]], bytes]:
        """Return a fast `fill` for many recipients: a function of the values of these placeholders in this order."""
        blank = [part for chunk in self.chunks for part in (chunk, b"")][:-1]
        slots = [(2 * at + 1, order.index(placeholder)) for at, placeholder in enumerate(self.placeholders)]

        def filled(values: Sequence[bytes]) -> bytes:
            parts = blank.copy()
            for at, index in slots:
                parts[at] = values[index]
            return b"".join(parts)

        return filled


def compile_template(message: bytes) -> MessageTemplate:
    """Return the template of a message with markers."""
    chunks, placeholders = [], []
    while placeholder_split := _next_placeholder(message):
        before, placeholder, message = placeholder_split
        chunks.append(before)
        placeholders.append(placeholder)
    return MessageTemplate((*chunks, message), tuple(placeholders))


def _next_placeholder(message: bytes) -> tuple[bytes, Placeholder, bytes] | None:
    first = min(
        ((at, placeholder) for placeholder in Placeholder if (at := message.find(placeholder.marker.encode())) >= 0),
        default=None,
        key=lambda marker: marker[0],
    )
    if first is None:
        return None
    at, placeholder = first
    return message[:at], placeholder, message[at + len(placeholder.marker) :]


def encode_quoted_printable(text: str) -> bytes:
    """Return the body of a text part (RFC 2045 6.7), each marker on a line of its own between soft line breaks."""
    template = compile_template(text.encode())
    encoded: list[bytes] = [_encode_chunk(template.chunks[0])]
    for placeholder, chunk in zip(template.placeholders, template.chunks[1:], strict=True):
        encoded += (b"=\r\n", placeholder.marker.encode(), b"=\r\n", _encode_chunk(chunk))
    return b"".join(encoded)


def encode_value(text: str) -> bytes:
    """Return a value in the form that a placeholder in a quoted-printable part needs."""
    if (
        len(text) < MAX_LINE_LENGTH
        and text.isascii()
        and text.isprintable()
        and "=" not in text
        and text.strip(" .") == text
    ):
        return text.encode("ascii")  # the same result, some microseconds faster
    return _encode_chunk(text.encode())


def encode_ascii_values(values: Iterable[tuple[Placeholder, str]]) -> dict[Placeholder, bytes]:
    """Return values that are ASCII by construction as bytes."""
    return {placeholder: value.encode("ascii") for placeholder, value in values}


def _encode_chunk(chunk: bytes) -> bytes:
    """Return quoted-printable text without a leading dot on any line, so that no server has to double one."""
    if not chunk:
        return b""
    encoded = quoprimime.body_encode(chunk.decode("latin-1"), MAX_LINE_LENGTH, "\r\n")
    return LEADING_DOT.sub("=2E", encoded).encode("ascii")
