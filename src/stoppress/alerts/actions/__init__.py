"""What an editor does with alerts: compose, send, halt, resume, read the receipt.

send_request.py   one request, checked once           send.py        Send
compose.py        a draft, to be previewed            send_test.py   a copy to the editor's own address
decisions.py      approve, undo, kill, resume         halt.py        halt after a correction
queries.py        alerts sent, number of recipients   topics.py      edit, retire and restore topics
"""

from stoppress.alerts.actions.compose import AlertDraft, compose
from stoppress.alerts.actions.decisions import (
    approve_alert,
    decline_alert,
    kill_alert,
    resend_uncertain_deliveries,
    resume_send,
    undo_send,
)
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
    "halt_alert",
    "halt_for_post",
    "kill_alert",
    "load_receipt",
    "recent_alerts",
    "resend_uncertain_deliveries",
    "resume_send",
    "send_alert",
    "send_test",
    "undo_send",
]
