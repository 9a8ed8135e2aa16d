"""Amazon SES: bounces and complaints as its notifications and its event publishing tell them, through SNS."""

from collections.abc import Mapping
from typing import Any

from stoppress.inbound.bounces.amazon_notifications import findings_in
from stoppress.inbound.record_report import Arrival
from stoppress.inbound.webhooks.evidence import mapping, report_of, told_in


def arrivals_in(message: str, message_id: str) -> list[Arrival]:
    """What one SNS message (its text and id) says of mail of ours. Raises Unreadable."""
    told = told_in(message.encode("utf-8", "surrogatepass"))
    mail = mapping(told.get("mail"))
    found = [report_of(finding, mail, [_message_id(mail)]) for finding in findings_in(told)]
    mark = _feedback_id(told) or message_id
    return [Arrival(report, "ses", f"ses {mark}") for report in found if report]


def _message_id(mail: Mapping[str, Any]) -> str:
    """Ours: `mail.messageId` is Amazon's own."""
    return str(mapping(mail.get("commonHeaders")).get("messageId") or "")


def _feedback_id(told: Mapping[str, Any]) -> str:
    """The same event may be told twice, by notification and by event publishing."""
    return str(mapping(told.get("bounce") or told.get("complaint")).get("feedbackId") or "")
