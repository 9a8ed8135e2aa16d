"""Build header lines so that no text typed into a headline can start another header."""

from datetime import datetime
from email.header import Header
from email.utils import format_datetime, formataddr, parseaddr

import idna

from stoppress.coverage.newsroom import newsroom
from stoppress.runtime.text_cleaning import clean_line

LONGEST_WORD = 60


def encoded_header(name: str, value: str) -> bytes:
    """Return `name: value`, folded and, where necessary, encoded (RFC 2047). Forbidden characters are removed."""
    return f"{name}: {_folded(name, clean_line(value))}\r\n".encode("ascii")


def ascii_header(name: str, value: str) -> bytes:
    """Return `name: value` for ASCII values made by this program that must not be folded: ids, links, addresses.

    Raises:
        ValueError: the value contains characters that no header may contain.
    """
    if not value.isascii() or not value.isprintable():
        raise ValueError(f"{name} must be printable ASCII, got {value!r}")
    return f"{name}: {value}\r\n".encode("ascii")


def format_mailbox(name: str, address: str) -> str:
    """Return `"Name" <address>`, the name encoded where necessary."""
    name = clean_line(name)
    if "=?" in name or not name.isascii():
        words = Header(name, "utf-8", maxlinelen=75).encode().split()
        return f"{' '.join(words)} <{address}>"
    return formataddr((name, address))


def format_sender(mail_from: str, newsroom_name: str) -> str:
    """Return the From of a newsroom whose setting is `Name <address>` or only an address."""
    name, address = parseaddr(mail_from)
    return format_mailbox(name or newsroom_name, with_ascii_domain(address))


def with_ascii_domain(address: str) -> str:
    """Return the address as a header contains it: an international domain in its ASCII form.

    A local part of another script stays as it is. It is sent as UTF-8 (RFC 6532), to a relay that offers SMTPUTF8.
    """
    local, _, domain = address.rpartition("@")
    return address if domain.isascii() else f"{local}@{idna.encode(domain, uts46=True).decode()}"


def sender_domain() -> str:
    """Return the domain of From in its ASCII form. Our DKIM keys sign for it."""
    return with_ascii_domain(parseaddr(newsroom().mail_from)[1]).rpartition("@")[2].lower()


def format_date(moment: datetime) -> str:
    """Return a date in the format of mail."""
    return format_datetime(moment)


def _folded(name: str, value: str) -> str:
    plain = value.isascii() and "=?" not in value and all(len(word) <= LONGEST_WORD for word in value.split())
    header = Header(value, "us-ascii" if plain else "utf-8", header_name=name, maxlinelen=76)
    return header.encode(linesep="\r\n")
