"""Addresses and ids made for one delivery, so that whatever comes back names it, and cannot be forged.

`bounce+1a.93c2…@lists.example` is where bounces of delivery 1a (hexadecimal) go (VERP), `leave+…` where a mail program
sends a reader's "unsubscribe me" (RFC 2369). Mail servers may change case: only small letters and digits are used.
"""

import re
from collections.abc import Callable
from enum import StrEnum
from uuid import UUID

from stoppress.coverage.newsroom import newsroom
from stoppress.runtime.keyed_digests import is_valid_digest, digest_function

MAILBOX = re.compile(r"([a-z]+)\+([0-9a-f]{1,16}(?:\.[0-9a-f]{1,16})*)\.([0-9a-f]{16})@", re.IGNORECASE)


SEAL_BYTES = 8
"""Bytes of an address's seal: a local part has 64 characters."""


class SignedMailbox(StrEnum):
    """The mailboxes at the list domain that take signed addresses."""

    BOUNCE = "bounce"
    LEAVE = "leave"


class ForgedAddressError(Exception):
    """The address was not made here, or not for this mailbox."""


def make_address_signer(mailbox: SignedMailbox) -> Callable[[bytes], bytes]:
    """What makes signed addresses of a mailbox out of what they carry: hexadecimal numbers, joined by dots."""
    seal, begin, end = digest_function(mailbox, SEAL_BYTES), f"{mailbox}+".encode(), f"@{newsroom().list_domain}".encode()
    return lambda payload: b"%b%b.%b%b" % (begin, payload, seal(payload), end)


def sign_address(mailbox: SignedMailbox, *numbers: int) -> str:
    """The address at which `mailbox` knows these numbers again."""
    return make_address_signer(mailbox)(b".".join(b"%x" % number for number in numbers)).decode()


def verify_address(mailbox: SignedMailbox, address: str) -> tuple[int, ...]:
    """The numbers in a signed address; raises ForgedAddress."""
    found = MAILBOX.match(address)
    if not found or found[1].lower() != mailbox:
        raise ForgedAddressError
    payload = found[2].lower()
    if not is_valid_digest(payload.encode(), found[3].lower().encode(), digest_function(mailbox, SEAL_BYTES)):
        raise ForgedAddressError
    return tuple(int(part, 16) for part in payload.split("."))


def bounce_address(delivery_id: int) -> str:
    """The envelope sender of one delivery."""
    return sign_address(SignedMailbox.BOUNCE, delivery_id)


def alert_message_id(alert_id: UUID, subscriber_id: int) -> str:
    """The same for every try, so that a mailbox which gets a message twice can show it once."""
    return f"<{alert_id.hex}.{subscriber_id:x}@{newsroom().list_domain}>"


def transactional_message_id(delivery_id: int) -> str:
    """Likewise for a letter."""
    return f"<delivery.{delivery_id:x}@{newsroom().list_domain}>"
