"""Our own signed addresses (delivery/message/verp_addresses.py), wherever a message that comes back still carries them."""

import re
from collections.abc import Callable, Iterable

from stoppress.delivery.message.verp_addresses import ForgedAddressError, SignedMailbox, verify_address

AddressVerifier = Callable[[SignedMailbox, str], tuple[int, ...]]
"""Like `numbers_in`: the numbers in a signed address, or ForgedAddress."""

MAX_VERIFIED_ADDRESSES = 50
"""Addresses whose signature is checked, per message."""

_SIGNED = re.compile(r"(?:bounce|leave)\+[0-9a-z.]{1,60}\.[0-9a-f]{16}@", re.IGNORECASE)


def find_signed_ids(mailbox: SignedMailbox, texts: Iterable[str], check: AddressVerifier = verify_address) -> tuple[int, ...]:
    """The numbers in the first address of this mailbox that was made here; () if there is none.

    Rewritten senders (SRS, BATV) are read too: our address stands whole in the middle of theirs.
    """
    tried: set[str] = set()
    for text in texts:
        for found in _SIGNED.finditer(text.replace("=40", "@") if "+" in text else ""):
            address = found[0].lower()
            if address in tried or not address.startswith(mailbox):
                continue
            if len(tried) >= MAX_VERIFIED_ADDRESSES:
                return ()
            tried.add(address)
            try:
                return check(mailbox, address)
            except ForgedAddressError:
                continue
    return ()
