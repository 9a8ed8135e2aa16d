"""What the mailer reads and writes in the ledger, step by step; whoever calls waits for the disk.

One *turn* is one transaction: what became of messages is written down, and the next ones are taken up. So a turn costs
one wait for the disk, however many messages it moves.
"""

import logging
import time
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from functools import partial
from pathlib import Path
from secrets import token_hex
from typing import Any, TypeVar
from uuid import UUID

from django.db import InterfaceError, OperationalError, connection, transaction
from django.db.models import QuerySet

from stoppress.delivery import mailer_status
from stoppress.delivery.choices import Lane, Urgency
from stoppress.delivery.ledger.open_alerts import OpenAlerts, find_open_alerts, lane_for_urgency, find_due_lanes
from stoppress.delivery.models import Alert
from stoppress.delivery.recipients.materialise_recipients import materialise_batch, unmaterialised_alerts
from stoppress.delivery.recipients.send_order import current_generation
from stoppress.delivery.sender.mailer_lock import find_dead_holders, acquire_holder_lock
from stoppress.delivery.sender.peers import limit_slice_seconds
from stoppress.delivery.sender.restore_detection import MailRestoreDetector, DatabaseRestoredError
from stoppress.delivery.sender.transmission_journal import delete_journals, read_started
from stoppress.delivery.transitions.cancel_unsent import cancel_unsent_batch
from stoppress.delivery.transitions.claim_deliveries import ClaimedDelivery, claim_deliveries
from stoppress.delivery.transitions.claim_subscribers import claim_from_subscriptions
from stoppress.delivery.transitions.clock_jumps import (
    MAX_READING_INTERVAL,
    MIN_CLOCK_JUMP,
    restore_undo_windows,
    measure_clock_jump,
    correct_late_times,
    shift_retries,
)
from stoppress.delivery.transitions.halt import halt_outdated_alerts
from stoppress.delivery.transitions.mark_uncertain import mark_all_uncertain
from stoppress.delivery.transitions.settle import SettledDelivery, release_unknown, mark_orphans_uncertain, release_unstarted, settle_held_deliveries

log = logging.getLogger(__name__)
T = TypeVar("T")
Clock = Callable[[], datetime]

MAX_DATABASE_TRIES = 60
"""How often a turn is tried, a second apart, while the database does not answer: what is known must not become
uncertain for that."""
FIRST_SLICE_ROWS, MIN_SLICE_ROWS, MAX_SLICE_ROWS = 500, 200, 20_000
"""Rows that are frozen or closed in one transaction: few at first, then as many as the time allows."""

SQLITE_CACHE_KIB, SQLITE_CHECKPOINT_PAGES = 32_768, 4_000
"""SQLite: KiB of pages kept in memory; pages after which the log is written back, which is work for the disk."""
DISABLED_PLANNER_OPTIONS = ("jit", "enable_seqscan", "enable_bitmapscan", "enable_hashjoin", "enable_mergejoin")
"""PostgreSQL: ways to read much at once. Windows are some hundred rows, found by their ids, in a table that grows by a
million rows a minute: what PostgreSQL knows of it is out of date, and it would read all of it over and over."""
CONNECTION_SETTINGS = {
    "sqlite": (f"PRAGMA cache_size = -{SQLITE_CACHE_KIB}", f"PRAGMA wal_autocheckpoint = {SQLITE_CHECKPOINT_PAGES}"),
    "postgresql": tuple(f"SET {way} = off" for way in DISABLED_PLANNER_OPTIONS),
}
"""Of the books' own connection, by database."""


class LedgerStore:
    """Everything the mailer reads and writes. Each call returns when it is committed. For one thread alone.

    Args:
        home: where the fence stands.
        given_up: whether nobody waits for the answer any more: the mailer is gone.
        holder: the mailer's name in the ledger; by default a new one.
    """

    def __init__(
        self, clock: Clock, home: Path, given_up: Callable[[], bool] = lambda: False, holder: str = ""
    ) -> None:
        self._clock, self._given_up, self._home = clock, given_up, home
        self.holder = holder or token_hex(8)
        self._restore_detector = MailRestoreDetector(home)
        self._told: dict[str, object] | None = None
        self._held: set[int] = set()
        self._slice = FIRST_SLICE_ROWS
        self._docket = OpenAlerts()
        self._last_look: tuple[datetime, float] | None = None
        self._last_generation = 0
        self._boarding: list[Alert] = []
        self._boarded_out: set[UUID] = set()
        self.stale = False
        """More is open than was found by the last look."""

    def take_over(self) -> int:
        """Begin: what an earlier mailer had begun and not settled is uncertain now. Returns how many that were."""
        self._connect()
        mailer_status.record_start(self.holder, now=self._clock())
        lost = self._bury()
        delete_journals(self._home, keep=self.holder)
        return lost

    def _bury(self) -> int:
        """What dead mailers had in flight waits again if it had not begun, and is uncertain otherwise."""
        dead = find_dead_holders(self.holder)
        if not dead:
            return 0
        if not self._restore_detector.is_database_restored():  # a database from the past may have in flight what was settled since
            for holder in dead:
                self._return_unbegun(holder)
        lost = mark_orphans_uncertain(now=self._clock(), holders=dead)
        delete_journals(self._home, keep=self.holder)
        return lost

    def _return_unbegun(self, holder: str) -> None:
        begun = read_started(self._home, holder)
        if begun is None:
            return
        if count := release_unstarted(holder, begun, now=self._clock()):
            log.warning("%d deliveries of mailer %s had not begun when it ended: they are pending again", count, holder)
            self.stale = True

    def beat(self, figures: dict[str, Any]) -> int:
        """Say that we live, and look for mailers that do not; how many deliveries they leave uncertain."""
        return self._surely(partial(self._beat, figures))

    def _beat(self, figures: dict[str, Any]) -> int:
        mailer_status.record_heartbeat(self.holder, figures | ({"fence": self._told} if self._told else {}), now=self._clock())
        return self._bury()

    def _connect(self) -> None:
        """Get hold of the database, as it is now: it may have been put back while we were away."""
        acquire_holder_lock(self.holder)
        if why := self._restore_detector.check():
            self._set_aside(why)
        with connection.cursor() as cursor:
            for setting in CONNECTION_SETTINGS[connection.vendor]:
                cursor.execute(setting)

    def _set_aside(self, why: str) -> None:
        log.critical("%s: what waits in it may have left already, and is set aside as uncertain", why)
        now = self._clock()
        count = mark_all_uncertain(now=now)
        self._restore_detector.reset()
        self._told = {"why": why, "at": now.isoformat(), "deliveries": count}
        log.critical("%d deliveries were set aside; an editor may have them sent. New alerts go on", count)

    def find_work(self) -> tuple[set[Lane], bool, bool]:
        """See what waits: in which lanes anything is due, whether there is an alert to freeze or to close, and whether
        that should be done beside sending, too."""
        return self._surely(self._find_work)

    def _find_work(self) -> tuple[set[Lane], bool, bool]:
        now = self._clock()
        self._mend_times(now)
        if stopped := halt_outdated_alerts(now=now).halted:
            log.info("%d deliveries halted: their post was corrected or withdrawn", stopped)
        self._docket, self.stale = find_open_alerts(now=now), False
        self._boarding = [alert for alert in self._docket.unmaterialised if alert.pk not in self._boarded_out]
        boarding = {lane_for_urgency(Urgency(alert.urgency)) for alert in self._boarding}
        untidy, pressing = bool(self._docket.to_cancel) or unmaterialised_alerts().exists(), self._not_boarding().exists()
        return find_due_lanes(self._docket, now=now) | boarding, untidy, bool(self._docket.to_cancel) or pressing

    def _mend_times(self, now: datetime) -> None:
        """Pull back what would wait because a clock was put back, here or on the machine that stored the time."""
        last, generation = self._last_look, current_generation()
        step, self._last_look = measure_clock_jump(last, now, time.monotonic())
        if last and self._last_look[1] - last[1] <= MAX_READING_INTERVAL.total_seconds():
            restore_undo_windows(self._last_generation, now=now)
        self._last_generation = generation
        if step < -MIN_CLOCK_JUMP:
            log.warning("the clock was put back by %d s: next tries are pulled back by as much", -step.total_seconds())
            shift_retries(step, now=now)
        correct_late_times(now=now)

    def _not_boarding(self) -> QuerySet[Alert]:
        """Alerts that must be written down whatever else is to be done."""
        return unmaterialised_alerts().exclude(pk__in=[alert.pk for alert in self._boarding])

    def tidy(self, seconds: float, pressing: bool) -> bool:
        """Freeze or close one slice that should take about so long; False if there is nothing to do.

        Args:
            pressing: only what must be done beside sending, too.
        """
        return self._surely(partial(self._tidy, seconds, pressing))

    def _tidy(self, seconds: float, pressing: bool) -> bool:
        now, begun = self._clock(), time.perf_counter()
        if not any(cancel_unsent_batch(alert, now=now, size=self._slice) for alert in self._docket.to_cancel):
            alert = materialise_batch(now=now, size=self._slice, alerts=self._not_boarding() if pressing else None)
            if alert is None:
                return False
            self.stale = self.stale or alert not in self._docket.open
        share = limit_slice_seconds(seconds) / (time.perf_counter() - begun)
        self._slice = int(min(max(self._slice * min(max(share, 0.5), 2), MIN_SLICE_ROWS), MAX_SLICE_ROWS))
        return True

    def turn(self, settlements: Sequence[SettledDelivery], rooms: Mapping[Lane, int]) -> list[ClaimedDelivery]:
        """Write down what became of messages, and take up the next, in flight from now on."""
        parcels = self._surely(partial(self._turned, settlements, rooms))
        self._held.difference_update(settled.delivery_id for settled in settlements)
        self._held.update(parcel.id for parcel in parcels)
        return parcels

    def _surely(self, act: Callable[[], T]) -> T:
        """Do it again while the database does not answer. What was taken up without our hearing of it goes back."""
        lost = False
        for tries_left in reversed(range(MAX_DATABASE_TRIES)):
            try:
                if lost:
                    self._connect()
                    release_unknown(self.holder, self._held, now=self._clock())
                return act()
            except (OperationalError, InterfaceError) as error:
                if not tries_left or self._given_up():
                    raise
                log.warning("the database does not answer, the ledger waits: %s", str(error).strip())
                connection.close()
                lost = True
                time.sleep(1)
            except DatabaseRestoredError:
                self._set_aside("the database has been put back under a running mailer")
        raise OperationalError("the database does not answer")

    def _turned(self, settlements: Sequence[SettledDelivery], rooms: Mapping[Lane, int]) -> list[ClaimedDelivery]:
        now = self._clock()
        size = max(rooms.values(), default=0)
        number = 0
        with transaction.atomic():
            if settlements:
                lost = len(settlements) - settle_held_deliveries(settlements, holder=self.holder, now=now)
                if lost:
                    log.error("%d deliveries were taken for lost while they were under way: they stay uncertain", lost)
            parcels = []
            if size:
                parcels = claim_deliveries(size, holder=self.holder, now=now, open_alerts=self._docket, lane_limits=rooms)
                for alert in tuple(self._boarding):
                    parcels += self._boarded(alert, rooms, parcels, now)
            if parcels or settlements:  # settlements too: see begun_journal.py
                number = self._restore_detector.advance()
        if number:
            self._restore_detector.raise_to(number)
        return parcels

    def _boarded(
        self, alert: Alert, rooms: Mapping[Lane, int], parcels: Sequence[ClaimedDelivery], now: datetime
    ) -> Sequence[ClaimedDelivery]:
        lane = lane_for_urgency(Urgency(alert.urgency))
        room = rooms.get(lane, 0) - sum(parcel.lane is lane for parcel in parcels)
        if room <= 0:
            return ()
        boarded = claim_from_subscriptions(alert, room, holder=self.holder, now=now)
        if not boarded.has_more:
            self._boarding.remove(alert)
            self._boarded_out.add(alert.pk)
            self.stale = True
        return boarded.deliveries

    def close(self) -> None:
        """Let go of the database."""
        try:
            mailer_status.record_end(self.holder, now=self._clock())
        finally:
            connection.close()
