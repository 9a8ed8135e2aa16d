"""Header lines that nothing typed into a headline can break out of."""

from datetime import datetime
from email.header import Header
from email.utils import format_datetime, formataddr, parseaddr

import idna

LONGEST_WORD = 60


def encoded_header(name: str, value: str) -> bytes:
    """`name: value`, folded and, where it must be, encoded (RFC 2047). Control characters become spaces."""
    value = " ".join("".join(char if char.isprintable() else " " for char in value).split())
    return f"{name}: {_folded(name, value)}\r\n".encode("ascii")


def ascii_header(name: str, value: str) -> bytes:
    """`name: value` for values that are made here, of ASCII, and must not be folded: ids, links, addresses."""
    if not value.isascii() or not value.isprintable():
        raise ValueError(f"{name} holds what no header may")
    return f"{name}: {value}\r\n".encode("ascii")


def format_mailbox(name: str, address: str) -> str:
    """`"Name" <address>`, the name encoded where it must be."""
    name = " ".join("".join(char if char.isprintable() else " " for char in name).split())
    if "=?" in name or not name.isascii():
        words = Header(name, "utf-8", maxlinelen=75).encode().split()
        return f"{' '.join(words)} <{address}>"
    return formataddr((name, address))


def format_sender(mail_from: str, newsroom_name: str) -> str:
    """The From of a newsroom that gave `Name <address>` or only an address."""
    name, address = parseaddr(mail_from)
    return format_mailbox(name or newsroom_name, with_ascii_domain(address))


def with_ascii_domain(address: str) -> str:
    """The address as a header holds it: an international domain in its ASCII form.

    A local part of another script stays as it is: it goes as UTF-8 (RFC 6532), to a relay that offers SMTPUTF8.
    """
    local, _, domain = address.rpartition("@")
    return address if domain.isascii() else f"{local}@{idna.encode(domain, uts46=True).decode()}"


def format_date(moment: datetime) -> str:
    """A date as mail writes it."""
    return format_datetime(moment)


def _folded(name: str, value: str) -> str:
    plain = value.isascii() and "=?" not in value and all(len(word) <= LONGEST_WORD for word in value.split())
    header = Header(value, "us-ascii" if plain else "utf-8", header_name=name, maxlinelen=76)
    return header.encode(linesep="\r\n")
