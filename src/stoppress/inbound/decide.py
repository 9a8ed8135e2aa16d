"""Decide what a report about one subscriber leads to. Pure.

Only two things end mail to an address: the address is dead, or its owner complained. An uncertain report does not end
it: it concerns another address, its message is unknown, or the owner has confirmed since.
"""

from dataclasses import dataclass
from datetime import datetime
from enum import Enum

import idna

from stoppress.inbound.bounces import RecipientReport, ReportKind


class ReportAction(Enum):
    """What a report leads to."""

    NONE = "only counted"
    SUPPRESS_DEAD = "the address is dead"
    SUPPRESS_COMPLAINT = "its owner complained"
    UNSUBSCRIBE = "its owner requests no more mail on this topic"


@dataclass(frozen=True)
class ReportedSubscriber:
    """The subscriber that a proven report is about.

    Attributes:
        email: the subscriber's address; "" if it was erased.
        sent_at: when the reported message left; None if the message is unknown.
        confirmed_at: when the owner last confirmed any subscription.
        is_canary: True for the newsroom's own test address.
        changed_since_send: True if a confirmed subscription changed after the alert's Send, in the order of commits.
            The two times come from the clocks of two machines, so they alone do not prove that nothing changed.
    """

    email: str
    sent_at: datetime | None
    confirmed_at: datetime | None
    is_canary: bool = False
    changed_since_send: bool = False


def decide_action(report: RecipientReport, subscriber: ReportedSubscriber) -> ReportAction:
    """Return what a report leads to. For an erased subscriber and for the canary it is only counted."""
    if not subscriber.email or subscriber.is_canary:
        return ReportAction.NONE
    if report.kind is ReportKind.COMPLAINT:
        return ReportAction.SUPPRESS_COMPLAINT
    if report.kind is ReportKind.UNSUBSCRIBE:
        return ReportAction.UNSUBSCRIBE
    if report.kind is not ReportKind.BOUNCE or not report.dead:
        return ReportAction.NONE
    if _is_own_mailbox(report.address, subscriber) and not _may_have_confirmed_since(subscriber):
        return ReportAction.SUPPRESS_DEAD
    return ReportAction.NONE


def _is_own_mailbox(address: str, subscriber: ReportedSubscriber) -> bool:
    """Return True if a report concerns the subscriber's own mailbox, not one that mail is forwarded to.

    Servers rewrite addresses within their own domain, so any address of that domain, or none, counts.
    """
    reported, own = _domain(address), _domain(subscriber.email)
    return not reported or reported == own or reported.endswith(f".{own}") or own.endswith(f".{reported}")


def _may_have_confirmed_since(subscriber: ReportedSubscriber) -> bool:
    if subscriber.sent_at is None or subscriber.changed_since_send:
        return True
    return subscriber.confirmed_at is not None and subscriber.confirmed_at > subscriber.sent_at


def _domain(address: str) -> str:
    domain = address.rpartition("@")[2].strip().rstrip(".").lower()
    try:
        return domain if domain.isascii() else idna.encode(domain, uts46=True).decode()
    except idna.IDNAError:
        return domain
