"""Amazon SES notifications (JSON, sent through SNS): from webhooks, and in mail that SNS sends."""

import json
from collections.abc import Mapping, Sequence
from typing import Any

from stoppress.bounce_rules.classify import classify_recipient
from stoppress.bounce_rules.report import BounceReason, RecipientReport, ReportKind
from stoppress.bounce_rules.smtp_replies import parse_reply
from stoppress.inbound.bounces.failed_recipients import MAX_RECIPIENTS

#: Reasons by bounceSubType, for notifications without a diagnostic code.
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
    """Return the notification in the text of a mail, or None.

    Some mail servers break long lines and insert "!" at the break; that is undone.
    """
    start = text[:200].find("{")
    if start < 0 or not ("notificationType" in text[:4000] or "eventType" in text[:4000]):
        return None
    unbroken = text[start:MAX_CHARACTERS].replace("!\n ", "")
    try:
        notification, _ = json.JSONDecoder().raw_decode(unbroken)
    except (ValueError, RecursionError):
        return None
    if isinstance(notification, dict) and isinstance(notification.get("Message"), str):
        return find_notification(notification["Message"]) if notification["Message"] != text else None
    return notification if isinstance(notification, dict) else None


def parse_notification(notification: Mapping[str, Any]) -> tuple[RecipientReport, ...]:
    """Return one report per recipient; () if the notification is neither a bounce, a delay nor a complaint."""
    match notification.get("notificationType") or notification.get("eventType"):
        case "Complaint":
            details = as_mapping(notification.get("complaint"))
            recipients = _recipients(details.get("complainedRecipients"))
            return tuple(RecipientReport(ReportKind.COMPLAINT, address) for address, _ in recipients)
        case "Bounce":
            details = as_mapping(notification.get("bounce"))
            recipients = _recipients(details.get("bouncedRecipients"))
        case "DeliveryDelay":
            details = as_mapping(notification.get("deliveryDelay"))
            recipients = _recipients(details.get("delayedRecipients"))
        case _:
            return ()
    return tuple(_classify_bounce(details, address, recipient) for address, recipient in recipients)


def _classify_bounce(details: Mapping[str, Any], address: str, recipient: Mapping[str, Any]) -> RecipientReport:
    kind = ReportKind.BOUNCE if details.get("bounceType") == "Permanent" else ReportKind.DELAYED
    if "bounceType" in details and recipient.get("action") == "failed":
        kind = ReportKind.BOUNCE
    reason = REASONS_BY_SUBTYPE.get(str(details.get("bounceSubType")))
    diagnostic, status = str(recipient.get("diagnosticCode") or ""), str(recipient.get("status") or "")
    if reason and not diagnostic:
        return RecipientReport(kind, address, reason, status=status)
    replies = [parse_reply(diagnostic.partition("; ")[2] or diagnostic)] if diagnostic else []
    return classify_recipient(address, kind, replies, status=status)


def _recipients(listed: object) -> Sequence[tuple[str, Mapping[str, Any]]]:
    if not isinstance(listed, list):
        return ()
    entries = [entry for entry in listed[:MAX_RECIPIENTS] if isinstance(entry, dict)]
    return [(str(entry.get("emailAddress") or ""), entry) for entry in entries]


def as_mapping(value: object) -> Mapping[str, Any]:
    """Return a JSON value if it is an object, else an empty mapping."""
    return value if isinstance(value, dict) else {}
