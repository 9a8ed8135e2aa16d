"""Write down what became of deliveries in flight, many in one statement.

Only rows that are still in flight and still held by this mailer are touched: should it have been given up for dead, or
the database have been restored, that comes out as LeaseLost instead of being overwritten.
"""

import json
from collections.abc import Collection, Sequence
from datetime import datetime
from typing import NamedTuple

from django.db import transaction

from stoppress.delivery.choices import DeliveryState
from stoppress.delivery.ledger.delivery_states import DEFERRED, IN_FLIGHT, PENDING, REFUSED, UNCERTAIN, check_transition
from stoppress.delivery.ledger.sql_dialects import DELIVERY, in_keys, execute, keys_parameter, is_sqlite, time_parameter
from stoppress.delivery.models import Delivery
from stoppress.delivery.recipients.before_subscription_change import materialise_before_change
from stoppress.delivery.recipients.send_order import block_sends
from stoppress.subscribers.choices import SuppressionReason
from stoppress.subscribers.models import Suppression

MAX_REPLY_LENGTH = 200

UPDATE = f"""
UPDATE {DELIVERY} SET state = %s, attempts = %s, code = %s, next_attempt_at = %s, settled_at = %s, reply = j.value
FROM {{replies}} WHERE {DELIVERY}.id = CAST(j.key AS bigint) AND {DELIVERY}.state || '' = %s AND {DELIVERY}.holder = %s
"""
"""`|| ''`: found by their ids, and by no index of states, which on PostgreSQL is full of what was in flight lately."""
SQLITE = UPDATE.format(replies="json_each(%s) j")
POSTGRESQL = UPDATE.format(replies="unnest(%s::bigint[], %s::text[]) AS j(key, value)")


class SettledDelivery(NamedTuple):
    """What became of one delivery. `no_such_address`: the server said so, and it will be believed next time."""

    delivery_id: int
    subscriber_id: int
    state: DeliveryState
    attempts: int
    code: int | None = None
    reply: str = ""
    next_attempt_at: datetime | None = None
    no_such_address: bool = False


def settle_held_deliveries(settlements: Sequence[SettledDelivery], *, holder: str, now: datetime) -> int:
    """Write down what is still ours; how many that were. What somebody else has given up stays uncertain."""
    for state in {settlement.state for settlement in settlements}:
        check_transition(IN_FLIGHT, state)
    with transaction.atomic(savepoint=False):
        block_sends()
        _prepare_suppressions(settlements, now)
        written = sum(_write(fate, replies, holder, now) for fate, replies in _alike(settlements).items())
        _suppress([settlement for settlement in settlements if settlement.no_such_address], now)
    return written


Fate = tuple[DeliveryState, int, int | None, datetime | None]


def _alike(settlements: Sequence[SettledDelivery]) -> dict[Fate, dict[int, str]]:
    """Replies by delivery, for all that came to the same: nearly always all of them."""
    groups: dict[Fate, dict[int, str]] = {}
    for pk, _, state, attempts, code, reply, next_attempt_at, _ in settlements:
        groups.setdefault((state, attempts, code, next_attempt_at), {})[pk] = reply[:MAX_REPLY_LENGTH]
    return groups


def _write(fate: Fate, replies: dict[int, str], holder: str, now: datetime) -> int:
    state, attempts, code, next_attempt_at = fate
    times = [None, time_parameter(now)] if next_attempt_at is None else [time_parameter(next_attempt_at), None]
    facts = [state.value, attempts, code, *times]
    if is_sqlite():
        return execute(SQLITE, [*facts, json.dumps(replies), IN_FLIGHT.value, holder])
    return execute(POSTGRESQL, [*facts, list(replies), list(replies.values()), IN_FLIGHT.value, holder])


def mark_orphans_uncertain(*, now: datetime, holders: Sequence[str] | None = None) -> int:
    """What a mailer that is no more had in flight is uncertain. Without `holders`: all of it, so call that only when no
    other mailer can be running."""
    check_transition(IN_FLIGHT, UNCERTAIN)
    orphans = Delivery.objects.filter(state=IN_FLIGHT)
    if holders is not None:
        orphans = orphans.filter(holder__in=holders)
    return orphans.update(state=UNCERTAIN, settled_at=now, next_attempt_at=None, reply="the mailer stopped before the reply")


def release_unstarted(holder: str, begun: Collection[int], *, now: datetime) -> int:
    """Move what a dead mailer had in flight and never began on a connection back to pending.

    Args:
        holder: the dead mailer. No process may be able to send or claim in its name any more.
        begun: deliveries that it had begun, according to its journal (delivery/sender/transmission_journal.py).
        now: when they are due.

    Returns:
        How many deliveries were moved. The others are left in flight.
    """
    check_transition(IN_FLIGHT, PENDING)
    mine = Delivery.objects.filter(state=IN_FLIGHT, holder=holder).values_list("pk", flat=True)
    unbegun = [pk for pk in mine if pk not in begun]
    if not unbegun:
        return 0
    return execute(
        f"UPDATE {DELIVERY} SET state = %s, next_attempt_at = %s, holder = '' WHERE id {in_keys()} "
        "AND state || '' = %s AND holder = %s",
        [PENDING.value, time_parameter(now), keys_parameter(unbegun), IN_FLIGHT.value, holder],
    )


def release_unknown(holder: str, held: Collection[int], *, now: datetime) -> int:
    """What stands as in flight with a mailer that knows nothing of it was never sent, and waits again; how many."""
    check_transition(IN_FLIGHT, DEFERRED)
    mine = Delivery.objects.filter(state=IN_FLIGHT, holder=holder)
    unknown = [pk for pk in mine.values_list("pk", flat=True) if pk not in held]
    return mine.filter(pk__in=unknown).update(state=DEFERRED, next_attempt_at=now)


def _prepare_suppressions(settlements: Sequence[SettledDelivery], now: datetime) -> None:
    if dead := [settlement.subscriber_id for settlement in settlements if settlement.no_such_address]:
        materialise_before_change(dead, now=now)


def _suppress(settlements: Sequence[SettledDelivery], now: datetime) -> None:
    if not settlements:
        return
    Suppression.objects.bulk_create(
        Suppression(
            subscriber_id=settlement.subscriber_id,
            reason=SuppressionReason.NO_SUCH_ADDRESS,
            reply=settlement.reply[:MAX_REPLY_LENGTH],
            at=now,
        )
        for settlement in settlements
        if settlement.state is REFUSED
    )
