"""The mailer's loop.

    ledger ──freeze, claim──► bench ──lines──► relays
       ▲                                         │
       └──────────── settle ◄──── outcomes ◄─────┘

A crash anywhere loses nobody: what was not claimed, or not begun on a connection (begun_journal.py), is still waiting;
what was begun and not settled is uncertain, and never more than WINDOW per line.
"""

import asyncio
import logging
import random
from collections import Counter
from collections.abc import Callable, Sequence
from contextlib import nullcontext
from datetime import datetime
from pathlib import Path
from secrets import token_hex
from time import monotonic

from django.conf import settings

from stoppress.delivery.choices import Lane
from stoppress.delivery.relays.circuit_breaker import CircuitBreaker
from stoppress.delivery.relays.file_backend import FileBackend
from stoppress.delivery.relays.mail_transport import MailTransport
from stoppress.delivery.relays.message_factory import MessageFactory
from stoppress.delivery.relays.relay_pool import RelayPools, RelayPool, SendContext
from stoppress.delivery.relays.send_queue import SendQueue
from stoppress.delivery.sender.interactive_pause import InteractivePause
from stoppress.delivery.sender.ledger_client import LedgerBackend, LedgerClient, LedgerThread
from stoppress.delivery.sender.ledger_store import LedgerStore
from stoppress.delivery.sender.mailer_lock import hold_mailer_lock
from stoppress.delivery.sender.settlement_rules import settle_accepted, postpone, settle_outcome
from stoppress.delivery.sender.transmission_journal import TransmissionJournal
from stoppress.delivery.transitions.claim_deliveries import ClaimedDelivery
from stoppress.delivery.transitions.settle import SettledDelivery
from stoppress.runtime.clock import utc_now
from stoppress.smtp import Accepted, Outcome, RelayAddress, RelayConnection

log = logging.getLogger(__name__)

POLL_SECONDS = 1.0
"""Seconds after which the ledger is looked at without any hint (law 2)."""
GATHER_SECONDS = 0.016
"""Seconds that outcomes wait for others, so that they are written down together; half of those in flight are enough."""
SLICE_SECONDS = 0.012
"""Seconds for a slice of recipients: what is under way meanwhile should not run out."""
LEDGER_SHARE = 3
"""Beside sending, writing recipients down gets one part in so many of the ledger's time: enough to stay ahead."""
HEARTBEAT_SECONDS, IDLE_HEARTBEAT_SECONDS = 2.0, 10.0
"""Seconds after which a mailer says how it does, at work and at rest."""
ORPHANED_MESSAGE = "%d deliveries were on their way with a mailer that is no more: they are uncertain"
STOP_GRACE_SECONDS = 20.0
"""Seconds that messages being sent get when the mailer is told to stop."""


async def run_mailer(
    relays: Sequence[RelayAddress],
    *,
    stop: asyncio.Event,
    wake: asyncio.Event | None = None,
    clock: Callable[[], datetime] = utc_now,
    chance: Callable[[], float] = random.random,
    grace: float = STOP_GRACE_SECONDS,
    pause: InteractivePause | None = None,
    clerk: LedgerBackend | None = None,
    holder: str = "",
) -> None:
    """Work off the ledger until `stop` is set; setting `wake` makes it look at once.

    Args:
        relays: the relays to send through; without any, mail is kept as files in settings.KEPT_MAIL.
        pause: what holds mail back for a moment.
        clerk: who has the books, if the caller is the `only_one` already; by default a thread.
        holder: the mailer's name in the ledger, as the clerk's books have it; by default a new one.

    Raises:
        AnotherMailer: one is running already.
    """
    pause = pause or InteractivePause()
    ways = _relays(relays, clock, pause)
    home = Path(settings.HOME)
    with nullcontext() if clerk else hold_mailer_lock(home):
        holder = holder or token_hex(8)
        clerk = clerk or LedgerThread(LedgerStore(clock, home, holder=holder))
        journal = TransmissionJournal.create(home, holder)
        try:
            await Mailer(ways, stop, wake or asyncio.Event(), clock, chance, grace, pause, clerk, journal).run()
        finally:
            journal.close()


RelayFactory = tuple[str, Callable[[], MailTransport], int]
"""Name, what makes a connection, how many at most."""


def _relays(relays: Sequence[RelayAddress], clock: Callable[[], datetime], pause: InteractivePause) -> list[RelayFactory]:
    if not relays:
        return [("the mail folder", lambda: FileBackend(Path(settings.KEPT_MAIL), clock), 1)]
    return [_relay(address, pause) for address in relays]


def _relay(address: RelayAddress, pause: InteractivePause) -> RelayFactory:
    return str(address), lambda: RelayConnection(address, pause=pause), address.connections


class Mailer:
    """One run of the mailer."""

    def __init__(
        self,
        relays: list[RelayFactory],
        stop: asyncio.Event,
        wake: asyncio.Event,
        clock: Callable[[], datetime],
        chance: Callable[[], float],
        grace: float,
        pause: InteractivePause,
        clerk: LedgerBackend,
        journal: TransmissionJournal,
    ) -> None:
        self._stop, self._wake, self._pause = stop, wake, pause
        self._clock, self._chance, self._grace = clock, chance, grace
        self._journal = journal
        copies = MessageFactory()
        self._bell, self._gathered = asyncio.Event(), asyncio.Event()
        yard = SendContext(SendQueue(), copies, CircuitBreaker(), self._came_to, self._put_off, self._bell.set, chance, journal.mark_started)
        self._lines = RelayPools([RelayPool(*relay, yard) for relay in relays], yard)
        self._held: dict[int, Lane] = {}
        self._office = LedgerClient(clerk, copies)
        self._settlements: list[SettledDelivery] = []
        self._enough = 1
        self._next_look = self._next_beat = self._tidy_at = 0.0
        self._rate = SettlementRate()
        self._due: set[Lane] = set()
        self._untidy = self._pressing = False

    async def run(self) -> None:
        """From taking over what a dead mailer left to the last settlement."""
        if lost := await self._office.take_over():
            log.warning(ORPHANED_MESSAGE, lost)
        try:
            async with asyncio.TaskGroup() as tasks:
                listening = [tasks.create_task(self._heed(event)) for event in (self._stop, self._wake)]
                self._lines.open(tasks)
                while not self._stop.is_set():
                    await self._step()
                await self._lines.close(self._grace)
                for task in listening:
                    task.cancel()
        finally:
            await self._turn({})  # also when something failed: what is known must not become uncertain
            await self._office.close()

    async def _heed(self, event: asyncio.Event) -> None:
        """Look at once whenever this is set; what is set once and for all is heeded once."""
        while await event.wait():
            self._next_look = 0.0
            self._bell.set()
            if event is self._stop:
                return
            event.clear()

    async def _step(self) -> None:
        """A turn if one would do anything, else a slice of recipients, else a rest."""
        await self._pause.wait_until_over()
        self._bell.clear()
        if asyncio.get_running_loop().time() >= self._next_look:
            await self._look()
        self._lines.clear_if_down()
        free = self._lines.rooms(self._under_way()) if self._due else {}
        rooms = {lane: room for lane, room in free.items() if room and lane in self._due}
        if self._settlements or rooms:
            await self._turn(rooms)
            if self._pressing and monotonic() >= self._tidy_at:
                await self._tidy(pressing=True)
            await self._gather()
        elif self._untidy:
            await self._tidy()
        else:
            await self._rest()

    def _under_way(self) -> Counter[Lane]:
        """What is in flight, without what the next turn settles before it takes up more."""
        under_way = Counter(self._held.values())
        under_way.subtract(self._held[settled.delivery_id] for settled in self._settlements)
        return under_way

    async def _look(self) -> None:
        self._next_look = asyncio.get_running_loop().time() + POLL_SECONDS
        self._due, self._untidy, self._pressing = await self._office.find_work()
        await self._beat()
        if self._due and not self._lines.up:
            self._lines.call()

    async def _beat(self) -> None:
        now = asyncio.get_running_loop().time()
        if now < self._next_beat:
            return
        figures = self._lines.figures() | {"rate": round(self._rate.since(now), 1), "in_flight": len(self._held)}
        self._next_beat = now + (HEARTBEAT_SECONDS if self._held else IDLE_HEARTBEAT_SECONDS)
        if lost := await self._office.beat(figures):
            log.warning(ORPHANED_MESSAGE, lost)

    async def _turn(self, rooms: dict[Lane, int]) -> None:
        """Write down what is known, and take up what there is room for."""
        settlements, self._settlements = self._settlements, []
        try:
            parcels = await asyncio.shield(self._office.turn(settlements, rooms))
        except BaseException:
            self._settlements = settlements + self._settlements
            raise
        self._rate.count += len(settlements)
        self._journal.clear(done.delivery_id for done in settlements)
        for done in settlements:
            del self._held[done.delivery_id]
        self._held.update((parcel.id, parcel.lane) for parcel in parcels)
        if self._office.stale:
            self._next_look = 0.0
        self._due -= rooms.keys() - {parcel.lane for parcel in parcels}
        self._lines.add(parcels)

    async def _tidy(self, *, pressing: bool = False) -> None:
        """Write down some more recipients: then there is more to send."""
        begun = monotonic()
        left = await self._office.tidy(SLICE_SECONDS, pressing=pressing)
        self._untidy, self._pressing = left or (pressing and self._untidy), left and self._pressing
        self._tidy_at = monotonic() + (LEDGER_SHARE - 1) * (monotonic() - begun)
        if self._office.stale:
            self._next_look = 0.0

    async def _gather(self) -> None:
        """Wait a moment for outcomes, so that many are written down together."""
        self._enough = len(self._held) // 2
        if len(self._settlements) < self._enough:
            self._gathered.clear()
            await _set(self._gathered, GATHER_SECONDS)

    async def _rest(self) -> None:
        """Until something happens, or it is time to look again."""
        await _set(self._bell, max(0.0, self._next_look - asyncio.get_running_loop().time()))

    def _came_to(self, parcel: ClaimedDelivery, outcome: Outcome) -> None:
        if type(outcome) is Accepted:
            self._note(settle_accepted(parcel, outcome))
            return
        letting_go = self._stop.is_set()
        now = self._clock()
        self._note(settle_outcome(parcel, outcome, now=now, chance=self._chance, letting_go=letting_go))

    def _put_off(self, parcel: ClaimedDelivery, seconds: float, reason: str) -> None:
        self._note(postpone(parcel, seconds, reason, now=self._clock()))

    def _note(self, settled: SettledDelivery) -> None:
        self._settlements.append(settled)
        if len(self._settlements) >= self._enough:
            self._gathered.set()
        self._bell.set()


class SettlementRate:
    """Deliveries settled per second, since it was last asked."""

    def __init__(self) -> None:
        self.count, self._asked = 0, 0.0

    def since(self, now: float) -> float:
        """The rate until `now` (seconds of the loop's clock); begins again."""
        rate = self.count / max(now - self._asked, 0.001) if self._asked else 0.0
        self.count, self._asked = 0, now
        return rate


async def _set(event: asyncio.Event, seconds: float) -> None:
    """Wait for an event, but not longer."""
    try:
        async with asyncio.timeout(seconds):
            await event.wait()
    except TimeoutError:
        return
