"""Correct times in the ledger after a clock has jumped.

The time of the next attempt was stored with one clock and is read with another: that of another machine, or of the same
machine after its clock was set. A time further ahead than any wait lasts is wrong, so it is corrected and logged.
"""

import logging
from datetime import datetime, timedelta

from stoppress.delivery.choices import DeliveryState, Lane
from stoppress.delivery.models import Alert, Delivery

log = logging.getLogger(__name__)

MAX_RETRY_DELAY = timedelta(minutes=31)
"""Maximum wait between two attempts: a retry waits at most 30 minutes (delivery/sender/settlement_rules.py), a paused
domain 15.
"""
TOLERANCE = timedelta(seconds=1)
"""Clocks of two machines that differ by less count as equal."""
MIN_CLOCK_JUMP = timedelta(seconds=30)
"""A mailer compares its clock with the monotonic clock once a second; a smaller difference counts as noise."""
MAX_READING_INTERVAL = timedelta(seconds=5)
"""Maximum time between two readings of a mailer that runs: an alert that is new since the last one is no older."""
BATCH_SIZE = 1_000
"""Deliveries changed in one transaction."""

ClockReading = tuple[datetime, float]
"""The time by the wall clock, and the seconds of the monotonic clock."""


def measure_clock_jump(last: ClockReading | None, now: datetime, monotonic: float) -> tuple[timedelta, ClockReading]:
    """Return by how much the wall clock has jumped since the last reading, and the new reading.

    The jump is negative if the clock was set back.
    """
    look = (now, monotonic)
    if last is None:
        return timedelta(), look
    return (now - last[0]) - timedelta(seconds=monotonic - last[1]), look


def correct_late_times(*, now: datetime) -> int:
    """Make every delivery due that waits longer than any rule allows; return how many were changed."""
    _shorten_undo_windows(now)
    late_mail = Delivery.objects.filter(
        lane=Lane.CONFIRMATION, next_attempt_at__gt=now, state=DeliveryState.PENDING, alert__isnull=True
    )
    if late_mail.exists():  # queried first: an idle mailer does not write every second
        late_mail.update(next_attempt_at=now)  # transactional mail never waits for its first attempt
    total = 0
    for lane in Lane:  # one batch of each: the next reading changes more, and sending continues meanwhile
        late = Delivery.objects.filter(lane=lane, next_attempt_at__gt=now + MAX_RETRY_DELAY).order_by("next_attempt_at")
        if ids := list(late.values_list("pk", flat=True)[:BATCH_SIZE]):
            total += Delivery.objects.filter(pk__in=ids, next_attempt_at__isnull=False).update(next_attempt_at=now)
    if total:
        log.warning(
            "%d deliveries had their next attempt in more than %d minutes; was a clock set back? they are due now",
            total, MAX_RETRY_DELAY.total_seconds() // 60,
        )  # fmt: skip
    return total


def shift_retries(step: timedelta, *, now: datetime) -> None:
    """Move the times of all retries in the future by `step` (negative), but not into the past."""
    for lane in Lane:
        ahead = Delivery.objects.filter(lane=lane, state=DeliveryState.DEFERRED, next_attempt_at__gt=now)
        times = list(ahead.values_list("next_attempt_at", flat=True).order_by("next_attempt_at").distinct())
        for at in times:  # whole seconds (delivery/sender/settlement_rules.py), so they are few
            if at is not None:
                ahead.filter(next_attempt_at=at).update(next_attempt_at=max(now, at + step))


def restore_undo_windows(since: int, *, now: datetime) -> None:
    """Restore undo windows that a clock behind this one cut short.

    Args:
        since: the generation at this mailer's last reading, at most MAX_READING_INTERVAL ago. An alert with this
            generation or a greater one was sent since then, so nearly its whole window must be left.
        now: the time.
    """
    new = Alert.objects.filter(generation__gte=since, not_before__isnull=False, approved_at__isnull=True)
    for alert in new.filter(halted_at__isnull=True, undo_window__gt=MAX_READING_INTERVAL):
        if alert.not_before is not None and alert.not_before < now + alert.undo_window - MAX_READING_INTERVAL:
            not_before = now + alert.undo_window
            Alert.objects.filter(pk=alert.pk, not_before=alert.not_before).update(not_before=not_before)
            log.warning("alert %s: the clock that stored not_before is behind; moved to %s", alert.pk, not_before)


def _shorten_undo_windows(now: datetime) -> None:
    """Shorten undo windows that have more time left than they last: a clock ahead of this one stored them."""
    waiting_alerts = Alert.objects.filter(not_before__gt=now, halted_at__isnull=True)
    for alert in waiting_alerts:
        if alert.not_before is not None and alert.not_before - now > alert.undo_window + TOLERANCE:
            not_before = now + alert.undo_window
            if Alert.objects.filter(pk=alert.pk, not_before=alert.not_before).update(not_before=not_before):
                log.warning("alert %s: not_before was beyond its undo window; moved to %s", alert.pk, not_before)
