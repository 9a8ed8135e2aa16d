"""Amazon SES: bounces and complaints as its notifications and its event publishing tell them, through SNS."""

from collections.abc import Mapping
from typing import Any

from stoppress.inbound.bounces.amazon_notifications import parse_notification
from stoppress.inbound.record_report import ReceivedReport
from stoppress.inbound.webhooks.delivery_lookup import as_mapping, build_report, parse_json_object


def reports_in_message(message: str, message_id: str) -> list[ReceivedReport]:
    """What one SNS message (its text and id) says of mail of ours. Raises Unreadable."""
    told = parse_json_object(message.encode("utf-8", "surrogatepass"))
    mail = as_mapping(told.get("mail"))
    found = [build_report(finding, mail, [_message_id(mail)]) for finding in parse_notification(told)]
    mark = _feedback_id(told) or message_id
    return [ReceivedReport(report, "ses", f"ses {mark}") for report in found if report]


def _message_id(mail: Mapping[str, Any]) -> str:
    """Ours: `mail.messageId` is Amazon's own."""
    return str(as_mapping(mail.get("commonHeaders")).get("messageId") or "")


def _feedback_id(told: Mapping[str, Any]) -> str:
    """The same event may be told twice, by notification and by event publishing."""
    return str(as_mapping(told.get("bounce") or told.get("complaint")).get("feedbackId") or "")
