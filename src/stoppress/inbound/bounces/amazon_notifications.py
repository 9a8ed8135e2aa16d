"""Amazon SES's notifications (JSON, through SNS): as webhooks bring them, and as SNS mails them."""

import json
from collections.abc import Mapping, Sequence
from typing import Any

from stoppress.inbound.bounces.classify import classify_recipient
from stoppress.inbound.bounces.failed_recipients import MAX_RECIPIENTS
from stoppress.inbound.bounces.report import RecipientReport, ReportKind, BounceReason
from stoppress.inbound.bounces.smtp_replies import parse_reply

#: bounceSubType, where there is no diagnostic: what SES says by it.
REASONS_BY_SUBTYPE = {
    "MailboxFull": BounceReason.MAILBOX_FULL,
    "MessageTooLarge": BounceReason.TOO_BIG,
    "ContentRejected": BounceReason.CONTENT,
    "AttachmentRejected": BounceReason.CONTENT,
    "Suppressed": BounceReason.SUPPRESSED,
    "OnAccountSuppressionList": BounceReason.SUPPRESSED,
}
MAX_CHARACTERS = 262_144


def find_notification(text: str) -> Mapping[str, Any] | None:
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
        return find_notification(told["Message"]) if told["Message"] != text else None
    return told if isinstance(told, dict) else None


def parse_notification(notification: Mapping[str, Any]) -> tuple[RecipientReport, ...]:
    """One finding per recipient; () for what tells of neither bounce nor complaint."""
    event = notification.get("notificationType") or notification.get("eventType")
    if event == "Complaint":
        told = _as_mapping(notification.get("complaint"))
        return tuple(RecipientReport(ReportKind.COMPLAINT, address) for address, _ in _recipients(told.get("complainedRecipients")))
    if event == "Bounce":
        told = _as_mapping(notification.get("bounce"))
        return tuple(_classify_bounce(told, address, one) for address, one in _recipients(told.get("bouncedRecipients")))
    if event == "DeliveryDelay":
        told = _as_mapping(notification.get("deliveryDelay"))
        return tuple(_classify_bounce(told, address, one) for address, one in _recipients(told.get("delayedRecipients")))
    return ()


def _classify_bounce(told: Mapping[str, Any], address: str, one: Mapping[str, Any]) -> RecipientReport:
    kind = ReportKind.BOUNCE if told.get("bounceType") == "Permanent" else ReportKind.DELAYED
    if "bounceType" in told and one.get("action") == "failed":
        kind = ReportKind.BOUNCE
    subtype = REASONS_BY_SUBTYPE.get(str(told.get("bounceSubType")))
    diagnostic, status = str(one.get("diagnosticCode") or ""), str(one.get("status") or "")
    if subtype and not diagnostic:
        return RecipientReport(kind, address, subtype, status=status)
    return classify_recipient(
        address, kind, [parse_reply(diagnostic.partition("; ")[2] or diagnostic)] if diagnostic else [], status=status
    )


def _recipients(listed: object) -> Sequence[tuple[str, Mapping[str, Any]]]:
    if not isinstance(listed, list):
        return ()
    return [(str(one.get("emailAddress") or ""), one) for one in listed[:MAX_RECIPIENTS] if isinstance(one, dict)]


def _as_mapping(value: object) -> Mapping[str, Any]:
    return value if isinstance(value, dict) else {}
