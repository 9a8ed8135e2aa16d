"""One normalised event of a mail service, to a report about one of our deliveries."""

from collections.abc import Mapping
from dataclasses import replace
from hashlib import blake2b
from typing import Any

from stoppress.inbound.bounces import RecipientReport, ReportKind, BounceReason
from stoppress.inbound.bounces.classify import classify_recipient
from stoppress.inbound.bounces.smtp_replies import parse_reply
from stoppress.inbound.record_report import ReceivedReport
from stoppress.inbound.webhooks.delivery_lookup import find_message_ids, build_report
from stoppress.inbound.webhooks.mail_services import SERVICES, EventMeaning, event_identity, server_reply

#: anymail's event types (anymail.signals.EventType) that mean something here.
MEANINGS: Mapping[str, EventMeaning] = {
    "bounced": ReportKind.BOUNCE,
    "failed": ReportKind.BOUNCE,
    "rejected": (ReportKind.BOUNCE, BounceReason.SUPPRESSED),
    "deferred": ReportKind.DELAYED,
    "complained": (ReportKind.COMPLAINT, None),
    "unsubscribed": (ReportKind.UNSUBSCRIBE, None),
    "autoresponded": (ReportKind.AUTO_REPLY, None),
}


def report_from_event(name: str, event: Any) -> ReceivedReport | None:
    """Return the report of an event of service `name`; None if it is not about a delivery of ours, or not news."""
    finding = finding_from_event(name, event)
    if finding is None:
        return None
    report = build_report(finding, event.esp_event, find_message_ids(event))
    digest = blake2b(event_identity(event).encode("utf-8", "replace"), digest_size=16).hexdigest()
    return ReceivedReport(report, name, f"{name} {digest}") if report else None


def finding_from_event(name: str, event: Any) -> RecipientReport | None:
    """Return what an event says of its recipient. A soft bounce never says that the address is dead."""
    service = SERVICES[name]
    own_name = service.name(event.esp_event)
    verdict = service.verdicts[own_name] if own_name in service.verdicts else MEANINGS.get(event.event_type)
    address = str(event.recipient or "")
    if verdict is None:
        return None
    if not isinstance(verdict, ReportKind):
        return RecipientReport(verdict[0], address, verdict[1])
    words, status = server_reply(service, event)
    finding = classify_recipient(address, verdict, [parse_reply(words)] if words else [], status=status)
    return replace(finding, dead=False) if own_name in service.soft else finding
