"""Write down what became of deliveries in flight, many in one statement.

Only rows that are still in flight and still held by this mailer are touched: should another one have run in between, or
the database have been restored, that comes out as LeaseLost instead of being overwritten.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import connection, transaction

from stoppress.alerts.errors import LeaseLost
from stoppress.alerts.ledger.states import IN_FLIGHT, REFUSED, UNCERTAIN, check_move
from stoppress.alerts.models import Delivery, Suppression
from stoppress.alerts.words import DeliveryState, Reason

LONGEST_REPLY = 200
TABLE = Delivery._meta.db_table

SQLITE = f"""
UPDATE {TABLE} SET state = j.value ->> 'state', attempts = j.value ->> 'attempts', code = j.value ->> 'code',
    reply = j.value ->> 'reply', next_at = j.value ->> 'next_at', settled_at = j.value ->> 'settled_at'
FROM json_each(%s) j
WHERE {TABLE}.id = j.value ->> 'id' AND {TABLE}.state = %s AND {TABLE}.holder = %s
"""

POSTGRESQL = f"""
UPDATE {TABLE} SET state = j.state, attempts = j.attempts, code = j.code,
    reply = j.reply, next_at = j.next_at, settled_at = j.settled_at
FROM jsonb_to_recordset(%s::jsonb) AS j(
    id bigint, state text, attempts smallint, code smallint, reply text, next_at timestamptz, settled_at timestamptz)
WHERE {TABLE}.id = j.id AND {TABLE}.state = %s AND {TABLE}.holder = %s
"""


@dataclass(frozen=True)
class Settlement:
    """What became of one delivery. `no_such_address`: the server said so, and it will be believed next time."""

    delivery_id: int
    subscriber_id: int
    state: DeliveryState
    attempts: int
    code: int | None = None
    reply: str = ""
    next_at: datetime | None = None
    no_such_address: bool = False


def settle(settlements: Sequence[Settlement], *, holder: str, now: datetime) -> None:
    """Write all of it down in one transaction; raises LeaseLost (and writes nothing) if a row is not ours any more."""
    if not settlements:
        return
    for settlement in settlements:
        check_move(IN_FLIGHT, settlement.state)
    statement = SQLITE if connection.vendor == "sqlite" else POSTGRESQL
    rows = json.dumps([_row(settlement, now) for settlement in settlements])
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute(statement, [rows, IN_FLIGHT.value, holder])
            if cursor.rowcount != len(settlements):
                raise LeaseLost(len(settlements) - cursor.rowcount)
        _suppress([settlement for settlement in settlements if settlement.no_such_address], now)


def give_up_for_dead(*, now: datetime) -> int:
    """What a mailer that is no more had in flight is uncertain; call only when no other mailer can be running."""
    check_move(IN_FLIGHT, UNCERTAIN)
    orphans = Delivery.objects.filter(state=IN_FLIGHT)
    return orphans.update(state=UNCERTAIN, settled_at=now, next_at=None, reply="the mailer stopped before the reply")


def _row(settlement: Settlement, now: datetime) -> dict[str, object]:
    waits = settlement.next_at is not None
    return {
        "id": settlement.delivery_id,
        "state": settlement.state.value,
        "attempts": settlement.attempts,
        "code": settlement.code,
        "reply": settlement.reply[:LONGEST_REPLY],
        "next_at": _stored(settlement.next_at),
        "settled_at": None if waits else _stored(now),
    }


def _stored(moment: datetime | None) -> str | None:
    """As this database writes times; both read this form."""
    return None if moment is None else str(connection.ops.adapt_datetimefield_value(moment))


def _suppress(settlements: Sequence[Settlement], now: datetime) -> None:
    Suppression.objects.bulk_create(
        Suppression(
            subscriber_id=settlement.subscriber_id,
            reason=Reason.NO_SUCH_ADDRESS,
            reply=settlement.reply[:LONGEST_REPLY],
            at=now,
        )
        for settlement in settlements
        if settlement.state is REFUSED
    )
