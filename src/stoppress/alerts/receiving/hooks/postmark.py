"""Postmark: whoever knows the password that the operator has put into the webhook's address is Postmark."""

import base64
import binascii
import hmac
from collections.abc import Mapping
from typing import Any

from stoppress.alerts.bounces import Finding, Kind, Reason
from stoppress.alerts.bounces.judging import judged
from stoppress.alerts.bounces.replies import said
from stoppress.alerts.receiving.hooks import Forged
from stoppress.alerts.receiving.hooks.evidence import report_of
from stoppress.alerts.receiving.taking import Arrival

#: Types of bounces that say all by themselves; others go by what the server said.
TYPES: dict[str, tuple[Kind, Reason | None]] = {
    "SpamComplaint": (Kind.COMPLAINT, None),
    "Unsubscribe": (Kind.UNSUBSCRIBE, None),
    "AutoResponder": (Kind.AUTO_REPLY, None),
    "ChallengeVerification": (Kind.AUTO_REPLY, None),
    "AddressChange": (Kind.AUTO_REPLY, None),
    "Transient": (Kind.DELAYED, None),
    "DnsError": (Kind.BOUNCE, Reason.NETWORK_ERROR),
    "SpamNotification": (Kind.BOUNCE, Reason.SPAM_DETECTED),
    "VirusNotification": (Kind.BOUNCE, Reason.VIRUS_DETECTED),
    "Blocked": (Kind.BOUNCE, Reason.BLOCKED),
    "DMARCPolicy": (Kind.BOUNCE, Reason.AUTH_FAILURE),
    "ManuallyDeactivated": (Kind.BOUNCE, Reason.SUPPRESSED),
}
JUDGED = frozenset({"HardBounce", "SoftBounce", "Unknown", "BadEmailAddress", "Undeliverable"})


def check(authorization: str, secret: str) -> None:
    """Raises Forged unless the header is HTTP Basic with this password; any user name will do."""
    scheme, _, given = authorization.partition(" ")
    try:
        password = base64.b64decode(given.strip(), validate=True).partition(b":")[2]
    except (binascii.Error, ValueError):
        password = b""
    if not hmac.compare_digest(password, secret.encode()) or scheme.lower() != "basic":
        raise Forged


def arrival_in(told: Mapping[str, Any]) -> Arrival | None:
    """What it says of mail of ours, or None."""
    finding = _finding(told)
    if finding is None:
        return None
    report = report_of(finding, told)
    mark = told.get("ID") or f"{told.get('MessageID')} {told.get('ChangedAt')}"
    return Arrival(report, "postmark", f"postmark {mark}") if report else None


def _finding(told: Mapping[str, Any]) -> Finding | None:
    record, name = told.get("RecordType"), str(told.get("Type"))
    address = str(told.get("Email") or told.get("Recipient") or "")
    if record == "SpamComplaint":
        return Finding(Kind.COMPLAINT, address)
    if record == "SubscriptionChange":
        reason = told.get("SuppressionReason") if told.get("SuppressSending") else None
        kinds = {"SpamComplaint": Kind.COMPLAINT, "ManualSuppression": Kind.UNSUBSCRIBE}
        return Finding(kinds[str(reason)], address) if reason in kinds else None
    if record != "Bounce" or name not in TYPES.keys() | JUDGED:
        return None
    if name in TYPES:
        return Finding(TYPES[name][0], address, TYPES[name][1])
    details = str(told.get("Details") or "")
    kind = Kind.DELAYED if name == "SoftBounce" and " 4" in f" {details[:4]}" else Kind.BOUNCE
    return judged(address, kind, [said(details)] if details else [])
