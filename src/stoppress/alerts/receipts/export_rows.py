"""Export the ledger of one alert as CSV, and its receipt as JSON.

Addresses are masked unless the caller may see them. While an alert is being sent, a delivery may appear twice, once for
each state; afterwards each appears once.
"""

import csv
from collections.abc import Iterable, Iterator
from dataclasses import asdict
from io import StringIO
from typing import Any

from stoppress.alerts.models import Decision
from stoppress.alerts.receipts.delivery_speed import DeliverySpeed
from stoppress.delivery.choices import DeliveryState
from stoppress.delivery.ledger.receipt_totals import Receipt, time_of_halt
from stoppress.delivery.message.verp_addresses import alert_message_id
from stoppress.delivery.models import Alert, Delivery
from stoppress.inbound.bounce_statistics import summarise_bounces
from stoppress.runtime.formula_escaping import escape_formula
from stoppress.runtime.mail_masking import mask_mail_address

ROWS_PER_CHUNK = 2_000
CSV_COLUMNS = (
    "delivery",
    "message_id",
    "address",
    "domain",
    "state",
    "attempts",
    "code",
    "reply",
    "settled_at",
    "seconds",
)
STATE_ORDER = (DeliveryState.PENDING, DeliveryState.DEFERRED, DeliveryState.IN_FLIGHT, *DeliveryState)
"""The states, temporary ones first: a delivery that changes its state meanwhile is then not missed."""


def receipt_csv_chunks(alert: Alert, *, full: bool) -> Iterator[str]:
    """Return the table in pieces of 2,000 lines. With `full`, addresses are not masked."""
    yield _format_rows([CSV_COLUMNS])
    for state in dict.fromkeys(STATE_ORDER):
        for deliveries in _pages(alert, state):
            yield _format_rows(_row(alert, delivery, full) for delivery in deliveries)


def receipt_as_json(alert: Alert, receipt: Receipt, speed: DeliverySpeed) -> dict[str, Any]:
    """Return the receipt for programs: every state, delivery speed, bounces and decisions."""
    return {
        "id": str(alert.pk),
        "subject": alert.subject,
        "urgency": alert.urgency,
        "topic": alert.topic.slug,
        "by": alert.by,
        "sent_at": alert.created_at,
        "not_before": alert.not_before,
        "not_after": alert.not_after,
        "halted_at": time_of_halt(alert, receipt),
        "approval": _approval(alert),
        "corrects": str(alert.corrects_id) if alert.corrects_id else None,
        "intended": receipt.intended,
        "states": {state.value: receipt[state] for state in DeliveryState},
        "shortfall": receipt.shortfall,
        "finished": receipt.is_finished,
        "speed": asdict(speed),
        "returned": asdict(summarise_bounces(alert)),
        "decisions": [
            {
                "what": decision.kind,
                "by": decision.by,
                "at": decision.at,
                "count": decision.count,
                "note": decision.note,
            }
            for decision in Decision.objects.filter(alert=alert).order_by("at", "pk")
        ],
    }


def _approval(alert: Alert) -> str:
    if not alert.needs_approval:
        return "not wanted"
    return "given" if alert.approved_at else "awaited"


def _pages(alert: Alert, state: DeliveryState) -> Iterator[list[Delivery]]:
    last_id = 0
    rows = Delivery.objects.filter(alert=alert, state=state).select_related("subscriber").order_by("pk")
    while page := list(rows.filter(pk__gt=last_id)[:ROWS_PER_CHUNK]):
        yield page
        last_id = page[-1].pk


def _row(alert: Alert, delivery: Delivery, full: bool) -> tuple[object, ...]:
    email, settled_at = delivery.subscriber.email, delivery.settled_at
    return (
        delivery.pk,
        alert_message_id(alert.pk, delivery.subscriber_id),
        escape_formula(email if full else mask_mail_address(email)),
        escape_formula(delivery.subscriber.domain),
        delivery.state,
        delivery.attempts,
        delivery.code or "",
        escape_formula(delivery.reply),
        settled_at.isoformat() if settled_at else "",
        f"{(settled_at - alert.created_at).total_seconds():.3f}" if settled_at else "",
    )


def _format_rows(rows: Iterable[Iterable[object]]) -> str:
    out = StringIO()
    csv.writer(out).writerows(rows)
    return out.getvalue()
