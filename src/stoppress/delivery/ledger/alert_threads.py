"""Find the alerts with the error that each reader of a correction got: the correction's mail is a reply to them.

A reader whom no such alert reached gets the correction in its place. If that reader has muted the story, the correction
is suppressed like any alert; a reader who got the error gets it in spite of a mute.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import NamedTuple
from uuid import UUID

from stoppress.delivery.choices import Lane
from stoppress.delivery.ledger.delivery_states import IN_FLIGHT, POSSIBLY_SENT, SUPPRESSED
from stoppress.delivery.ledger.due_deliveries import DueDelivery
from stoppress.delivery.ledger.sql_dialects import DELIVERY, in_keys, keys_parameter, parse_uuid, select_rows
from stoppress.delivery.models import Alert
from stoppress.subscribers.models import Mute

Thread = tuple[UUID, ...]
"""Alerts that one reader got, oldest first: the original, then corrections that were corrected again."""
MAX_THREAD_LENGTH = 10


class ReceivedAlert(NamedTuple):
    """An alert that reached, or may have reached, one subscriber."""

    alert_id: object
    subscriber_id: int


def apply_threads(window: Sequence[DueDelivery]) -> tuple[Sequence[DueDelivery], dict[int, Thread]]:
    """Return the window with mutes applied to its corrections, and the thread of each correction's delivery."""
    corrections = [
        row for row in window if row.lane == Lane.CORRECTION and row.next_state == IN_FLIGHT and row.alert_id
    ]
    if not corrections:
        return window, {}
    alert_ids = {row.id: parse_uuid(row.alert_id) for row in corrections}
    ancestors = _find_ancestors({pk for pk in alert_ids.values() if pk})
    received = _select_received(ancestors, {row.subscriber_id for row in corrections})
    threads = {
        row.id: tuple(pk for pk in ancestors[pk_of] if (pk, row.subscriber_id) in received)
        for row in corrections
        if (pk_of := alert_ids[row.id])
    }
    muted = _find_muted([row for row in corrections if not threads[row.id]])
    return [row._replace(next_state=SUPPRESSED) if row.id in muted else row for row in window], threads


def _find_ancestors(alert_ids: Collection[UUID]) -> Mapping[UUID, Sequence[UUID]]:
    """Return for each correction the alerts that it corrects, oldest first."""
    parents: dict[UUID, UUID | None] = {}
    missing = set(alert_ids)
    while missing and len(parents) < MAX_THREAD_LENGTH * len(alert_ids):
        found = dict(Alert.objects.filter(pk__in=missing).values_list("pk", "corrects_id"))
        parents |= found
        missing = {pk for pk in found.values() if pk} - parents.keys()
    ancestors: dict[UUID, Sequence[UUID]] = {}
    for alert_id in alert_ids:
        chain: list[UUID] = []
        parent = parents.get(alert_id)
        while parent and len(chain) < MAX_THREAD_LENGTH:
            chain.insert(0, parent)
            parent = parents.get(parent)
        ancestors[alert_id] = chain
    return ancestors


def _select_received(
    ancestors: Mapping[UUID, Sequence[UUID]], subscriber_ids: Iterable[int]
) -> set[tuple[UUID | None, int]]:
    """Return the alerts that these subscribers got or may have got. Index: the unique one (alert, subscriber)."""
    states = ", ".join(f"'{state}'" for state in sorted(POSSIBLY_SENT))
    rest = f"{DELIVERY} WHERE alert_id {in_keys()} AND subscriber_id {in_keys()} AND state || '' IN ({states})"
    alert_ids = {pk for chain in ancestors.values() for pk in chain}
    parameters = [keys_parameter(alert_ids), keys_parameter(subscriber_ids)]
    rows = select_rows(ReceivedAlert._make, "alert_id, subscriber_id", rest, parameters)
    return {(parse_uuid(row.alert_id), row.subscriber_id) for row in rows}


def _find_muted(rows: Sequence[DueDelivery]) -> set[int]:
    """Return the ids of the deliveries whose subscribers have muted the story of the alert."""
    if not rows:
        return set()
    alert_ids = {pk for row in rows if (pk := parse_uuid(row.alert_id))}
    blogs: dict[UUID | None, int | None] = dict(Alert.objects.filter(pk__in=alert_ids).values_list("pk", "blog_id"))
    mutes = set(
        Mute.objects.filter(subscriber__in={row.subscriber_id for row in rows}).values_list("subscriber_id", "blog_id")
    )
    return {row.id for row in rows if (row.subscriber_id, blogs[parse_uuid(row.alert_id)]) in mutes}
