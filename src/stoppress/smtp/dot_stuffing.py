"""Prepare a message for DATA: lines end in CRLF and no line is a lone dot (RFC 5321 sections 2.3.8 and 4.5.2)."""

import re

FINAL_DOT = b".\r\n"
"""Ends a message that ends in CRLF."""

_LINE_END = re.compile(rb"\r\n|\r|\n")


def normalise_line_ends(message: bytes) -> bytes:
    """Return the message with every line ended by CRLF, the last one too.

    A bare CR or LF becomes CRLF and is never passed on. Some relays read one as a line end, which would let a message
    smuggle a second message past the dot-stuffing.
    """
    pairs = message.count(b"\r\n")
    if not pairs == message.count(b"\n") == message.count(b"\r"):
        message = _LINE_END.sub(b"\r\n", message)
    return message if message.endswith(b"\r\n") or not message else message + b"\r\n"


def dot_stuff(message: bytes) -> bytes:
    """Return a normalised message with a dot added before each line that begins with a dot."""
    stuffed = message.replace(b"\n.", b"\n..") if b"\n." in message else message
    return b"." + stuffed if stuffed.startswith(b".") else stuffed
