"""What the mailer reads and writes in the ledger. Every call waits for the disk.

`settle_and_claim` stores results and claims the next deliveries in one transaction. So both together cost one wait for
the disk, for any number of messages.
"""

import logging
import time
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from functools import partial
from pathlib import Path
from secrets import token_hex
from typing import Any, NamedTuple, TypeVar
from uuid import UUID

from django.db import InterfaceError, OperationalError, connection, transaction
from django.db.models import QuerySet

from stoppress.delivery import mailer_status
from stoppress.delivery.choices import Lane
from stoppress.delivery.ledger.open_alerts import OpenAlerts, find_due_lanes, find_open_alerts
from stoppress.delivery.models import Alert
from stoppress.delivery.recipients.materialise_recipients import materialise_batch, unmaterialised_alerts
from stoppress.delivery.recipients.send_order import current_generation
from stoppress.delivery.sender.mailer_lock import acquire_holder_lock, find_dead_holders
from stoppress.delivery.sender.peers import limit_batch_seconds
from stoppress.delivery.sender.restored_database import DatabaseRestoredError, MailRestoreDetector
from stoppress.delivery.sender.transmission_journal import delete_journals, read_started
from stoppress.delivery.transitions.cancel_unsent import cancel_unsent_batch
from stoppress.delivery.transitions.claim_deliveries import ClaimedDelivery, claim_deliveries
from stoppress.delivery.transitions.claim_subscribers import claim_from_subscriptions
from stoppress.delivery.transitions.clock_jumps import (
    MAX_READING_INTERVAL,
    MIN_CLOCK_JUMP,
    correct_late_times,
    measure_clock_jump,
    restore_undo_windows,
    shift_retries,
)
from stoppress.delivery.transitions.halt import halt_outdated_alerts
from stoppress.delivery.transitions.hold_back import hold_back_over_budget, record_deferrals
from stoppress.delivery.transitions.mark_uncertain import mark_all_uncertain
from stoppress.delivery.transitions.settle import (
    SettledDelivery,
    mark_orphans_uncertain,
    release_unknown,
    release_unstarted,
    settle_held_deliveries,
)
from stoppress.runtime.storage_faults import is_wrong_statement

log = logging.getLogger(__name__)
T = TypeVar("T")
Clock = Callable[[], datetime]

MAX_DATABASE_TRIES = 600
"""How often a call is tried, a second apart, while the database is unavailable: known outcomes must not be lost."""
FIRST_BATCH_ROWS, MIN_BATCH_ROWS, MAX_BATCH_ROWS = 500, 200, 20_000
"""Rows that one transaction materialises or cancels: at first, at least, and at most. The time per batch decides."""

SQLITE_CACHE_KIB, SQLITE_CHECKPOINT_PAGES = 32_768, 4_000
"""SQLite: KiB of pages in memory; pages after which the write-ahead log is written back, which is work for the disk."""
DISABLED_PLANNER_OPTIONS = ("jit", "enable_seqscan", "enable_bitmapscan", "enable_hashjoin", "enable_mergejoin")
"""PostgreSQL: plans that read much at once.

A claim is some hundred rows, found by their ids, in a table that may grow by a million rows a minute. PostgreSQL's
statistics are then outdated, and it would read the whole table again and again.
"""
CONNECTION_SETTINGS = {
    "sqlite": (f"PRAGMA cache_size = -{SQLITE_CACHE_KIB}", f"PRAGMA wal_autocheckpoint = {SQLITE_CHECKPOINT_PAGES}"),
    "postgresql": tuple(f"SET {option} = off" for option in DISABLED_PLANNER_OPTIONS),
}
"""Settings of the ledger connection, by database."""


class Work(NamedTuple):
    """The work that waits in the ledger.

    Args:
        due_lanes: lanes with due deliveries.
        has_batches: True if an alert has recipients to materialise or deliveries to cancel.
        has_urgent_batches: True if some of these batches must also be processed while mail is sent.
    """

    due_lanes: set[Lane]
    has_batches: bool
    has_urgent_batches: bool


class LedgerStore:
    """Everything the mailer reads and writes; each call returns after its commit. For one thread only.

    Args:
        clock: returns the time.
        home: the home folder, with the marks of restore detection and the transmission journals.
        is_abandoned: returns True if the mailer is gone, so that no caller waits for the result.
        holder: the mailer's name in the ledger; by default a new one.
    """

    def __init__(
        self, clock: Clock, home: Path, is_abandoned: Callable[[], bool] = lambda: False, holder: str = ""
    ) -> None:
        self._clock, self._is_abandoned, self._home = clock, is_abandoned, home
        self.holder = holder or token_hex(8)
        self._restore_detector = MailRestoreDetector(home)
        self._restored: dict[str, object] | None = None
        self._held: set[int] = set()
        self._batch_rows = FIRST_BATCH_ROWS
        self._open_alerts = OpenAlerts()
        self._last_clock_reading: tuple[datetime, float] | None = None
        self._last_generation = 0
        self._directly_claimed: list[Alert] = []
        self._completely_claimed: set[UUID] = set()
        self.is_stale = False
        """True if there is work that the last `find_work` did not return."""

    def take_over(self) -> int:
        """Start this mailer and settle what dead mailers had in flight; return how many deliveries are uncertain."""
        self._connect()
        mailer_status.record_start(self.holder, now=self._clock())
        uncertain = self._settle_dead_holders()
        delete_journals(self._home, keep=self.holder)
        return uncertain

    def _settle_dead_holders(self) -> int:
        """Settle deliveries in flight of dead mailers: pending if not started, else uncertain; return how many are."""
        dead = find_dead_holders(self.holder)
        if not dead:
            return 0
        # A restored database may show deliveries as in flight that were settled since.
        if not self._restore_detector.is_database_restored():
            for holder in dead:
                self._release_unstarted(holder)
        uncertain = mark_orphans_uncertain(now=self._clock(), holders=dead)
        delete_journals(self._home, keep=self.holder)
        return uncertain

    def _release_unstarted(self, holder: str) -> None:
        started = read_started(self._home, holder)
        if started is None:
            return
        if count := release_unstarted(holder, started, now=self._clock()):
            log.warning("%d deliveries of dead mailer %s had not started: they are pending again", count, holder)
            self.is_stale = True

    def record_heartbeat(self, status: dict[str, Any]) -> int:
        """Store this mailer's status, and settle for dead mailers; return how many deliveries are uncertain."""
        return self._retry(partial(self._record_heartbeat, status))

    def _record_heartbeat(self, status: dict[str, Any]) -> int:
        if self._restored:
            status = status | {"restored": self._restored}
        mailer_status.record_heartbeat(self.holder, status, now=self._clock())
        return self._settle_dead_holders()

    def _connect(self) -> None:
        """Connect to the database, and detect whether it was restored meanwhile."""
        acquire_holder_lock(self.holder)
        if reason := self._restore_detector.check():
            self._mark_all_uncertain(reason)
        with connection.cursor() as cursor:
            for setting in CONNECTION_SETTINGS[connection.vendor]:
                cursor.execute(setting)

    def _mark_all_uncertain(self, reason: str) -> None:
        log.critical("database restored (%s): unsent deliveries may have been sent; marking them uncertain", reason)
        now = self._clock()
        count = mark_all_uncertain(now=now)
        self._restore_detector.reset()
        self._restored = {"reason": reason, "at": now.isoformat(), "deliveries": count}
        log.critical("%d deliveries set aside as uncertain; an editor may have them sent; new alerts continue", count)

    def find_work(self) -> Work:
        """Return the work that waits now."""
        return self._retry(self._find_work)

    def _find_work(self) -> Work:
        now = self._clock()
        self._correct_times(now)
        if halted := halt_outdated_alerts(now=now).halted:
            log.info("%d deliveries halted: their post was corrected or withdrawn", halted)
        self._open_alerts, self.is_stale = find_open_alerts(now=now), False
        self._directly_claimed = [
            alert for alert in self._open_alerts.unmaterialised if alert.pk not in self._completely_claimed
        ]
        direct_lanes = {alert.lane for alert in self._directly_claimed}
        must_cancel = bool(self._open_alerts.to_cancel)
        return Work(
            find_due_lanes(self._open_alerts, now=now) | direct_lanes,
            must_cancel or unmaterialised_alerts().exists(),
            must_cancel or self._not_directly_claimed().exists(),
        )

    def _correct_times(self, now: datetime) -> None:
        """Correct times that are too late because a clock was set back, here or on the machine that stored them."""
        last, generation = self._last_clock_reading, current_generation()
        step, self._last_clock_reading = measure_clock_jump(last, now, time.monotonic())
        if last and self._last_clock_reading[1] - last[1] <= MAX_READING_INTERVAL.total_seconds():
            restore_undo_windows(self._last_generation, now=now)
        self._last_generation = generation
        if step < -MIN_CLOCK_JUMP:
            log.warning("the clock was set back by %d s: retries are moved forward by as much", -step.total_seconds())
            shift_retries(step, now=now)
        correct_late_times(now=now)

    def _not_directly_claimed(self) -> QuerySet[Alert]:
        """Return alerts whose recipients must be materialised in any case."""
        return unmaterialised_alerts().exclude(pk__in=[alert.pk for alert in self._directly_claimed])

    def process_batch(self, seconds: float, urgent_only: bool) -> bool:
        """Materialise recipients or cancel deliveries in one transaction.

        Args:
            seconds: about how long it should take.
            urgent_only: True for only the batches that must also be processed while mail is sent.

        Returns:
            False if there was nothing to do.
        """
        return self._retry(partial(self._process_batch, seconds, urgent_only))

    def _process_batch(self, seconds: float, urgent_only: bool) -> bool:
        now, begun, rows = self._clock(), time.perf_counter(), self._batch_rows
        if not any(cancel_unsent_batch(alert, now=now, size=rows) for alert in self._open_alerts.to_cancel):
            alerts = self._not_directly_claimed() if urgent_only else None
            alert = materialise_batch(now=now, size=rows, alerts=alerts)
            if alert is None:
                return False
            self.is_stale = self.is_stale or alert not in self._open_alerts.sendable
        factor = limit_batch_seconds(seconds) / (time.perf_counter() - begun)
        self._batch_rows = int(min(max(rows * min(max(factor, 0.5), 2), MIN_BATCH_ROWS), MAX_BATCH_ROWS))
        return True

    def settle_and_claim(
        self, settled: Sequence[SettledDelivery], lane_limits: Mapping[Lane, int]
    ) -> list[ClaimedDelivery]:
        """Store results, and claim up to `lane_limits` deliveries, in flight from now on."""
        claimed = self._retry(partial(self._settle_and_claim, settled, lane_limits))
        self._held.difference_update(each.delivery_id for each in settled)
        self._held.update(delivery.id for delivery in claimed)
        return claimed

    def _retry(self, call: Callable[[], T]) -> T:
        """Repeat a call while the database is unavailable.

        The commit of a claim may succeed although its reply is lost. Such deliveries are released after the reconnect.
        """
        is_disconnected = False
        for tries_left in reversed(range(MAX_DATABASE_TRIES)):
            try:
                if is_disconnected:
                    self._connect()
                    release_unknown(self.holder, self._held, now=self._clock())
                return call()
            except (OperationalError, InterfaceError) as error:
                if not tries_left or self._is_abandoned() or is_wrong_statement(error):
                    raise
                log.warning("the ledger waits", exc_info=error)
                connection.close()
                is_disconnected = True
                time.sleep(1)
            except DatabaseRestoredError:
                self._mark_all_uncertain("it was restored while the mailer was running")
        raise OperationalError("the database is unavailable")

    def _settle_and_claim(
        self, settled: Sequence[SettledDelivery], lane_limits: Mapping[Lane, int]
    ) -> list[ClaimedDelivery]:
        now = self._clock()
        size = max(lane_limits.values(), default=0)
        counter = 0
        with transaction.atomic():
            if settled:
                lost = len(settled) - settle_held_deliveries(settled, holder=self.holder, now=now)
                if lost:
                    log.error("%d deliveries were marked uncertain while they were sent: they stay uncertain", lost)
                record_deferrals(settled, now=now)
            claimed: list[ClaimedDelivery] = []
            if size:
                claimed = claim_deliveries(
                    size, holder=self.holder, now=now, open_alerts=self._open_alerts, lane_limits=lane_limits
                )
                for alert in tuple(self._directly_claimed):
                    claimed += self._claim_directly(alert, lane_limits, claimed, now)
            claimed, held_back = hold_back_over_budget(claimed, now=now)
            if held_back:
                settle_held_deliveries(held_back, holder=self.holder, now=now)
                self.is_stale = True  # others may be due behind them
            if claimed or settled or held_back:  # after `settled` alone too: see transmission_journal.py
                counter = self._restore_detector.advance()
        if counter:
            self._restore_detector.raise_to(counter)
        return claimed

    def _claim_directly(
        self, alert: Alert, lane_limits: Mapping[Lane, int], claimed: Sequence[ClaimedDelivery], now: datetime
    ) -> Sequence[ClaimedDelivery]:
        """Claim recipients of an alert from its subscriptions, before they are materialised."""
        lane = alert.lane
        limit = lane_limits.get(lane, 0) - sum(delivery.lane is lane for delivery in claimed)
        if limit <= 0:
            return ()
        result = claim_from_subscriptions(alert, limit, holder=self.holder, now=now)
        if not result.has_more:
            self._directly_claimed.remove(alert)
            self._completely_claimed.add(alert.pk)
            self.is_stale = True
        return result.deliveries

    def close(self) -> None:
        """Store that the mailer has ended, and close the database connection."""
        try:
            mailer_status.record_end(self.holder, now=self._clock())
        finally:
            connection.close()
