"""What an editor does with alerts: write one, see it, send it, stop it, read its receipt."""

from stoppress.alerts.actions.composing import Draft, compose
from stoppress.alerts.actions.reading import alerts_of_post, count_recipients, recent_alerts
from stoppress.alerts.actions.sending import send_alert
from stoppress.alerts.actions.stopping import halt_alert, halt_for_post
from stoppress.alerts.ledger.halting import Halted
from stoppress.alerts.ledger.receipt import Receipt, receipt
from stoppress.alerts.topics import breaking_topic

__all__ = [
    "Draft",
    "Halted",
    "Receipt",
    "alerts_of_post",
    "breaking_topic",
    "compose",
    "count_recipients",
    "halt_alert",
    "halt_for_post",
    "receipt",
    "recent_alerts",
    "send_alert",
]
