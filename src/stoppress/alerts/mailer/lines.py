"""Lines to the relay: each holds one connection and sends what lies on the bench, one message after the other.

A line connects only when there is work, and hangs up when there was none for a while. If the relay fails, all lines
wait together, longer every time; what lay on the bench goes back into the ledger meanwhile.
"""

import asyncio
import logging
from collections import deque
from collections.abc import Callable
from typing import Protocol

from stoppress.alerts.ledger.claiming import Parcel
from stoppress.alerts.mailer.copies import Consignment
from stoppress.alerts.smtp import Deferred, NotSent, Outcome, Refused, RelayFault, Step, Uncertain

log = logging.getLogger(__name__)

WINDOW = 25
"""Messages per line that are taken up ahead: as many may become uncertain when this process is killed."""
IDLE = 20.0
"""Seconds without work after which a line hangs up."""
FIRST_PAUSE, LONGEST_PAUSE = 0.5, 60.0
"""Seconds before a failing relay is tried again."""


class Carrier(Protocol):
    """A connection that takes messages: `RelayConnection`, or `MailKeeper`."""

    @property
    def ready(self) -> bool:
        """Whether the next message may be given to it."""

    async def connect(self) -> None:
        """Get ready; raises RelayFault."""

    async def send(self, envelope_from: str, to: str, message: bytes) -> Outcome:
        """Send one message and say what became of it."""

    async def close(self) -> None:
        """Hang up; never raises."""


class Lines:
    """All lines of one mailer.

    Args:
        make: makes one carrier, not yet connected.
        report: told what became of each parcel, exactly once.
        changed: called when a line is up or the bench runs low.
    """

    def __init__(
        self,
        make: Callable[[], Carrier],
        number: int,
        report: Callable[[Parcel, Outcome], None],
        changed: Callable[[], None],
        chance: Callable[[], float],
    ) -> None:
        self._make, self._report, self._changed, self._chance = make, report, changed, chance
        self._number = number
        self._bench: deque[Consignment] = deque()
        self._work = asyncio.Condition()
        self._called = False
        self._closing = False
        self._failures = 0
        self._again_at = 0.0
        self._tasks: list[asyncio.Task[None]] = []
        self.up = 0

    @property
    def room(self) -> int:
        """How many more messages may lie on the bench."""
        return WINDOW * self._number - len(self._bench)

    @property
    def half(self) -> int:
        """The room from which on it is worth fetching more."""
        return max(1, WINDOW * self._number // 2)

    def open(self, tasks: asyncio.TaskGroup) -> None:
        """Begin to work."""
        self._tasks = [tasks.create_task(self._line(), name=f"line {n}") for n in range(self._number)]

    async def call(self) -> None:
        """There is work: whoever is not connected should be."""
        async with self._work:
            self._called = True
            self._work.notify_all()

    async def add(self, consignments: list[Consignment]) -> None:
        """Put messages on the bench."""
        async with self._work:
            self._bench.extend(consignments)
            self._work.notify_all()

    async def close(self, grace: float) -> None:
        """Finish what is being sent, at most `grace` seconds; hand the rest back unsent."""
        async with self._work:
            self._closing = True
            self._clear_bench("the mailer is stopping")
            self._work.notify_all()
        _, late = await asyncio.wait(self._tasks, timeout=grace)
        for task in late:
            task.cancel()
        await asyncio.gather(*late, return_exceptions=True)

    # One line

    async def _line(self) -> None:
        carrier = self._make()
        try:
            while await self._wait_for_work():
                if await self._connected(carrier):
                    await self._send_all(carrier)
        finally:
            await carrier.close()

    async def _wait_for_work(self) -> bool:
        """True when there is work, False when there never will be again."""
        async with self._work:
            await self._work.wait_for(lambda: self._closing or self._called or self._bench)
        return not self._closing

    async def _connected(self, carrier: Carrier) -> bool:
        try:
            await carrier.connect()
        except RelayFault as fault:
            await self._pause(fault)
            return False
        return True

    async def _send_all(self, carrier: Carrier) -> None:
        self.up += 1
        self._changed()
        try:
            fault = await self._work_off(carrier)
        finally:
            self.up -= 1
            self._called = False  # Whoever sees work calls again.
            if not self.up:
                self._clear_bench("the relay is not there")
        await carrier.close()
        if fault:
            await self._pause(fault)

    async def _work_off(self, carrier: Carrier) -> RelayFault | None:
        """Send until there is no work for a while (None), or the relay fails."""
        while carrier.ready and (consignment := await self._next()):
            outcome = await self._sent(carrier, consignment)
            if isinstance(outcome, NotSent):
                return outcome.fault
            self._failures = 0
        return None

    async def _next(self) -> Consignment | None:
        """The next message on the bench; None after a while without any."""
        async with self._work:
            try:
                async with asyncio.timeout(IDLE):
                    await self._work.wait_for(lambda: self._closing or self._bench)
            except TimeoutError:
                return None
            if not self._bench:
                return None
            consignment = self._bench.popleft()
        if self.room >= self.half:
            self._changed()
        return consignment

    async def _sent(self, carrier: Carrier, consignment: Consignment) -> Outcome:
        """Send one message and report on it, whatever happens."""
        outcome: Outcome = Uncertain("the mailer was stopped before the reply")
        try:
            outcome = await _outcome(carrier, consignment)
        finally:
            self._report(consignment.parcel, outcome)
        return outcome

    def _clear_bench(self, reason: str) -> None:
        while self._bench:
            self._report(self._bench.popleft().parcel, NotSent(reason))

    async def _pause(self, fault: RelayFault) -> None:
        """Wait before the next try; what several lines meet in the same moment counts as one failure."""
        now = asyncio.get_running_loop().time()
        if now >= self._again_at:
            pause = min(FIRST_PAUSE * 2**self._failures, LONGEST_PAUSE) * (1 + self._chance())
            self._failures, self._again_at = min(self._failures + 1, 10), now + pause
            log.warning("the relay cannot be used, trying again in %.1f s: %s", pause, fault)
        self._called = False
        async with self._work:
            try:
                async with asyncio.timeout_at(self._again_at):
                    await self._work.wait_for(lambda: self._closing)
            except TimeoutError:
                return


async def _outcome(carrier: Carrier, consignment: Consignment) -> Outcome:
    if consignment.later:
        return Deferred(451, "4.3.0", "the message could not be made yet", Step.DATA)
    if not consignment.message:
        return Refused(554, "5.6.0", "no message could be made for this delivery", Step.DATA)
    try:
        return await carrier.send(consignment.sender, consignment.parcel.email, consignment.message)
    except Exception as error:  # Nobody knows how far it came: that is a state, not a reason to try again.
        log.exception("delivery %d ended unexpectedly", consignment.parcel.id)
        await carrier.close()
        return Uncertain(f"unexpected: {type(error).__name__}")
