"""Amazon SES: bounces and complaints from its notifications and its event publishing, through SNS."""

from collections.abc import Mapping
from typing import Any

from stoppress.inbound.bounces.amazon_notifications import as_mapping, parse_notification
from stoppress.inbound.record_report import ReceivedReport
from stoppress.inbound.webhooks.delivery_lookup import build_report, parse_json_object


def reports_in_message(message: str, message_id: str) -> list[ReceivedReport]:
    """Return the reports about our deliveries in one SNS message.

    Args:
        message: its text.
        message_id: its id at SNS.

    Raises:
        UnreadableNotificationError: the text is not a JSON object.
    """
    notification = parse_json_object(message.encode("utf-8", "surrogatepass"))
    mail = as_mapping(notification.get("mail"))
    reports = [build_report(each, mail, [_message_id(mail)]) for each in parse_notification(notification)]
    key = f"ses {_feedback_id(notification) or message_id}"
    return [ReceivedReport(report, "ses", key) for report in reports if report]


def _message_id(mail: Mapping[str, Any]) -> str:
    """Return our own Message-ID; `mail.messageId` is Amazon's."""
    return str(as_mapping(mail.get("commonHeaders")).get("messageId") or "")


def _feedback_id(notification: Mapping[str, Any]) -> str:
    """Return the id of the event, which is the same in a notification and in event publishing."""
    return str(as_mapping(notification.get("bounce") or notification.get("complaint")).get("feedbackId") or "")
