"""What follows from a report about one reader. Pure.

Only two things end mail to an address: it is dead, or its owner complained. In doubt it is not dead: where the report
speaks of another address, where nobody knows which message it is about, and where the owner has confirmed since.
"""

from dataclasses import dataclass
from datetime import datetime
from enum import Enum

import idna

from stoppress.inbound.bounces import RecipientReport, ReportKind


class ReportAction(Enum):
    """What is done."""

    NOTHING = "only counted"
    SUPPRESS_DEAD = "the address is dead"
    SUPPRESS_COMPLAINT = "its owner complained"
    LEAVE = "its owner wants no more of this topic"


@dataclass(frozen=True)
class ReportedSubscriber:
    """What is known of the reader whom a proven report is about.

    `sent_at`: when the message left that it is about, None if nobody knows which one that was; `confirmed_at`: when the
    owner last confirmed anything; `real`: False for the canary; `changed_since_send`: of an alert, whether any of the
    reader's confirmed subscriptions changed after its Send, by the order of commits. The two times come from two
    machines' clocks, so they alone do not prove that nothing was confirmed since.
    """

    email: str
    sent_at: datetime | None
    confirmed_at: datetime | None
    real: bool = True
    changed_since_send: bool = False


def decide_action(finding: RecipientReport, reader: ReportedSubscriber) -> ReportAction:
    """What follows. Of an erased reader there is nothing left to act upon."""
    if not reader.email or not reader.real:
        return ReportAction.NOTHING
    if finding.kind is ReportKind.COMPLAINT:
        return ReportAction.SUPPRESS_COMPLAINT
    if finding.kind is ReportKind.UNSUBSCRIBE:
        return ReportAction.LEAVE
    if finding.kind is ReportKind.BOUNCE and finding.dead and _concerns_own_mailbox(finding.address, reader) and _is_unconfirmed_since_send(reader):
        return ReportAction.SUPPRESS_DEAD
    return ReportAction.NOTHING


def _concerns_own_mailbox(address: str, reader: ReportedSubscriber) -> bool:
    """Whether it speaks of the reader's own mailbox, not of one that mail is forwarded to.

    Servers rewrite addresses within their own domain, so any address there counts.
    """
    told, own = _domain(address), _domain(reader.email)
    return not told or told == own or told.endswith(f".{own}") or own.endswith(f".{told}")


def _is_unconfirmed_since_send(reader: ReportedSubscriber) -> bool:
    """Whether nothing speaks for it since."""
    if reader.sent_at is None or reader.changed_since_send:
        return False
    return reader.confirmed_at is None or reader.confirmed_at <= reader.sent_at


def _domain(address: str) -> str:
    domain = address.rpartition("@")[2].strip().rstrip(".").lower()
    try:
        return domain if domain.isascii() else idna.encode(domain, uts46=True).decode()
    except idna.IDNAError:
        return domain
