"""Conversion of a mail service's normalised event to a report about one of our deliveries."""

from collections.abc import Mapping
from dataclasses import replace
from hashlib import blake2b
from typing import Any

from stoppress.bounce_rules.classify import classify_recipient
from stoppress.bounce_rules.smtp_replies import parse_reply
from stoppress.inbound.bounces import BounceReason, RecipientReport, ReportKind
from stoppress.inbound.record_report import ReceivedReport
from stoppress.inbound.webhooks.delivery_lookup import build_report, find_message_ids
from stoppress.inbound.webhooks.mail_services import SERVICES, EventMeaning, event_identity, server_reply

#: anymail's event types (anymail.signals.EventType) that are not ignored.
MEANINGS: Mapping[str, EventMeaning] = {
    "bounced": ReportKind.BOUNCE,
    "failed": ReportKind.BOUNCE,
    "rejected": (ReportKind.BOUNCE, BounceReason.SUPPRESSED),
    "deferred": ReportKind.DELAYED,
    "complained": (ReportKind.COMPLAINT, None),
    "unsubscribed": (ReportKind.UNSUBSCRIBE, None),
    "autoresponded": (ReportKind.AUTO_REPLY, None),
}


def report_from_event(service_name: str, event: Any) -> ReceivedReport | None:
    """Return the report of an event; None if the event is ignored, or is not about a delivery of ours.

    Args:
        service_name: a key of `SERVICES`.
        event: anymail's AnymailTrackingEvent.
    """
    recipient = recipient_report_from_event(service_name, event)
    if recipient is None:
        return None
    report = build_report(recipient, event.esp_event, find_message_ids(event))
    digest = blake2b(event_identity(event).encode("utf-8", "replace"), digest_size=16).hexdigest()
    return ReceivedReport(report, service_name, f"{service_name} {digest}") if report else None


def recipient_report_from_event(service_name: str, event: Any) -> RecipientReport | None:
    """Return what an event reports about its recipient. After a soft bounce the address is never dead."""
    service = SERVICES[service_name]
    event_name = service.event_name(event.esp_event)
    meaning = service.meanings[event_name] if event_name in service.meanings else MEANINGS.get(event.event_type)
    address = str(event.recipient or "")
    if meaning is None:
        return None
    if not isinstance(meaning, ReportKind):
        return RecipientReport(meaning[0], address, meaning[1])
    reply, status = server_reply(service, event)
    report = classify_recipient(address, meaning, [parse_reply(reply)] if reply else [], status=status)
    return replace(report, dead=False) if event_name in service.soft_bounces else report
