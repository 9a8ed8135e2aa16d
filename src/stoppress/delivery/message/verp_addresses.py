"""Addresses and ids of one delivery: an answer to them identifies the delivery and cannot be forged.

Bounces of delivery 1a (hexadecimal) go to `bounce+1a.93c2…@lists.example` (VERP). A mail program sends a reader's
request to unsubscribe to `leave+…` (RFC 2369), and a mailbox provider sends complaints to `complaint+…` (RFC 9477).
Mail servers may change case: only small letters and digits are used.
"""

import re
from collections.abc import Callable
from enum import StrEnum
from uuid import UUID

from stoppress.coverage.newsroom import newsroom
from stoppress.delivery.message.headers import sender_domain
from stoppress.runtime.keyed_digests import digest_function, is_valid_digest

SIGNED_ADDRESS = re.compile(r"([a-z]+)\+([0-9a-f]{1,16}(?:\.[0-9a-f]{1,16})*)\.([0-9a-f]{16})@", re.IGNORECASE)
SEAL_BYTES = 8
"""Bytes of the signature in an address: a local part has at most 64 characters."""


class SignedMailbox(StrEnum):
    """The mailboxes at the list domain that accept signed addresses."""

    BOUNCE = "bounce"
    LEAVE = "leave"
    COMPLAINT = "complaint"


class ForgedAddressError(Exception):
    """The address was not made by this installation, or not for this mailbox."""


def make_address_signer(mailbox: SignedMailbox) -> Callable[[bytes], bytes]:
    """Return a function that makes signed addresses of a mailbox from hexadecimal numbers joined by dots."""
    seal, start, end = (
        digest_function(mailbox, SEAL_BYTES),
        f"{mailbox}+".encode(),
        f"@{newsroom().list_domain}".encode(),
    )
    return lambda payload: b"%b%b.%b%b" % (start, payload, seal(payload), end)


def sign_address(mailbox: SignedMailbox, *numbers: int) -> str:
    """Return the address of `mailbox` that carries these numbers."""
    return make_address_signer(mailbox)(b".".join(b"%x" % number for number in numbers)).decode()


def verify_address(mailbox: SignedMailbox, address: str) -> tuple[int, ...]:
    """Return the numbers in a signed address.

    Raises:
        ForgedAddressError: it is not signed for this mailbox.
    """
    match = SIGNED_ADDRESS.match(address)
    if not match or match[1].lower() != mailbox:
        raise ForgedAddressError
    payload = match[2].lower()
    if not is_valid_digest(payload.encode(), match[3].lower().encode(), digest_function(mailbox, SEAL_BYTES)):
        raise ForgedAddressError
    return tuple(int(part, 16) for part in payload.split("."))


def bounce_address(delivery_id: int) -> str:
    """Return the envelope sender of one delivery."""
    return sign_address(SignedMailbox.BOUNCE, delivery_id)


def accepts_complaints() -> bool:
    """Return True if mailbox providers accept our complaint address for mail of this newsroom (RFC 9477 3.1).

    Its domain must be that of From, which signs the message, or a child of it. Any other domain would have to sign.
    """
    sender, own = sender_domain(), newsroom().list_domain.lower()
    return own == sender or own.endswith(f".{sender}")


def alert_message_id(alert_id: UUID, subscriber: int | str) -> str:
    """Return the Message-ID of an alert's copy, for the id of a subscriber or the marker of its placeholder.

    It is the same for every attempt, so that a mailbox which gets a message twice can show it once.
    """
    number = subscriber if isinstance(subscriber, str) else f"{subscriber:x}"
    return f"<{alert_id.hex}.{number}@{newsroom().list_domain}>"


def transactional_message_id(delivery_id: int) -> str:
    """Return the Message-ID of a transactional mail, the same for every attempt."""
    return f"<delivery.{delivery_id:x}@{newsroom().list_domain}>"
