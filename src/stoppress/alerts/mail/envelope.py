"""Addresses and ids made for one delivery, so that whatever comes back names it, and cannot be forged.

`bounce+1a.93c2…@lists.example` is where bounces of delivery 1a (base 36) go (VERP), `leave+…` where a mail program
sends a reader's "unsubscribe me" (RFC 2369). Mail servers may change case: only small letters and digits are used.
"""

import hmac
import re
from enum import StrEnum
from functools import lru_cache
from uuid import UUID

from django.conf import settings
from django.utils.http import base36_to_int, int_to_base36

from stoppress.alerts.mail.keyed import Keyed
from stoppress.coverage.newsroom import newsroom

MAILBOX = re.compile(r"([a-z]+)\+([0-9a-z]{1,13}(?:\.[0-9a-z]{1,13})*)\.([0-9a-f]{16})@", re.IGNORECASE)


class Mailbox(StrEnum):
    """The mailboxes at the list domain that take signed addresses."""

    BOUNCE = "bounce"
    LEAVE = "leave"


class ForgedAddress(Exception):
    """The address was not made here, or not for this mailbox."""


def signed_address(mailbox: Mailbox, *numbers: int) -> str:
    """The address at which `mailbox` knows these numbers again."""
    payload = ".".join(int_to_base36(number) for number in numbers)
    return f"{mailbox}+{payload}.{_signature(mailbox, payload)}@{newsroom().list_domain}"


def numbers_in(mailbox: Mailbox, address: str) -> tuple[int, ...]:
    """The numbers in a signed address; raises ForgedAddress."""
    found = MAILBOX.match(address)
    if not found or found[1].lower() != mailbox:
        raise ForgedAddress
    payload = found[2].lower()
    if not hmac.compare_digest(found[3].lower(), _signature(mailbox, payload)):
        raise ForgedAddress
    return tuple(base36_to_int(part) for part in payload.split("."))


def bounce_address(delivery_id: int) -> str:
    """The envelope sender of one delivery."""
    return signed_address(Mailbox.BOUNCE, delivery_id)


def alert_message_id(alert_id: UUID, subscriber_id: int) -> str:
    """The same for every try, so that a mailbox which gets a message twice can show it once."""
    return f"<{alert_id.hex}.{int_to_base36(subscriber_id)}@{newsroom().list_domain}>"


def letter_message_id(delivery_id: int) -> str:
    """Likewise for a letter."""
    return f"<letter.{int_to_base36(delivery_id)}@{newsroom().list_domain}>"


def _signature(mailbox: Mailbox, payload: str) -> str:
    text = f"stoppress.alerts.{mailbox}:{payload}".encode()
    return _keyed(settings.SECRET_KEY).digest(text).hex()[:16]


@lru_cache
def _keyed(secret: str) -> Keyed:
    return Keyed(secret.encode())
