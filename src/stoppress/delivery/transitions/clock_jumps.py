"""Make a leap of a clock harmless to what waits in the ledger.

A time to try again was stored with one clock and is read with another: of another machine, or of the same machine after
it was set. A time that lies further ahead than any wait lasts is wrong, and is pulled back and logged.
"""

import logging
from datetime import datetime, timedelta

from stoppress.delivery.choices import DeliveryState, Lane
from stoppress.delivery.models import Alert, Delivery

log = logging.getLogger(__name__)

LONGEST_DELAY = timedelta(minutes=31)
"""No wait between two tries is longer: retries wait at most 30 minutes (delivery/sender/settlement_rules.py), a paused domain 15."""
TOLERANCE = timedelta(seconds=1)
"""Clocks of two machines that differ by less count as equal."""
SMALLEST_LEAP = timedelta(seconds=30)
"""A mailer compares its clock with one that never goes back once a second; a smaller difference counts as noise."""
LONGEST_GAP = timedelta(seconds=5)
"""Between two looks of a mailer: what is new since the last look was sent no longer ago."""
SLICE = 1_000
"""Deliveries that change in one transaction."""

Look = tuple[datetime, float]
"""The time by the wall clock and by the monotonic clock."""


def leap_since(last: Look | None, now: datetime, monotonic: float) -> tuple[timedelta, Look]:
    """Compute by how much the wall clock has leapt since the last look (negative: put back), and the new look."""
    look = (now, monotonic)
    if last is None:
        return timedelta(), look
    return (now - last[0]) - timedelta(seconds=monotonic - last[1]), look


def pull_back_times(*, now: datetime) -> int:
    """Pull back everything that waits longer than anything may; return how many deliveries that were."""
    _pull_back_undo_windows(now)
    late_letters = Delivery.objects.filter(
        lane=Lane.CONFIRMATION, next_at__gt=now, state=DeliveryState.PENDING, alert__isnull=True
    )
    if late_letters.exists():  # looked up first: an idle mailer does not write every second
        late_letters.update(next_at=now)  # a letter never waits for its first try
    total = 0
    for lane in Lane:  # one slice of each: the next look takes more, and mail goes on meanwhile
        late = Delivery.objects.filter(lane=lane, next_at__gt=now + LONGEST_DELAY).order_by("next_at")
        if ids := list(late.values_list("pk", flat=True)[:SLICE]):
            total += Delivery.objects.filter(pk__in=ids, next_at__isnull=False).update(next_at=now)
    if total:
        log.warning(
            "%d deliveries were to be tried again in more than %d minutes; was a clock put back? They are due now",
            total, LONGEST_DELAY.total_seconds() // 60,
        )  # fmt: skip
    return total


def shift_retries(step: timedelta, *, now: datetime) -> None:
    """Move the times of all retries that lie ahead by `step` (negative), but not into the past."""
    for lane in Lane:
        ahead = Delivery.objects.filter(lane=lane, state=DeliveryState.DEFERRED, next_at__gt=now)
        times = list(ahead.values_list("next_at", flat=True).order_by("next_at").distinct())
        for at in times:  # whole seconds (delivery/sender/settlement_rules.py), so they are few
            if at is not None:
                ahead.filter(next_at=at).update(next_at=max(now, at + step))


def keep_undo_windows(since: int, *, now: datetime) -> None:
    """Restore undo windows that a clock behind this one cut short.

    Args:
        since: the generation at this mailer's last look, at most LONGEST_GAP ago. An alert with this generation or a
            greater one was sent since then, so nearly its whole window must be left.
        now: the time.
    """
    new = Alert.objects.filter(generation__gte=since, leaves_at__isnull=False, approved_at__isnull=True)
    for alert in new.filter(halted_at__isnull=True, undo_window__gt=LONGEST_GAP):
        if alert.leaves_at is not None and alert.leaves_at < now + alert.undo_window - LONGEST_GAP:
            leaves_at = now + alert.undo_window
            Alert.objects.filter(pk=alert.pk, leaves_at=alert.leaves_at).update(leaves_at=leaves_at)
            log.warning("alert %s: the clock that stored leaves_at is behind; moved to %s", alert.pk, leaves_at)


def _pull_back_undo_windows(now: datetime) -> None:
    """An undo window that has more time left than it lasts was stored with a clock that is ahead of this one."""
    held = Alert.objects.filter(leaves_at__gt=now, halted_at__isnull=True)
    for alert in held:
        if alert.leaves_at is not None and alert.leaves_at - now > alert.undo_window + TOLERANCE:
            leaves_at = now + alert.undo_window
            if Alert.objects.filter(pk=alert.pk, leaves_at=alert.leaves_at).update(leaves_at=leaves_at):
                log.warning("alert %s: leaves_at lay beyond its undo window; pulled back to %s", alert.pk, leaves_at)
