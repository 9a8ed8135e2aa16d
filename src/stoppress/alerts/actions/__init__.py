"""What an editor does with alerts: write one, see it, send it, stop it, let it go on, read its receipt.

send_request.py  what a client asks for, checked once
composing.py   a draft, to be looked at           sending.py    Send
deciding.py    approve, undo, kill, go on         testing.py    a copy to the editor's own address
stopping.py    what a correction stops            reading.py    what was sent, and to how many it would go
"""

from stoppress.alerts.actions.compose import Draft, compose
from stoppress.alerts.actions.decisions import approve, decline, go_on, kill, send_uncertain_again, undo
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
from stoppress.alerts.actions.send_request import SendRequest, Terms, find_earlier
from stoppress.alerts.actions.send_test import send_test
from stoppress.delivery.ledger.receipt_totals import Receipt, receipt
from stoppress.delivery.transitions.halt import Halted
from stoppress.subscribers.topics import breaking_topic

__all__ = [
    "Draft",
    "Halted",
    "Receipt",
    "SendRequest",
    "Terms",
    "alerts_of_post",
    "approve",
    "breaking_topic",
    "compose",
    "count_recipients",
    "decline",
    "digests",
    "find_alert",
    "find_digest",
    "find_earlier",
    "go_on",
    "halt_alert",
    "halt_for_post",
    "kill",
    "receipt",
    "recent_alerts",
    "send_alert",
    "send_test",
    "send_uncertain_again",
    "undo",
]
