"""Our own signed addresses (delivery/message/verp_addresses.py), wherever a message that comes back still carries them."""

import re
from collections.abc import Callable, Iterable

from stoppress.delivery.message.verp_addresses import ForgedAddress, Mailbox, numbers_in

Check = Callable[[Mailbox, str], tuple[int, ...]]
"""Like `numbers_in`: the numbers in a signed address, or ForgedAddress."""

LIMIT = 50
"""Addresses whose signature is checked, per message."""

_SIGNED = re.compile(r"(?:bounce|leave)\+[0-9a-z.]{1,60}\.[0-9a-f]{16}@", re.IGNORECASE)


def numbers_of(mailbox: Mailbox, texts: Iterable[str], check: Check = numbers_in) -> tuple[int, ...]:
    """The numbers in the first address of this mailbox that was made here; () if there is none.

    Rewritten senders (SRS, BATV) are read too: our address stands whole in the middle of theirs.
    """
    tried: set[str] = set()
    for text in texts:
        for found in _SIGNED.finditer(text.replace("=40", "@") if "+" in text else ""):
            address = found[0].lower()
            if address in tried or not address.startswith(mailbox):
                continue
            if len(tried) >= LIMIT:
                return ()
            tried.add(address)
            try:
                return check(mailbox, address)
            except ForgedAddress:
                continue
    return ()
