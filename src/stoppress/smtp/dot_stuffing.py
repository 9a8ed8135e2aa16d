"""A message as DATA takes it: lines end in CRLF, no line is a lone dot (RFC 5321 2.3.8, 4.5.2)."""

import re

#: The final dot, after a body that ends in CRLF.
FINAL_DOT = b".\r\n"

_LINE_END = re.compile(rb"\r\n|\r|\n")


def normalise_line_ends(message: bytes) -> bytes:
    """The message with every line ended by CRLF, the last one too.

    A bare CR or LF becomes CRLF and is never passed on: relays that read one as a line end would let a message smuggle
    a second one past the dot-stuffing.
    """
    pairs = message.count(b"\r\n")
    if not pairs == message.count(b"\n") == message.count(b"\r"):
        message = _LINE_END.sub(b"\r\n", message)
    return message if message.endswith(b"\r\n") or not message else message + b"\r\n"


def dot_stuff(message: bytes) -> bytes:
    """A normalised message with a dot set before each line that begins with one."""
    stuffed = message.replace(b"\n.", b"\n..") if b"\n." in message else message
    return b"." + stuffed if stuffed.startswith(b".") else stuffed
