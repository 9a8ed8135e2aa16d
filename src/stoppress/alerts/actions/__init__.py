"""What an editor does with alerts: write one, see it, send it, stop it, let it go on, read its receipt.

send_request.py  what a client asks for, checked once
composing.py   a draft, to be looked at           sending.py    Send
deciding.py    approve, undo, kill, go on         testing.py    a copy to the editor's own address
stopping.py    what a correction stops            reading.py    what was sent, and to how many it would go
"""

from stoppress.alerts.actions.compose import AlertDraft, compose
from stoppress.alerts.actions.decisions import approve_alert, decline_alert, resume_send, kill_alert, resend_uncertain_deliveries, undo_send
from stoppress.alerts.actions.halt import halt_alert, halt_for_post
from stoppress.alerts.actions.queries import (
    alerts_of_post,
    count_recipients,
    digests,
    find_alert,
    find_digest,
    recent_alerts,
)
from stoppress.alerts.actions.send import send_alert
from stoppress.alerts.actions.send_request import SendRequest, SendTerms, find_earlier_alert
from stoppress.alerts.actions.send_test import send_test
from stoppress.delivery.ledger.receipt_totals import Receipt, load_receipt
from stoppress.delivery.transitions.halt import HaltResult
from stoppress.subscribers.topics import breaking_topic

__all__ = [
    "AlertDraft",
    "HaltResult",
    "Receipt",
    "SendRequest",
    "SendTerms",
    "alerts_of_post",
    "approve_alert",
    "breaking_topic",
    "compose",
    "count_recipients",
    "decline_alert",
    "digests",
    "find_alert",
    "find_digest",
    "find_earlier_alert",
    "resume_send",
    "halt_alert",
    "halt_for_post",
    "kill_alert",
    "load_receipt",
    "recent_alerts",
    "send_alert",
    "send_test",
    "resend_uncertain_deliveries",
    "undo_send",
]
