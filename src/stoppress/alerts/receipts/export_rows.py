"""The ledger of one alert as rows, for a spreadsheet or another program.

Addresses are masked unless the caller may see them. While an alert is under way a delivery that moves on meanwhile may
be told twice, once for each state; afterwards each is told once.
"""

import csv
from collections.abc import Iterator
from dataclasses import asdict
from io import StringIO
from typing import Any

from stoppress.alerts.models import Decision
from stoppress.alerts.receipts.delivery_speed import DeliverySpeed
from stoppress.delivery.choices import DeliveryState
from stoppress.delivery.ledger.receipt_totals import Receipt
from stoppress.delivery.message.verp_addresses import alert_message_id
from stoppress.delivery.models import Alert, Delivery
from stoppress.inbound.bounce_statistics import summarise_bounces
from stoppress.runtime.mail_masking import mask_mail_address

ROWS_PER_CHUNK = 2_000
CSV_COLUMNS = ("delivery", "message_id", "address", "domain", "state", "attempts", "code", "reply", "settled_at", "seconds")
FORMULA = ("=", "+", "-", "@", "\t", "\r")
"""What a spreadsheet would run as a formula at the beginning of a cell."""
STATE_ORDER = (DeliveryState.PENDING, DeliveryState.DEFERRED, DeliveryState.IN_FLIGHT, *DeliveryState)
"""What may still move first, so that nobody is passed over."""


def receipt_csv_chunks(alert: Alert, *, full: bool) -> Iterator[str]:
    """The table in pieces of some thousand lines. `full` shows addresses as they are."""
    yield _lines([CSV_COLUMNS])
    for state in dict.fromkeys(STATE_ORDER):
        for rows in _pages(alert, state):
            yield _lines(_row(alert, row, full) for row in rows)


def receipt_as_json(alert: Alert, found: Receipt, pace: DeliverySpeed) -> dict[str, Any]:
    """The receipt for programs: every state, how fast it went, what came back since, what editors did."""
    return {
        "id": str(alert.pk),
        "subject": alert.subject,
        "urgency": alert.urgency,
        "topic": alert.topic.slug,
        "by": alert.by,
        "sent_at": alert.created_at,
        "not_before": alert.not_before,
        "not_after": alert.not_after,
        "halted_at": alert.halted_at,
        "approval": _approval(alert),
        "corrects": str(alert.corrects_id) if alert.corrects_id else None,
        "intended": found.intended,
        "states": {state.value: found[state] for state in DeliveryState},
        "shortfall": found.shortfall,
        "finished": found.is_finished,
        "speed": asdict(pace),
        "returned": asdict(summarise_bounces(alert)),
        "decisions": [
            {"what": said.kind, "by": said.by, "at": said.at, "count": said.count, "note": said.note}
            for said in Decision.objects.filter(alert=alert).order_by("at", "pk")
        ],
    }


def _approval(alert: Alert) -> str:
    if not alert.needs_approval:
        return "not wanted"
    return "given" if alert.approved_at else "awaited"


def _pages(alert: Alert, state: DeliveryState) -> Iterator[list[Delivery]]:
    last = 0
    rows = Delivery.objects.filter(alert=alert, state=state).select_related("subscriber").order_by("pk")
    while page := list(rows.filter(pk__gt=last)[:ROWS_PER_CHUNK]):
        yield page
        last = page[-1].pk


def _row(alert: Alert, row: Delivery, full: bool) -> tuple[object, ...]:
    email = row.subscriber.email
    seconds = (row.settled_at - alert.created_at).total_seconds() if row.settled_at else None
    return (
        row.pk,
        alert_message_id(alert.pk, row.subscriber_id),
        harmless(email if full else mask_mail_address(email)),
        harmless(row.subscriber.domain),
        row.state,
        row.attempts,
        row.code or "",
        harmless(row.reply),
        row.settled_at.isoformat() if row.settled_at else "",
        "" if seconds is None else f"{seconds:.3f}",
    )


def harmless(cell: str) -> str:
    """A cell that no spreadsheet takes for a formula."""
    return f"'{cell}" if cell.startswith(FORMULA) else cell


def _lines(rows: Any) -> str:
    out = StringIO()
    csv.writer(out).writerows(rows)
    return out.getvalue()
