"""The mailer's loop.

    ledger ──freeze, claim──► bench ──lines──► relay
       ▲                                         │
       └──────────── settle ◄──── outcomes ◄─────┘

A crash anywhere loses nobody: what was not claimed is still waiting, what was claimed and not settled is uncertain.
"""

import asyncio
import logging
import random
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

from django.conf import settings

from stoppress.alerts.ledger.claiming import Parcel
from stoppress.alerts.ledger.settling import Settlement
from stoppress.alerts.mailer.keeping import MailKeeper
from stoppress.alerts.mailer.lines import Carrier, Lines
from stoppress.alerts.mailer.only_one import only_one
from stoppress.alerts.mailer.post_office import PostOffice
from stoppress.alerts.mailer.rules import settlement
from stoppress.alerts.smtp import Outcome, RelayAddress, RelayConnection

log = logging.getLogger(__name__)

LOOK_AGAIN = 1.0
"""Seconds after which the ledger is looked at without any hint (law 2)."""
SWEEP = 15.0
"""Seconds between two looks for what has become too late."""
GRACE = 20.0
"""Seconds that a message being sent gets when the mailer is told to stop."""


def utc_now() -> datetime:
    """The time; every decision gets it passed in."""
    return datetime.now(UTC)


async def run_mailer(
    relay_url: str,
    *,
    stop: asyncio.Event,
    wake: asyncio.Event | None = None,
    clock: Callable[[], datetime] = utc_now,
    chance: Callable[[], float] = random.random,
    grace: float = GRACE,
) -> None:
    """Work off the ledger until `stop` is set; setting `wake` makes it look at once.

    Args:
        relay_url: as RelayAddress.parse takes it; "" keeps mail as files in settings.KEPT_MAIL.

    Raises:
        ValueError: the URL is none.
        AnotherMailer: one is running already.
    """
    make, number = _carriers(relay_url, clock)
    with only_one(Path(settings.HOME)):
        await Mailer(make, number, PostOffice(clock), stop, wake or asyncio.Event(), clock, chance, grace).run()


def _carriers(relay_url: str, clock: Callable[[], datetime]) -> tuple[Callable[[], Carrier], int]:
    if not relay_url:
        return lambda: MailKeeper(Path(settings.KEPT_MAIL), clock), 1
    relay = RelayAddress.parse(relay_url)
    return lambda: RelayConnection(relay), relay.connections


class Mailer:
    """One run of the mailer."""

    def __init__(
        self,
        make: Callable[[], Carrier],
        number: int,
        office: PostOffice,
        stop: asyncio.Event,
        bell: asyncio.Event,
        clock: Callable[[], datetime],
        chance: Callable[[], float],
        grace: float,
    ) -> None:
        self._office, self._stop, self._bell = office, stop, bell
        self._clock, self._chance, self._grace = clock, chance, grace
        self._lines = Lines(make, number, self._came_to, bell.set, chance)
        self._settlements: list[Settlement] = []
        self._news = asyncio.Event()
        self._next_sweep = 0.0

    async def run(self) -> None:
        """From taking over what a dead mailer left to the last settlement."""
        if lost := await self._office.take_over():
            log.warning("%d deliveries were in flight when the last mailer ended: they are uncertain", lost)
        try:
            async with asyncio.TaskGroup() as tasks:
                settler = tasks.create_task(self._settle(), name="settler")
                ringer = tasks.create_task(self._ring_at_stop(), name="stop")
                self._lines.open(tasks)
                await self._feed()
                await self._lines.close(self._grace)
                settler.cancel()
                ringer.cancel()
        finally:
            await self._settle_news()  # also when something failed: what is known must not become uncertain
            await self._office.close()

    async def _feed(self) -> None:
        """Keep the bench filled until told to stop."""
        while not self._stop.is_set():
            self._bell.clear()
            froze = await self._office.freeze()
            claimed = await self._claim()
            await self._sweep()
            if not froze and not claimed:
                await self._rest()

    async def _claim(self) -> bool:
        """Take up a window, if there is anything to send, room on the bench and a line to send it."""
        room = self._lines.room
        if room < self._lines.half or not await self._office.anything_due():
            return False
        if not self._lines.up:
            await self._lines.call()
            return False
        consignments = await self._office.claim(room)
        await self._lines.add(consignments)
        return bool(consignments)

    async def _sweep(self) -> None:
        now = asyncio.get_running_loop().time()
        if now >= self._next_sweep:
            self._next_sweep = now + SWEEP
            await self._office.expire()

    async def _rest(self) -> None:
        """Until somebody rings, at most a second."""
        try:
            async with asyncio.timeout(LOOK_AGAIN):
                await self._bell.wait()
        except TimeoutError:
            return

    async def _ring_at_stop(self) -> None:
        await self._stop.wait()
        self._bell.set()

    def _came_to(self, parcel: Parcel, outcome: Outcome) -> None:
        letting_go = self._stop.is_set()
        now = self._clock()
        self._settlements.append(settlement(parcel, outcome, now=now, chance=self._chance, letting_go=letting_go))
        self._news.set()

    async def _settle(self) -> None:
        """Write outcomes down as they come; while one batch is written the next one gathers."""
        while True:
            await self._news.wait()
            await asyncio.shield(self._settle_news())

    async def _settle_news(self) -> None:
        self._news.clear()
        settlements, self._settlements = self._settlements, []
        await self._office.settle(settlements)
