"""Write down what became of deliveries in flight, many in one statement.

Only rows that are still in flight and still held by this mailer are touched: should it have been given up for dead, or
the database have been restored, that comes out as LeaseLost instead of being overwritten.
"""

import json
from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

from django.db import connection, transaction

from stoppress.alerts.errors import LeaseLost
from stoppress.alerts.ledger.sql import DELIVERY, is_sqlite
from stoppress.alerts.ledger.states import IN_FLIGHT, REFUSED, UNCERTAIN, check_move
from stoppress.alerts.models import Delivery, Suppression
from stoppress.alerts.words import DeliveryState, Reason

LONGEST_REPLY = 200

SQLITE = f"""
UPDATE {DELIVERY} SET state = j.value ->> 1, attempts = j.value ->> 2, code = j.value ->> 3,
    reply = j.value ->> 4, next_at = j.value ->> 5, settled_at = j.value ->> 6
FROM json_each(%s) j
WHERE {DELIVERY}.id = j.value ->> 0 AND {DELIVERY}.state = %s AND {DELIVERY}.holder = %s
"""

POSTGRESQL = f"""
UPDATE {DELIVERY} SET state = j.state, attempts = j.attempts, code = j.code,
    reply = j.reply, next_at = j.next_at, settled_at = j.settled_at
FROM unnest(%s::bigint[], %s::text[], %s::smallint[], %s::smallint[], %s::text[], %s::timestamptz[], %s::timestamptz[])
    AS j(id, state, attempts, code, reply, next_at, settled_at)
WHERE {DELIVERY}.id = j.id AND {DELIVERY}.state = %s AND {DELIVERY}.holder = %s
"""


class Settlement(NamedTuple):
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
    with transaction.atomic():
        if missing := len(settlements) - settle_ours(settlements, holder=holder, now=now):
            raise LeaseLost(missing)


def settle_ours(settlements: Sequence[Settlement], *, holder: str, now: datetime) -> int:
    """Write down what is still ours; how many that were. What somebody else has given up stays uncertain."""
    for state in {settlement.state for settlement in settlements}:
        check_move(IN_FLIGHT, state)
    rows = [_row(settlement, now) for settlement in settlements]
    with transaction.atomic(savepoint=False), connection.cursor() as cursor:
        if is_sqlite():
            cursor.execute(SQLITE, [json.dumps(rows), IN_FLIGHT.value, holder])
        else:
            cursor.execute(POSTGRESQL, [*map(list, zip(*rows, strict=True)), IN_FLIGHT.value, holder])
        written: int = cursor.rowcount
        _suppress([settlement for settlement in settlements if settlement.no_such_address], now)
    return written


def give_up_for_dead(*, now: datetime, holders: Sequence[str] | None = None) -> int:
    """What a mailer that is no more had in flight is uncertain. Without `holders`: all of it, so call that only when no
    other mailer can be running."""
    check_move(IN_FLIGHT, UNCERTAIN)
    orphans = Delivery.objects.filter(state=IN_FLIGHT)
    if holders is not None:
        orphans = orphans.filter(holder__in=holders)
    return orphans.update(state=UNCERTAIN, settled_at=now, next_at=None, reply="the mailer stopped before the reply")


def _row(settlement: Settlement, now: datetime) -> tuple[object, ...]:
    pk, _, state, attempts, code, reply, next_at, _ = settlement
    if next_at is None:
        return pk, state.value, attempts, code, reply[:LONGEST_REPLY], None, _stored(now)
    return pk, state.value, attempts, code, reply[:LONGEST_REPLY], _stored(next_at), None


def _stored(moment: datetime) -> str:
    """As this database writes times; both read this form."""
    return str(connection.ops.adapt_datetimefield_value(moment))


def _suppress(settlements: Sequence[Settlement], now: datetime) -> None:
    if not settlements:
        return
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
