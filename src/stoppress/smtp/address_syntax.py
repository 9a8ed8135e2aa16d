"""Addresses on their way into a command. Nothing that could end the command gets past here."""

import re

import idna

from stoppress.smtp.errors import MalformedRecipientError, SMTPUTF8RequiredError, MalformedSenderError

#: Bytes of an address (RFC 5321 4.5.3.1.3, less the two angle brackets).
MAX_ADDRESS_BYTES = 254

_ORDINARY = re.compile(r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~.-]+@[A-Za-z0-9.-]+")
_UNQUOTABLE = re.compile("[ <>]")
_LOCAL_PART = re.compile(r"[^\s<>:;,\"'()@]+@")


def encode_sender(address: str, *, smtputf8: bool) -> bytes:
    """The address as MAIL FROM takes it, without the brackets; "" is the null sender of RFC 5321 4.5.5.

    Raises:
        SenderMalformed: it cannot be said to this relay.
    """
    if not address:
        return b""
    try:
        return encode_recipient(address, smtputf8=smtputf8)
    except (MalformedRecipientError, SMTPUTF8RequiredError) as error:
        raise MalformedSenderError(f"envelope sender: {error}") from error


def encode_recipient(address: str, *, smtputf8: bool) -> bytes:
    """The address as RCPT TO takes it, without the brackets; a domain that is not ASCII as A-labels (RFC 5890).

    Raises:
        RecipientMalformed: CR, LF, NUL, other control characters, spaces or angle brackets; no local part or no domain;
            too long.
        RecipientNeedsSMTPUTF8: the local part is not ASCII and `smtputf8` is False.
    """
    if len(address) <= MAX_ADDRESS_BYTES and _ORDINARY.fullmatch(address):
        return address.encode()
    local, _, domain = address.rpartition("@")
    if not local or not domain:
        raise MalformedRecipientError("an address needs a local part, an @ and a domain")
    if not address.isprintable() or _UNQUOTABLE.search(address):
        raise MalformedRecipientError("an address must not hold spaces, angle brackets or control characters")
    if not local.isascii() and not smtputf8:
        raise SMTPUTF8RequiredError("the local part is not ASCII and the relay does not offer SMTPUTF8")
    path = local.encode() + b"@" + _a_labels(domain)
    if len(path) > MAX_ADDRESS_BYTES:
        raise MalformedRecipientError(f"an address must not be longer than {MAX_ADDRESS_BYTES} bytes")
    return path


def redact_addresses(text: str) -> str:
    """The text with the local part of every address in it left out."""
    return _LOCAL_PART.sub("…@", text)


def _a_labels(domain: str) -> bytes:
    if domain.isascii():
        return domain.encode()
    try:
        return idna.encode(domain, uts46=True)
    except idna.IDNAError as error:
        raise MalformedRecipientError("the address has a domain that is not one") from error
