"""One normalised event of a mail service, to a report about one of our deliveries."""

from collections.abc import Mapping
from dataclasses import replace
from hashlib import blake2b
from typing import Any

from stoppress.inbound.bounces import Finding, Kind, Reason
from stoppress.inbound.bounces.classify import judged
from stoppress.inbound.bounces.smtp_replies import said
from stoppress.inbound.record_report import Arrival
from stoppress.inbound.webhooks.evidence import message_ids_in, report_of
from stoppress.inbound.webhooks.mail_services import SERVICES, Verdict, event_id_of, reply_of

#: anymail's event types (anymail.signals.EventType) that mean something here.
VERDICTS: Mapping[str, Verdict] = {
    "bounced": Kind.BOUNCE,
    "failed": Kind.BOUNCE,
    "rejected": (Kind.BOUNCE, Reason.SUPPRESSED),
    "deferred": Kind.DELAYED,
    "complained": (Kind.COMPLAINT, None),
    "unsubscribed": (Kind.UNSUBSCRIBE, None),
    "autoresponded": (Kind.AUTO_REPLY, None),
}


def arrival_of(name: str, event: Any) -> Arrival | None:
    """Return the report of an event of service `name`; None if it is not about a delivery of ours, or not news."""
    finding = finding_of(name, event)
    if finding is None:
        return None
    report = report_of(finding, event.esp_event, message_ids_in(event))
    digest = blake2b(event_id_of(event).encode("utf-8", "replace"), digest_size=16).hexdigest()
    return Arrival(report, name, f"{name} {digest}") if report else None


def finding_of(name: str, event: Any) -> Finding | None:
    """Return what an event says of its recipient. A soft bounce never says that the address is dead."""
    service = SERVICES[name]
    own_name = service.name(event.esp_event)
    verdict = service.verdicts[own_name] if own_name in service.verdicts else VERDICTS.get(event.event_type)
    address = str(event.recipient or "")
    if verdict is None:
        return None
    if not isinstance(verdict, Kind):
        return Finding(verdict[0], address, verdict[1])
    words, status = reply_of(service, event)
    finding = judged(address, verdict, [said(words)] if words else [], status=status)
    return replace(finding, dead=False) if own_name in service.soft else finding
