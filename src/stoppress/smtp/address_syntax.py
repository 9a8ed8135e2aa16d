"""Encode addresses for MAIL and RCPT commands, and refuse everything that could end the command early."""

import re

import idna

from stoppress.smtp.errors import MalformedRecipientError, MalformedSenderError, SMTPUTF8RequiredError

MAX_ADDRESS_BYTES = 254
"""RFC 5321 section 4.5.3.1.3 allows 256 bytes with the two angle brackets."""

_ORDINARY = re.compile(r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~.-]+@[A-Za-z0-9.-]+")
_FORBIDDEN = re.compile("[ <>]")
_LOCAL_PART = re.compile(r"[^\s<>:;,\"'()@]+@")


def encode_sender(address: str, *, smtputf8: bool) -> bytes:
    """Return an envelope sender as MAIL FROM takes it, without the brackets.

    Args:
        address: the address, or "" for the null sender (RFC 5321 section 4.5.5).
        smtputf8: True if the relay offers SMTPUTF8.

    Raises:
        MalformedSenderError: the address cannot be sent to this relay.
    """
    if not address:
        return b""
    try:
        return encode_recipient(address, smtputf8=smtputf8)
    except (MalformedRecipientError, SMTPUTF8RequiredError) as error:
        raise MalformedSenderError(f"envelope sender: {error}") from error


def encode_recipient(address: str, *, smtputf8: bool) -> bytes:
    """Return an address as RCPT TO takes it, without the brackets; a domain beyond ASCII as A-labels (RFC 5890).

    Raises:
        MalformedRecipientError: the address contains CR, LF, NUL, other control characters, spaces or angle brackets,
            has no local part or no domain, or is too long.
        SMTPUTF8RequiredError: the local part is not ASCII and `smtputf8` is False.
    """
    if len(address) <= MAX_ADDRESS_BYTES and _ORDINARY.fullmatch(address):
        return address.encode()
    local, _, domain = address.rpartition("@")
    if not local or not domain:
        raise MalformedRecipientError("an address needs a local part, an @ and a domain")
    if not address.isprintable() or _FORBIDDEN.search(address):
        raise MalformedRecipientError("an address must not contain spaces, angle brackets or control characters")
    if not local.isascii() and not smtputf8:
        raise SMTPUTF8RequiredError("the local part is not ASCII and the relay does not offer SMTPUTF8")
    encoded = local.encode() + b"@" + _encode_domain(domain)
    if len(encoded) > MAX_ADDRESS_BYTES:
        raise MalformedRecipientError(
            f"an address must not be longer than {MAX_ADDRESS_BYTES} bytes, got {len(encoded)}"
        )
    return encoded


def redact_addresses(text: str) -> str:
    """Replace the local part of every address in a text by an ellipsis, for logs."""
    return _LOCAL_PART.sub("…@", text)


def _encode_domain(domain: str) -> bytes:
    if domain.isascii():
        return domain.encode()
    try:
        return idna.encode(domain, uts46=True)
    except idna.IDNAError as error:
        raise MalformedRecipientError("the domain of the address is not valid (IDNA 2008)") from error
