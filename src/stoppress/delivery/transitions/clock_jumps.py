"""Make a leap of a clock harmless to what waits in the ledger.

A time to try again was stored with one clock and is read with another: of another machine, or of the same machine after
it was set. A time that lies further ahead than any wait lasts is wrong, and is pulled back and logged.
"""

import logging
from datetime import datetime, timedelta

from stoppress.delivery.choices import DeliveryState, Lane
from stoppress.delivery.models import Alert, Delivery

log = logging.getLogger(__name__)

MAX_RETRY_DELAY = timedelta(minutes=31)
"""No wait between two tries is longer: retries wait at most 30 minutes (delivery/sender/settlement_rules.py), a paused domain 15."""
TOLERANCE = timedelta(seconds=1)
"""Clocks of two machines that differ by less count as equal."""
MIN_CLOCK_JUMP = timedelta(seconds=30)
"""A mailer compares its clock with one that never goes back once a second; a smaller difference counts as noise."""
MAX_READING_INTERVAL = timedelta(seconds=5)
"""Between two looks of a mailer: what is new since the last look was sent no longer ago."""
SLICE = 1_000
"""Deliveries that change in one transaction."""

ClockReading = tuple[datetime, float]
"""The time by the wall clock and by the monotonic clock."""


def measure_clock_jump(last: ClockReading | None, now: datetime, monotonic: float) -> tuple[timedelta, ClockReading]:
    """Compute by how much the wall clock has leapt since the last look (negative: put back), and the new look."""
    look = (now, monotonic)
    if last is None:
        return timedelta(), look
    return (now - last[0]) - timedelta(seconds=monotonic - last[1]), look


def correct_late_times(*, now: datetime) -> int:
    """Pull back everything that waits longer than anything may; return how many deliveries that were."""
    _pull_back_undo_windows(now)
    late_letters = Delivery.objects.filter(
        lane=Lane.CONFIRMATION, next_attempt_at__gt=now, state=DeliveryState.PENDING, alert__isnull=True
    )
    if late_letters.exists():  # looked up first: an idle mailer does not write every second
        late_letters.update(next_attempt_at=now)  # a letter never waits for its first try
    total = 0
    for lane in Lane:  # one slice of each: the next look takes more, and mail goes on meanwhile
        late = Delivery.objects.filter(lane=lane, next_attempt_at__gt=now + MAX_RETRY_DELAY).order_by("next_attempt_at")
        if ids := list(late.values_list("pk", flat=True)[:SLICE]):
            total += Delivery.objects.filter(pk__in=ids, next_attempt_at__isnull=False).update(next_attempt_at=now)
    if total:
        log.warning(
            "%d deliveries were to be tried again in more than %d minutes; was a clock put back? They are due now",
            total, MAX_RETRY_DELAY.total_seconds() // 60,
        )  # fmt: skip
    return total


def shift_retries(step: timedelta, *, now: datetime) -> None:
    """Move the times of all retries that lie ahead by `step` (negative), but not into the past."""
    for lane in Lane:
        ahead = Delivery.objects.filter(lane=lane, state=DeliveryState.DEFERRED, next_attempt_at__gt=now)
        times = list(ahead.values_list("next_attempt_at", flat=True).order_by("next_attempt_at").distinct())
        for at in times:  # whole seconds (delivery/sender/settlement_rules.py), so they are few
            if at is not None:
                ahead.filter(next_attempt_at=at).update(next_attempt_at=max(now, at + step))


def restore_undo_windows(since: int, *, now: datetime) -> None:
    """Restore undo windows that a clock behind this one cut short.

    Args:
        since: the generation at this mailer's last look, at most LONGEST_GAP ago. An alert with this generation or a
            greater one was sent since then, so nearly its whole window must be left.
        now: the time.
    """
    new = Alert.objects.filter(generation__gte=since, not_before__isnull=False, approved_at__isnull=True)
    for alert in new.filter(halted_at__isnull=True, undo_window__gt=MAX_READING_INTERVAL):
        if alert.not_before is not None and alert.not_before < now + alert.undo_window - MAX_READING_INTERVAL:
            not_before = now + alert.undo_window
            Alert.objects.filter(pk=alert.pk, not_before=alert.not_before).update(not_before=not_before)
            log.warning("alert %s: the clock that stored not_before is behind; moved to %s", alert.pk, not_before)


def _pull_back_undo_windows(now: datetime) -> None:
    """An undo window that has more time left than it lasts was stored with a clock that is ahead of this one."""
    held = Alert.objects.filter(not_before__gt=now, halted_at__isnull=True)
    for alert in held:
        if alert.not_before is not None and alert.not_before - now > alert.undo_window + TOLERANCE:
            not_before = now + alert.undo_window
            if Alert.objects.filter(pk=alert.pk, not_before=alert.not_before).update(not_before=not_before):
                log.warning("alert %s: not_before lay beyond its undo window; pulled back to %s", alert.pk, not_before)
