"""Adapter of flufl.bounce, Mailman's bounce parser: it finds recipients, without reasons, in formats now rare."""

import email
import logging
import re

from flufl.bounce import all_failures

MAX_BYTES = 131_072
MAX_BOUNDARIES = 24
MAX_LINES = 2000
MAX_PARTS = 60
"""Limits of the messages passed to flufl.bounce: its work grows with size, lines, parts and nesting."""

logging.getLogger("flufl.bounce").setLevel(logging.CRITICAL)


def find_failed_addresses(message: bytes) -> list[str]:
    """Return addresses with a temporary or permanent failure; [] if it finds none or raises an error."""
    start = b"".join(message[:MAX_BYTES].splitlines(keepends=True)[:MAX_LINES])
    if len(re.findall(rb"boundary", start, re.IGNORECASE)) > MAX_BOUNDARIES or start.count(b"\n--") > MAX_PARTS:
        return []
    try:
        temporary, permanent = all_failures(email.message_from_bytes(start))
    except Exception:  # noqa: BLE001 - an error on hostile input must not stop the parsing here
        return []
    return sorted(address.decode("utf-8", "replace") for address in {*temporary, *permanent} if b"@" in address)
