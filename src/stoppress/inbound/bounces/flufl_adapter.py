"""What flufl.bounce, Mailman's reader, finds: recipients without reasons, in formats that are rare by now."""

import email
import logging
import re

from flufl.bounce import all_failures

MAX_BYTES = 131_072
MAX_BOUNDARIES = 24
"""Larger and more nested messages are not shown to it: its work grows with both."""

logging.getLogger("flufl.bounce").setLevel(logging.CRITICAL)


def find_failed_addresses(message: bytes) -> list[str]:
    """Addresses that fail, now or for good; [] where it finds none or stumbles."""
    if len(re.findall(rb"boundary", message[:MAX_BYTES], re.IGNORECASE)) > MAX_BOUNDARIES:
        return []
    try:
        temporary, permanent = all_failures(email.message_from_bytes(message[:MAX_BYTES]))
    except Exception:  # whatever it meets in a stranger's message, ours are read all the same
        return []
    return sorted(address.decode("utf-8", "replace") for address in {*temporary, *permanent} if b"@" in address)
