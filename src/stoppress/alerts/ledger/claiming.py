"""Take up a window of deliveries: look once more at each, stop what must not leave, commit the rest as in flight.

due rows, lane by lane ──► left since? ► suppressed    too late? ► expired    halted? ► halted
                               └──► in flight, held by this mailer ──► (commit) ──► sent
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django.db import connection, transaction
from django.db.models import Exists, OuterRef

from stoppress.alerts.ledger.states import (
    EXPIRED,
    HALTED,
    IN_FLIGHT,
    SUPPRESSED,
    WAITING,
    check_move,
)
from stoppress.alerts.models import Delivery, Subscription
from stoppress.alerts.topics import standing_suppressions
from stoppress.alerts.words import DeliveryState, Lane, Letter

RESERVED = 8
"""Every lane that has something due gets at least this part (one eighth) of a window, so that none starves."""
LETTERS_FOR = timedelta(days=2)
"""How long a letter is tried: who asked for it has stopped waiting by then."""


@dataclass(frozen=True)
class Parcel:
    """One delivery in flight: all that a mailer needs to know of it."""

    id: int
    subscriber_id: int
    email: str
    secret: str
    alert_id: UUID | None
    letter: Letter | None
    topic_id: int
    back_to: str
    attempts: int
    made_at: datetime
    not_after: datetime


def anything_due(*, now: datetime) -> bool:
    """Whether a window taken now would hold anything."""
    return Delivery.objects.filter(next_at__lte=now).exists()


def claim(size: int, *, holder: str, now: datetime) -> list[Parcel]:
    """Take up to `size` deliveries in flight, most urgent lane first. They are committed when this returns."""
    with transaction.atomic():
        rows = _judged(_due(size, now), now)
        _move([row.pk for row, state in rows if state is IN_FLIGHT], IN_FLIGHT, holder=holder)
        for state in (SUPPRESSED, EXPIRED, HALTED):
            _move([row.pk for row, to in rows if to is state], state, settled_at=now)
    return [_parcel(row) for row, state in rows if state is IN_FLIGHT]


def _due(size: int, now: datetime) -> list[int]:
    """The ids of due rows, locked: every lane its reserve first, what is left by urgency."""
    lanes = {lane: _lane(lane, size, now) for lane in Lane}
    reserve = max(1, size // RESERVED)
    taken = [row for ids in lanes.values() for row in ids[:reserve]]
    taken += [row for ids in lanes.values() for row in ids[reserve:]]
    return taken[:size]


def _lane(lane: Lane, size: int, now: datetime) -> list[int]:
    rows = Delivery.objects.filter(lane=lane, next_at__lte=now).order_by("next_at", "id")
    if connection.features.has_select_for_update_skip_locked:
        rows = rows.select_for_update(skip_locked=True, of=("self",))
    return list(rows.values_list("id", flat=True)[:size])


def _judged(ids: Iterable[int], now: datetime) -> list[tuple[Delivery, DeliveryState]]:
    rows = Delivery.objects.filter(pk__in=list(ids)).select_related("alert", "subscriber")
    judged = rows.annotate(wanted=_wanted(), stopped=Exists(standing_suppressions()))
    return [(row, _verdict(row, now)) for row in judged.order_by("lane", "next_at", "id")]


def _wanted() -> Exists:
    """Whether the subscription that an alert goes to is still in force."""
    mine = Subscription.objects.filter(subscriber=OuterRef("subscriber"), topic=OuterRef("alert__topic"))
    return Exists(mine.filter(confirmed_at__isnull=False, left_at__isnull=True))


def _verdict(row: Delivery, now: datetime) -> DeliveryState:
    """What becomes of a row that is due; for letters only time counts, since their reader asked for them just now."""
    if row.alert is None:
        return IN_FLIGHT if now < row.made_at + LETTERS_FOR else EXPIRED
    if row.alert.halted_at:
        return HALTED
    if now >= row.alert.not_after:
        return EXPIRED
    return IN_FLIGHT if row.wanted and not row.stopped else SUPPRESSED  # type: ignore[attr-defined]  # annotated above


def _move(ids: list[int], to: DeliveryState, **facts: object) -> None:
    for before in WAITING:
        check_move(before, to)
    if ids:
        Delivery.objects.filter(pk__in=ids, state__in=WAITING).update(state=to, next_at=None, **facts)


def _parcel(row: Delivery) -> Parcel:
    return Parcel(
        id=row.pk,
        subscriber_id=row.subscriber_id,
        email=row.subscriber.email,
        secret=row.subscriber.secret,
        alert_id=row.alert_id,
        letter=Letter(row.letter) if row.letter else None,
        topic_id=row.alert.topic_id if row.alert else row.topic_id or 0,
        back_to=row.back_to,
        attempts=row.attempts,
        made_at=row.made_at,
        not_after=row.alert.not_after if row.alert else row.made_at + LETTERS_FOR,
    )
