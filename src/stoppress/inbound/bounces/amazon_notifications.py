"""Amazon SES's notifications (JSON, through SNS): as webhooks bring them, and as SNS mails them."""

import json
from collections.abc import Mapping, Sequence
from typing import Any

from stoppress.inbound.bounces.classify import judged
from stoppress.inbound.bounces.failed_recipients import LIMIT
from stoppress.inbound.bounces.report import Finding, Kind, Reason
from stoppress.inbound.bounces.smtp_replies import said

#: bounceSubType, where there is no diagnostic: what SES says by it.
SUBTYPES = {
    "MailboxFull": Reason.MAILBOX_FULL,
    "MessageTooLarge": Reason.TOO_BIG,
    "ContentRejected": Reason.CONTENT,
    "AttachmentRejected": Reason.CONTENT,
    "Suppressed": Reason.SUPPRESSED,
    "OnAccountSuppressionList": Reason.SUPPRESSED,
}
MAX_CHARACTERS = 262_144


def notification_in(text: str) -> Mapping[str, Any] | None:
    """The notification in a mailed text, or None. Mail servers that break long lines leave "!" at the break."""
    start = text[:200].find("{")
    if start < 0 or not ("notificationType" in text[:4000] or "eventType" in text[:4000]):
        return None
    whole = text[start:MAX_CHARACTERS].replace("!\n ", "")
    try:
        told, _ = json.JSONDecoder().raw_decode(whole)
    except (ValueError, RecursionError):
        return None
    if isinstance(told, dict) and isinstance(told.get("Message"), str):
        return notification_in(told["Message"]) if told["Message"] != text else None
    return told if isinstance(told, dict) else None


def findings_in(notification: Mapping[str, Any]) -> tuple[Finding, ...]:
    """One finding per recipient; () for what tells of neither bounce nor complaint."""
    event = notification.get("notificationType") or notification.get("eventType")
    if event == "Complaint":
        told = _mapping(notification.get("complaint"))
        return tuple(Finding(Kind.COMPLAINT, address) for address, _ in _recipients(told.get("complainedRecipients")))
    if event == "Bounce":
        told = _mapping(notification.get("bounce"))
        return tuple(_bounced(told, address, one) for address, one in _recipients(told.get("bouncedRecipients")))
    if event == "DeliveryDelay":
        told = _mapping(notification.get("deliveryDelay"))
        return tuple(_bounced(told, address, one) for address, one in _recipients(told.get("delayedRecipients")))
    return ()


def _bounced(told: Mapping[str, Any], address: str, one: Mapping[str, Any]) -> Finding:
    kind = Kind.BOUNCE if told.get("bounceType") == "Permanent" else Kind.DELAYED
    if "bounceType" in told and one.get("action") == "failed":
        kind = Kind.BOUNCE
    subtype = SUBTYPES.get(str(told.get("bounceSubType")))
    diagnostic, status = str(one.get("diagnosticCode") or ""), str(one.get("status") or "")
    if subtype and not diagnostic:
        return Finding(kind, address, subtype, status=status)
    return judged(
        address, kind, [said(diagnostic.partition("; ")[2] or diagnostic)] if diagnostic else [], status=status
    )


def _recipients(listed: object) -> Sequence[tuple[str, Mapping[str, Any]]]:
    if not isinstance(listed, list):
        return ()
    return [(str(one.get("emailAddress") or ""), one) for one in listed[:LIMIT] if isinstance(one, dict)]


def _mapping(value: object) -> Mapping[str, Any]:
    return value if isinstance(value, dict) else {}
