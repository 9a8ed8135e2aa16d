"""The mailer's loop.

    ledger ──materialise, claim──► send queue ──connections──► relays
       ▲                                                         │
       └──────────────────────── settle ◄─────── outcomes ◄──────┘

A crash loses no delivery. What was not claimed, or not started on a connection (transmission_journal.py), still waits.
What was started and not settled is uncertain: at most `MAX_CLAIMED_PER_CONNECTION` for each connection.
"""

import asyncio
import logging
import random
from collections import Counter
from collections.abc import Callable, Sequence
from contextlib import nullcontext
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from secrets import token_hex
from time import monotonic

from django.conf import settings

from stoppress.delivery.choices import Lane
from stoppress.delivery.relays.circuit_breaker import CircuitBreaker
from stoppress.delivery.relays.file_backend import FileBackend
from stoppress.delivery.relays.mail_transport import RelayConfig
from stoppress.delivery.relays.message_factory import MessageFactory
from stoppress.delivery.relays.relay_pools import RelayPools
from stoppress.delivery.relays.send_context import SendContext
from stoppress.delivery.relays.send_queue import SendQueue
from stoppress.delivery.sender.interactive_pause import InteractivePause
from stoppress.delivery.sender.ledger_client import LedgerBackend, LedgerClient, LedgerThread
from stoppress.delivery.sender.ledger_store import LedgerStore
from stoppress.delivery.sender.mailer_lock import hold_mailer_lock
from stoppress.delivery.sender.settlement_rules import postpone, settle_accepted, settle_outcome
from stoppress.delivery.sender.transmission_journal import TransmissionJournal
from stoppress.delivery.transitions.claim_deliveries import ClaimedDelivery
from stoppress.delivery.transitions.settle import SettledDelivery
from stoppress.runtime.clock import utc_now
from stoppress.runtime.processes.child_process import STOP_TIMEOUT_SECONDS
from stoppress.smtp import Accepted, Outcome, RelayAddress, RelayConnection

log = logging.getLogger(__name__)

POLL_SECONDS = 1.0
"""Interval of queries for work without a notification (law 2)."""
GATHER_SECONDS = 0.016
"""How long outcomes wait for others, so that one transaction stores them; half of those in flight are enough."""
BATCH_SECONDS = 0.012
"""Length of a batch of recipients: the messages in transmission should not run out meanwhile."""
LEDGER_SHARE = 3
"""While mail is sent, batches of recipients get one part in three of the ledger's time: enough to stay ahead."""
HEARTBEAT_SECONDS, IDLE_HEARTBEAT_SECONDS = 2.0, 10.0
"""Intervals in which the mailer stores its status, at work and when idle."""
STOP_GRACE_SECONDS = STOP_TIMEOUT_SECONDS - 2.0
"""How long a stopping mailer waits for replies; then it must settle before its parent process kills it."""


@dataclass(frozen=True)
class MailerOptions:
    """What a caller may set for a run of the mailer.

    Args:
        stop: set to stop the mailer.
        wake: set to make it query for work at once.
        pause: during which nothing is sent.
        clock: returns the time.
        random_fraction: returns a number from 0 to 1.
        grace_seconds: how long a stop waits for the replies to started messages.
    """

    stop: asyncio.Event
    wake: asyncio.Event = field(default_factory=asyncio.Event)
    pause: InteractivePause = field(default_factory=InteractivePause)
    clock: Callable[[], datetime] = utc_now
    random_fraction: Callable[[], float] = random.random
    grace_seconds: float = STOP_GRACE_SECONDS


async def run_mailer(
    relays: Sequence[RelayAddress],
    options: MailerOptions,
    *,
    backend: LedgerBackend | None = None,
    holder: str = "",
) -> None:
    """Send the deliveries in the ledger until `options.stop` is set.

    Args:
        relays: the relays to send through; without any, mail is stored as files in settings.KEPT_MAIL.
        options: events, clock and limits.
        backend: runs the ledger store, if the caller holds the mailer's lock already; by default a thread.
        holder: the mailer's name in the ledger, the same as in the backend's store; by default a new one.

    Raises:
        MailerAlreadyRunningError: another mailer is running.
    """
    configs = _relay_configs(relays, options)
    home = Path(settings.HOME)
    with nullcontext() if backend else hold_mailer_lock(home):
        holder = holder or token_hex(8)
        backend = backend or LedgerThread(LedgerStore(options.clock, home, holder=holder))
        journal = TransmissionJournal.create(home, holder)
        try:
            await Mailer(configs, options, backend, journal).run()
        finally:
            journal.close()


def _relay_configs(relays: Sequence[RelayAddress], options: MailerOptions) -> list[RelayConfig]:
    if not relays:
        return [RelayConfig("the mail folder", lambda: FileBackend(Path(settings.KEPT_MAIL), options.clock), 1)]
    return [_relay_config(address, options.pause) for address in relays]


def _relay_config(address: RelayAddress, pause: InteractivePause) -> RelayConfig:
    return RelayConfig(str(address), lambda: RelayConnection(address, pause=pause), address.connections)


class Mailer:
    """One run of the mailer."""

    def __init__(
        self,
        relays: Sequence[RelayConfig],
        options: MailerOptions,
        backend: LedgerBackend,
        journal: TransmissionJournal,
    ) -> None:
        self._options, self._journal = options, journal
        messages = MessageFactory()
        self._ledger = LedgerClient(backend, messages)
        self._work_changed, self._outcomes_gathered = asyncio.Event(), asyncio.Event()
        context = SendContext(
            queue=SendQueue(),
            messages=messages,
            breaker=CircuitBreaker(),
            report=self._report,
            postpone=self._postpone,
            on_change=self._work_changed.set,
            random_fraction=options.random_fraction,
            mark_started=journal.mark_started,
        )
        self._relays = RelayPools(relays, context)
        self._in_flight: dict[int, Lane] = {}
        self._settled: list[SettledDelivery] = []
        self._enough_settled = 1
        self._next_poll = self._next_heartbeat = self._next_urgent_batch = 0.0
        self._rate = SettlementRate()
        self._due_lanes: set[Lane] = set()
        self._has_batches = self._has_urgent_batches = False

    async def run(self) -> None:
        """Settle what dead mailers left, send until the stop, and settle everything."""
        _log_orphans(await self._ledger.take_over())
        try:
            async with asyncio.TaskGroup() as tasks:
                events = (self._options.stop, self._options.wake)
                watchers = [tasks.create_task(self._watch(event)) for event in events]
                self._relays.open(tasks)
                while not self._options.stop.is_set():
                    await self._step()
                await self._relays.close(self._options.grace_seconds)
                for task in watchers:
                    task.cancel()
        finally:
            await self._settle_and_claim({})  # also after an error: known outcomes must not become uncertain
            await self._ledger.close()

    async def _watch(self, event: asyncio.Event) -> None:
        """Query for work whenever the event is set; `stop` stays set and is processed once."""
        while await event.wait():
            self._next_poll = 0.0
            self._work_changed.set()
            if event is self._options.stop:
                return
            event.clear()

    async def _step(self) -> None:
        """Settle and claim if there is anything to do, else process a batch of recipients, else wait."""
        await self._options.pause.wait_until_over()
        self._work_changed.clear()
        if asyncio.get_running_loop().time() >= self._next_poll:
            await self._find_work()
        self._relays.return_queue_if_disconnected()
        capacity = self._relays.free_capacity(self._count_in_flight()) if self._due_lanes else {}
        lane_limits = {lane: limit for lane, limit in capacity.items() if limit and lane in self._due_lanes}
        if self._settled or lane_limits:
            await self._settle_and_claim(lane_limits)
            if self._has_urgent_batches and monotonic() >= self._next_urgent_batch:
                await self._process_batch(urgent_only=True)
            await self._gather_outcomes()
        elif self._has_batches:
            await self._process_batch()
        else:
            remaining = self._next_poll - asyncio.get_running_loop().time()
            await _wait_for_event(self._work_changed, max(0.0, remaining))

    def _count_in_flight(self) -> Counter[Lane]:
        """Count deliveries in flight by lane, without those that the next transaction settles before it claims."""
        in_flight = Counter(self._in_flight.values())
        in_flight.subtract(self._in_flight[settled.delivery_id] for settled in self._settled)
        return in_flight

    async def _find_work(self) -> None:
        self._next_poll = asyncio.get_running_loop().time() + POLL_SECONDS
        self._due_lanes, self._has_batches, self._has_urgent_batches = await self._ledger.find_work()
        await self._record_heartbeat()
        if self._due_lanes and not self._relays.open_connections:
            self._relays.connect()

    async def _record_heartbeat(self) -> None:
        now = asyncio.get_running_loop().time()
        if now < self._next_heartbeat:
            return
        status = self._relays.status()
        status |= {"rate": round(self._rate.since_last_call(now), 1), "in_flight": len(self._in_flight)}
        self._next_heartbeat = now + (HEARTBEAT_SECONDS if self._in_flight else IDLE_HEARTBEAT_SECONDS)
        _log_orphans(await self._ledger.record_heartbeat(status))

    async def _settle_and_claim(self, lane_limits: dict[Lane, int]) -> None:
        """Store the known results, and claim up to `lane_limits` deliveries."""
        settled, self._settled = self._settled, []
        try:
            claimed = await asyncio.shield(self._ledger.settle_and_claim(settled, lane_limits))
        except BaseException:
            self._settled = settled + self._settled
            raise
        self._rate.count += len(settled)
        self._journal.clear(each.delivery_id for each in settled)
        for each in settled:
            del self._in_flight[each.delivery_id]
        self._in_flight.update((delivery.id, delivery.lane) for delivery in claimed)
        if self._ledger.is_stale:
            self._next_poll = 0.0
        self._due_lanes -= lane_limits.keys() - {delivery.lane for delivery in claimed}
        self._relays.add(claimed)

    async def _process_batch(self, *, urgent_only: bool = False) -> None:
        """Materialise or cancel a batch of recipients, so that there is more to send."""
        begun = monotonic()
        has_more = await self._ledger.process_batch(BATCH_SECONDS, urgent_only=urgent_only)
        self._has_batches = has_more or (urgent_only and self._has_batches)
        self._has_urgent_batches = has_more and self._has_urgent_batches
        self._next_urgent_batch = monotonic() + (LEDGER_SHARE - 1) * (monotonic() - begun)
        if self._ledger.is_stale:
            self._next_poll = 0.0

    async def _gather_outcomes(self) -> None:
        """Wait a moment for outcomes, so that one transaction stores many."""
        self._enough_settled = len(self._in_flight) // 2
        if len(self._settled) < self._enough_settled:
            self._outcomes_gathered.clear()
            await _wait_for_event(self._outcomes_gathered, GATHER_SECONDS)

    def _report(self, delivery: ClaimedDelivery, outcome: Outcome) -> None:
        if type(outcome) is Accepted:
            self._add_settled(settle_accepted(delivery, outcome))
            return
        settled = settle_outcome(
            delivery,
            outcome,
            now=self._options.clock(),
            random_fraction=self._options.random_fraction,
            is_stopping=self._options.stop.is_set(),
        )
        self._add_settled(settled)

    def _postpone(self, delivery: ClaimedDelivery, seconds: float, reason: str) -> None:
        self._add_settled(postpone(delivery, seconds, reason, now=self._options.clock()))

    def _add_settled(self, settled: SettledDelivery) -> None:
        self._settled.append(settled)
        if len(self._settled) >= self._enough_settled:
            self._outcomes_gathered.set()
        self._work_changed.set()


class SettlementRate:
    """Deliveries settled per second; increment `count` for each."""

    def __init__(self) -> None:
        self.count, self._last_call_at = 0, 0.0

    def since_last_call(self, now: float) -> float:
        """Return the rate since the last call, and start again; `now` in seconds of the loop's clock."""
        rate = self.count / max(now - self._last_call_at, 0.001) if self._last_call_at else 0.0
        self.count, self._last_call_at = 0, now
        return rate


def _log_orphans(uncertain: int) -> None:
    if uncertain:
        log.warning("%d deliveries of dead mailers were in flight: they are uncertain", uncertain)


async def _wait_for_event(event: asyncio.Event, seconds: float) -> None:
    """Wait until the event is set, at most `seconds`."""
    try:
        async with asyncio.timeout(seconds):
            await event.wait()
    except TimeoutError:
        return
