"""Search for our own signed addresses (delivery/message/verp_addresses.py) in a message that comes back."""

import re
from collections.abc import Callable, Iterable

from stoppress.delivery.message.verp_addresses import ForgedAddressError, SignedMailbox, verify_address

AddressVerifier = Callable[[SignedMailbox, str], tuple[int, ...]]
"""Return the numbers in a signed address, or raise ForgedAddressError, like `verify_address`."""

MAX_VERIFIED_ADDRESSES = 50
"""Signatures that are verified per message."""

_SIGNED = re.compile(r"(?:bounce|leave|complaint)\+[0-9a-z.]{1,60}\.[0-9a-f]{16}@", re.IGNORECASE)


def find_signed_ids(
    mailbox: SignedMailbox, texts: Iterable[str], verify: AddressVerifier = verify_address
) -> tuple[int, ...]:
    """Return the numbers in the first address of this mailbox with a valid signature, or ().

    Rewritten senders (SRS, BATV) are found too: they contain our address whole.
    """
    seen: set[str] = set()
    for text in texts:
        for match in _SIGNED.finditer(text.replace("=40", "@") if "+" in text else ""):
            address = match[0].lower()
            if address in seen or not address.startswith(mailbox):
                continue
            if len(seen) >= MAX_VERIFIED_ADDRESSES:
                return ()
            seen.add(address)
            try:
                return verify(mailbox, address)
            except ForgedAddressError:
                continue
    return ()
