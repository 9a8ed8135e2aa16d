"""Store the results of deliveries in flight, many in one statement, and release those of a dead mailer.

Only rows are changed that are still in flight and still held by this mailer. After another mailer has declared this one
dead, or the database was restored, the count is lower and the rows stay as they are.
"""

import json
from collections.abc import Collection, Sequence
from datetime import datetime
from typing import NamedTuple

from django.db import transaction

from stoppress.delivery.choices import DeliveryState
from stoppress.delivery.ledger.delivery_states import (
    DEFERRED,
    IN_FLIGHT,
    PENDING,
    REFUSED,
    UNCERTAIN,
    check_transition,
)
from stoppress.delivery.ledger.sql_dialects import DELIVERY, execute, in_keys, is_sqlite, keys_parameter, time_parameter
from stoppress.delivery.models import Delivery
from stoppress.delivery.recipients.before_subscription_change import materialise_before_change
from stoppress.delivery.recipients.send_order import block_sends
from stoppress.subscribers.choices import SuppressionReason
from stoppress.subscribers.models import Suppression

MAX_REPLY_LENGTH = 200
"""Characters of a server's reply that are stored."""

# Settle deliveries that share all values but the reply. Rows are found by the primary key: `|| ''` keeps the planner
# from an index of states, which on PostgreSQL is full of rows that were in flight recently.
_UPDATE = f"""
UPDATE {DELIVERY} SET state = %s, attempts = %s, code = %s, next_attempt_at = %s, settled_at = %s, reply = j.value
FROM {{replies}} WHERE {DELIVERY}.id = CAST(j.key AS bigint) AND {DELIVERY}.state || '' = %s AND {DELIVERY}.holder = %s
"""
_UPDATE_SQLITE = _UPDATE.format(replies="json_each(%s) j")
_UPDATE_POSTGRESQL = _UPDATE.format(replies="unnest(%s::bigint[], %s::text[]) AS j(key, value)")


class SettledDelivery(NamedTuple):
    """The result of one delivery.

    Args:
        no_such_address: True if the server refused the address as unknown; the subscriber is then suppressed.
    """

    delivery_id: int
    subscriber_id: int
    state: DeliveryState
    attempts: int
    code: int | None = None
    reply: str = ""
    next_attempt_at: datetime | None = None
    no_such_address: bool = False


class SharedValues(NamedTuple):
    """The values that nearly all deliveries of a batch share, so that one statement stores them."""

    state: DeliveryState
    attempts: int
    code: int | None
    next_attempt_at: datetime | None


def settle_held_deliveries(settled: Sequence[SettledDelivery], *, holder: str, now: datetime) -> int:
    """Store the results of deliveries that `holder` still holds; return how many were stored.

    Deliveries that another mailer has marked as uncertain stay uncertain.
    """
    for state in {delivery.state for delivery in settled}:
        check_transition(IN_FLIGHT, state)
    unknown = [delivery for delivery in settled if delivery.no_such_address]
    with transaction.atomic(savepoint=False):
        block_sends()
        if unknown:
            materialise_before_change([delivery.subscriber_id for delivery in unknown], now=now)
        stored = sum(_update(values, replies, holder, now) for values, replies in _group(settled).items())
        _suppress(unknown, now)
    return stored


def _group(settled: Sequence[SettledDelivery]) -> dict[SharedValues, dict[int, str]]:
    """Return replies by delivery id for each combination of values, nearly always one."""
    groups: dict[SharedValues, dict[int, str]] = {}
    for pk, _, state, attempts, code, reply, next_attempt_at, _ in settled:
        values = SharedValues(state, attempts, code, next_attempt_at)
        groups.setdefault(values, {})[pk] = reply[:MAX_REPLY_LENGTH]
    return groups


def _update(values: SharedValues, replies: dict[int, str], holder: str, now: datetime) -> int:
    next_attempt_at = values.next_attempt_at
    times = [None, time_parameter(now)] if next_attempt_at is None else [time_parameter(next_attempt_at), None]
    parameters = [values.state.value, values.attempts, values.code, *times]
    if is_sqlite():
        return execute(_UPDATE_SQLITE, [*parameters, json.dumps(replies), IN_FLIGHT.value, holder])
    listed = [list(replies), list(replies.values())]
    return execute(_UPDATE_POSTGRESQL, [*parameters, *listed, IN_FLIGHT.value, holder])


def mark_orphans_uncertain(*, now: datetime, holders: Sequence[str] | None = None) -> int:
    """Mark deliveries in flight of dead mailers as uncertain; return how many.

    Args:
        now: the time.
        holders: the dead mailers. By default all: call it so only when no other mailer can be running.
    """
    check_transition(IN_FLIGHT, UNCERTAIN)
    orphans = Delivery.objects.filter(state=IN_FLIGHT)
    if holders is not None:
        orphans = orphans.filter(holder__in=holders)
    reply = "the mailer stopped before the reply"
    return orphans.update(state=UNCERTAIN, settled_at=now, next_attempt_at=None, reply=reply)


def release_unstarted(holder: str, started: Collection[int], *, now: datetime) -> int:
    """Move deliveries in flight that a dead mailer never started on a connection back to pending.

    Args:
        holder: the dead mailer. No process may be able to send or claim in its name any more.
        started: deliveries that it had started, according to its journal (delivery/sender/transmission_journal.py).
        now: when they are due.

    Returns:
        How many deliveries were moved. The others are left in flight.
    """
    check_transition(IN_FLIGHT, PENDING)
    held_ids = Delivery.objects.filter(state=IN_FLIGHT, holder=holder).values_list("pk", flat=True)
    unstarted = [pk for pk in held_ids if pk not in started]
    if not unstarted:
        return 0
    return execute(
        f"UPDATE {DELIVERY} SET state = %s, next_attempt_at = %s, holder = '' WHERE id {in_keys()} "
        "AND state || '' = %s AND holder = %s",
        [PENDING.value, time_parameter(now), keys_parameter(unstarted), IN_FLIGHT.value, holder],
    )


def release_unknown(holder: str, held: Collection[int], *, now: datetime) -> int:
    """Defer deliveries that are in flight for a mailer that never received them; return how many.

    They were never sent: the commit of their claim succeeded, but its answer was lost.

    Args:
        holder: the mailer, which calls this itself.
        held: the deliveries that it received.
        now: when the others are due.
    """
    check_transition(IN_FLIGHT, DEFERRED)
    own = Delivery.objects.filter(state=IN_FLIGHT, holder=holder)
    unknown = [pk for pk in own.values_list("pk", flat=True) if pk not in held]
    return own.filter(pk__in=unknown).update(state=DEFERRED, next_attempt_at=now)


def _suppress(unknown: Sequence[SettledDelivery], now: datetime) -> None:
    """Suppress the subscribers whose address the server refused as unknown."""
    Suppression.objects.bulk_create(
        Suppression(
            subscriber_id=delivery.subscriber_id,
            reason=SuppressionReason.NO_SUCH_ADDRESS,
            reply=delivery.reply[:MAX_REPLY_LENGTH],
            at=now,
        )
        for delivery in unknown
        if delivery.state is REFUSED
    )
