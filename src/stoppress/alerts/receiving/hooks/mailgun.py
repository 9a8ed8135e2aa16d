"""Mailgun: signed with a key that only the account knows; the signature covers a time and a token, not the words.

So a token counts once (the view sees to that), for as long as its time is near; Mailgun tries for eight hours.
"""

import hmac
from collections.abc import Mapping
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Any

from stoppress.alerts.bounces import Finding, Kind, Reason
from stoppress.alerts.bounces.judging import judged
from stoppress.alerts.bounces.replies import said
from stoppress.alerts.receiving.hooks import Forged
from stoppress.alerts.receiving.hooks.evidence import mapping, report_of
from stoppress.alerts.receiving.taking import Arrival

WINDOW = timedelta(hours=12)
"""How far a time may be from ours."""
KINDS = {"complained": Kind.COMPLAINT, "unsubscribed": Kind.UNSUBSCRIBE}


def token_of(told: Mapping[str, Any], key: str, now: datetime) -> str:
    """The token of a notification that was signed with `key`, lately. Raises Forged."""
    signature = mapping(told.get("signature"))
    when, token, given = (str(signature.get(name) or "") for name in ("timestamp", "token", "signature"))
    expected = hmac.new(key.encode(), f"{when}{token}".encode("utf-8", "replace"), sha256).hexdigest()
    if not hmac.compare_digest(expected.encode(), given.encode("utf-8", "replace")) or len(token) < 16:
        raise Forged
    if not when.isascii() or not when.isdigit() or abs(now.timestamp() - int(when[:12])) > WINDOW.total_seconds():
        raise Forged
    return token


def arrival_in(told: Mapping[str, Any]) -> Arrival | None:
    """What it says of mail of ours, or None."""
    event = mapping(told.get("event-data"))
    finding = _finding(event)
    if finding is None:
        return None
    headers = mapping(mapping(event.get("message")).get("headers"))
    report = report_of(finding, event, str(headers.get("message-id") or ""))
    return Arrival(report, "mailgun", f"mailgun {event.get('id')}") if report else None


def _finding(event: Mapping[str, Any]) -> Finding | None:
    address, name = str(event.get("recipient") or ""), str(event.get("event"))
    if name in KINDS:
        return Finding(KINDS[name], address)
    if name != "failed":
        return None
    kind = Kind.BOUNCE if event.get("severity") == "permanent" else Kind.DELAYED
    if str(event.get("reason")).startswith("suppress-"):
        return Finding(kind, address, Reason.SUPPRESSED)
    status = mapping(event.get("delivery-status"))
    words = " ".join(str(status.get(part) or "") for part in ("message", "description")).strip()
    code = str(status.get("code") or "")
    if code.isdigit() and len(code) == 3 and not words.startswith(code):
        words = f"{code} {words}"
    return judged(address, kind, [said(words)] if words else [], status=str(status.get("enhanced-code") or ""))
