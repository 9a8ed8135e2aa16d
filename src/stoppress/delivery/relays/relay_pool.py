"""Lines to a relay: each holds one connection and sends a window of messages after the other.

A line connects only when there is work for it, and hangs up when there was none for a while. If the relay fails, its
lines wait together, longer every time; what no line is left to take goes back into the ledger meanwhile.
"""

import asyncio
import logging
import time
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from stoppress.delivery.choices import Lane
from stoppress.delivery.relays.adaptive_concurrency import AdaptiveConcurrency, error_if_all_deferred_at_mail
from stoppress.delivery.relays.adaptive_concurrency import summarise_window as heard_of
from stoppress.delivery.relays.circuit_breaker import CircuitBreaker
from stoppress.delivery.relays.mail_transport import MailTransport
from stoppress.delivery.relays.message_factory import MessageFactory, MessageNotReadyError
from stoppress.delivery.relays.send_queue import SendQueue, lanes_for_connection, free_capacity
from stoppress.delivery.relays.silent_connections import SilenceMonitor
from stoppress.delivery.transitions.claim_deliveries import ClaimedDelivery
from stoppress.smtp import (
    Deferred,
    Envelope,
    NotSent,
    Outcome,
    Refused,
    RelayError,
    RelayInsecureError,
    RelayLoginError,
    SenderRefusedError,
    RelayUnavailableError,
    SmtpStep,
    Uncertain,
)

log = logging.getLogger(__name__)

MAX_CLAIMED_PER_CONNECTION = 25
"""Messages per line that are taken up ahead: as many may become uncertain when this process is killed."""
MAX_WINDOW_MESSAGES = MAX_CLAIMED_PER_CONNECTION // 2
"""Messages that a line is given at a time, so that the next ones are ready when these have left."""
TARGET_WINDOW_SECONDS = 1.0
"""Seconds that a line should need for what it is given: a slow relay's lines get less."""
IDLE_SECONDS = 20.0
"""Seconds without work after which a line hangs up."""
MAX_REPORTED_DOMAINS = 20
"""Paused domains that the figures name."""
FIRST_BACKOFF_SECONDS, MAX_BACKOFF_SECONDS, MAX_REFUSED_BACKOFF_SECONDS = 0.5, 2.0, 60.0
"""Seconds before a failing relay is tried again, at most doubled by chance. A relay that is away or silent is tried
often, so that mail moves within seconds once it is back; one that refuses log-in, sender or TLS is not hammered."""
SPARED_BACKOFF_SECONDS = 10.0
"""Seconds before it is tried again while another relay works: every probe is a message that waits for it."""
PROBE_INTERVAL_SECONDS = 5.0
"""Seconds after which one more line tries to connect, while others wait for a silent relay and none is connected."""
PROBE_TIMEOUT_SECONDS = 10.0
"""Seconds for such a line. The one that has waited longest gets all the time that a slow relay needs (patience.py)."""
REPORT_SILENCE_SECONDS = 30.0
"""Seconds without an answer after which the relay is reported as faulty."""
CONFIGURATION_ERRORS = (RelayInsecureError, RelayLoginError, SenderRefusedError)
LOG_INTERVAL_SECONDS = 60.0
"""Seconds between log lines about the same fault of a relay."""

OutcomeReporter = Callable[[ClaimedDelivery, Outcome], None]
Postponer = Callable[[ClaimedDelivery, float, str], None]
"""ClaimedDelivery, seconds, reason."""


@dataclass(frozen=True)
class SendContext:
    """What all trunks share.

    Args:
        report: told what became of each parcel, exactly once, unless `put_off` was told that it did not leave.
        changed: called when a line is up or down, or parcels have been taken.
        begin: called with the id of a delivery before the first byte of it is handed to a relay.
    """

    bench: SendQueue
    copies: MessageFactory
    breaker: CircuitBreaker
    report: OutcomeReporter
    put_off: Postponer
    changed: Callable[[], None]
    chance: Callable[[], float]
    begin: Callable[[int], None]


class RelayPool:
    """All lines to one relay.

    Args:
        make: makes one transport, not yet connected.
        number: how many lines at most; how many of them work at once is learned (pace.py).
    """

    def __init__(self, name: str, make: Callable[[], MailTransport], number: int, yard: SendContext) -> None:
        self.name, self.number = name, number
        self._make, self._yard, self._bench = make, yard, yard.bench
        self._report, self._changed = yard.report, yard.changed
        self._waiting: dict[int, asyncio.Future[None]] = {}
        self._connected: set[int] = set()
        self._closing = False
        self._went_well_at = 0.0
        self._failures = 0
        self._again_at = 0.0
        self._seconds = 0.0
        self._pace = AdaptiveConcurrency(number)
        self._working = 0
        self._asked_at: dict[int, float] = {}
        self._connecting: dict[int, float] = {}
        self.hung: Counter[Lane] = Counter()
        self.others: Sequence[RelayPool] = ()
        self.tasks: dict[int, asyncio.Task[None]] = {}
        self._group: asyncio.TaskGroup | None = None
        self._retired: set[int] = set()
        self._logged: tuple[str, float] = ("", 0.0)
        self.up: Counter[tuple[Lane, ...]] = Counter()
        self.fault = ""

    @property
    def allowed(self) -> int:
        """How many windows may be on their way to the relay at present."""
        return self._pace.allowed

    @property
    def lines_up(self) -> int:
        """How many lines are connected."""
        return sum(self.up.values())

    @property
    def works(self) -> bool:
        """True if the last window went well, and nothing has failed since."""
        return self._went_well_at > 0 and not self.present_fault

    @property
    def present_fault(self) -> str:
        """What is wrong with the relay now: its last fault, or that it owes an answer for too long; "" for nothing."""
        connecting = [since for since in self._connecting.values() if since > self._went_well_at]
        since = min((*self._asked_at.values(), *connecting), default=None)
        silent = time.monotonic() - since if since is not None else 0.0
        return f"no answer for {silent:.0f} s" if silent > REPORT_SILENCE_SECONDS and not self.fault else self.fault

    def open(self, tasks: asyncio.TaskGroup) -> None:
        """Begin to work."""
        self._group = tasks
        for n in range(self.number):
            self._open_line(n)

    def _open_line(self, n: int) -> None:
        assert self._group, "the trunk is open"
        self.tasks[n] = self._group.create_task(self._line(n), name=f"{self.name} line {n}")

    def wake(self, lanes: Sequence[Lane], most: int) -> None:
        """There is work in these lanes for so many: whoever waits for it should look, who is connected first."""
        waiting = [(n not in self._connected, n) for n, future in self._waiting.items() if not future.done()]
        able = [n for _, n in sorted(waiting) if not set(lanes).isdisjoint(lanes_for_connection(n, self.number))]
        for n in able[: most if self._closing else self._may_wake(most)]:
            self._waiting[n].set_result(None)

    def _may_wake(self, most: int) -> int:
        """Return how many lines may try: few while the relay leaves others without a greeting and no line is up."""
        if not self._connecting or self._connected:
            return most
        return 1 if time.monotonic() - max(self._connecting.values()) >= PROBE_INTERVAL_SECONDS else 0

    def asked_at(self, n: int) -> float:
        """When the relay last answered on a line with a window on its way, or was given the window (monotonic)."""
        return self._asked_at[n]

    def suspend_line(self, n: int, unanswered: Counter[Lane]) -> None:
        """Count a connected line that hangs neither as up nor as working, nor its unanswered deliveries as held."""
        self.up[lanes_for_connection(n, self.number)] -= 1
        self._connected.discard(n)
        self._working -= 1
        self.hung.update(unanswered)
        self._changed()

    def restore_line(self, n: int, unanswered: Counter[Lane]) -> None:
        """Undo `suspend_line`."""
        self.up[lanes_for_connection(n, self.number)] += 1
        self._connected.add(n)
        self._working += 1
        self.hung.subtract(unanswered)
        if (substitute := self._substitute_of(n)) in self.tasks:
            self._retired.add(substitute)
            if (waiting := self._waiting.get(substitute)) and not waiting.done():
                waiting.set_result(None)
        self._changed()

    def replace_line(self, n: int) -> None:
        """Open one more line in place of one that hangs, until that one is restored, if no line of the relay is up.

        The hung message may have arrived, so it must be waited for; news must not wait with it.
        """
        substitute = self._substitute_of(n)
        if n < self.number and not self.lines_up and not self._closing and substitute not in self.tasks:
            self._open_line(substitute)
            self._changed()

    def _substitute_of(self, n: int) -> int:
        """Return the number of the line that carries the same lanes (bench.lanes_of) beyond the relay's own lines."""
        return n + 8 * -(-self.number // 8)

    def close(self) -> None:
        """Take up nothing more."""
        self._closing = True
        self.wake(tuple(Lane), len(self._waiting))

    # One line

    async def _line(self, n: int) -> None:
        transport, lanes = self._make(), lanes_for_connection(n, self.number)
        try:
            while not self._is_over(n):
                if pause := self._pause_left():
                    await self._pass_time(n, pause)
                elif await self._called(n) and await self._ready(transport, n):
                    await self._send_all(transport, n, lanes)
        finally:
            await transport.close()
            if n >= self.number:
                self._retired.discard(n)
                del self.tasks[n]

    def _is_over(self, n: int) -> bool:
        return self._closing or n in self._retired

    async def _called(self, n: int) -> bool:
        """Until there is work; False if that cannot be done now. Whoever sees work calls again."""
        await self._pass_time(n, None)
        return not self._is_over(n) and not self._pause_left()

    async def _pass_time(self, n: int, seconds: float | None) -> None:
        """Until somebody wakes this line, or so many seconds."""
        self._waiting[n] = asyncio.get_running_loop().create_future()
        try:
            async with asyncio.timeout(seconds):
                await self._waiting[n]
        except TimeoutError:
            pass
        finally:
            del self._waiting[n]

    async def _ready(self, transport: MailTransport, n: int) -> bool:
        probing = bool(self._connecting) and not self._connected
        self._connecting[n] = time.monotonic()
        try:
            async with asyncio.timeout(PROBE_TIMEOUT_SECONDS if probing else None):
                await transport.connect()
        except (RelayError, TimeoutError) as error:
            if self._connecting[n] > self._went_well_at:  # else the relay has answered others since
                silent = RelayUnavailableError(f"{self.name}: no greeting in {PROBE_TIMEOUT_SECONDS:g} s")
                self._pause(error if isinstance(error, RelayError) else silent)
            return False
        finally:
            del self._connecting[n]
        return True

    async def _send_all(self, transport: MailTransport, n: int, lanes: tuple[Lane, ...]) -> None:
        self.up[lanes] += 1
        self._connected.add(n)
        self._changed()
        fault: RelayError | None = None
        try:
            fault = await self._work_off(transport, n, lanes)
        finally:
            self.up[lanes] -= 1
            self._connected.discard(n)
            if fault:
                self._pause(fault)
            self._changed()
        await transport.close()

    async def _work_off(self, transport: MailTransport, n: int, lanes: tuple[Lane, ...]) -> RelayError | None:
        """Send until there is no work for a while (None), or the relay fails."""
        idle_since = time.monotonic()
        while transport.is_ready and not self._is_over(n):
            if self._may_work(n) and (parcels := self._bench.take(lanes, self._share())):
                self._changed()
                self._working += 1
                try:
                    fault = await self._sent(transport, parcels, n)
                finally:
                    self._working -= 1
                if fault:
                    return fault
                if self._working + 1 < self._pace.allowed and len(self._bench):
                    self.wake(tuple(Lane), 1)
                idle_since = time.monotonic()
            elif (left := idle_since + IDLE_SECONDS - time.monotonic()) > 0:
                await self._pass_time(n, left)
            else:
                return None
        return None

    def _may_work(self, n: int) -> bool:
        """Whether the relay takes one more window now. The line that is kept for urgent news always tries."""
        return self._working < self._pace.allowed or Lane.DIGEST not in lanes_for_connection(n, self.number)

    def _share(self) -> int:
        """How many parcels the next line should take: few enough for the others to have some, and to be soon done."""
        fair = -(-len(self._bench) // (len(self._waiting) + 1))
        return max(1, min(fair, MAX_WINDOW_MESSAGES, int(TARGET_WINDOW_SECONDS / self._seconds) if self._seconds else 1))

    async def _sent(self, transport: MailTransport, parcels: Sequence[ClaimedDelivery], n: int) -> RelayError | None:
        """Send a window and report on each of it, whatever happens; what is wrong with the relay, if anything is."""
        begun = time.monotonic()
        window, going = self._packed(parcels)
        outcomes: list[Outcome | None] = [None] * len(going)
        started: set[int] = set()
        mark = self._yard.begin

        def begin(index: int) -> None:
            mark(going[index][0].id)
            started.add(index)

        def heard(index: int, outcome: Outcome) -> None:
            outcomes[index] = outcome
            self._asked_at[n] = time.monotonic()
            self._heard(*going[index], outcome)

        ending = "the mailer was stopped before the reply"
        self._asked_at[n] = begun
        watch = SilenceMonitor(self, transport, n, lambda: _unanswered(going, outcomes))
        try:
            if window:
                await transport.send_window(window, heard, begin)
        except Exception as error:  # Nobody knows how far it came: that is a state, not a reason to try again.
            log.exception("%s: a window ended unexpectedly", self.name)
            ending = f"unexpected: {type(error).__name__}"
            await transport.close()
        finally:
            watch.end()
            for index, known in enumerate(outcomes):
                if known is None:
                    heard(index, Uncertain(ending) if index in started else NotSent(ending))
            del self._asked_at[n]
        return self._judge([outcome for outcome in outcomes if outcome], time.monotonic() - begun)

    def _judge(self, outcomes: Sequence[Outcome], seconds: float) -> RelayError | None:
        """What a window says about the relay."""
        if not outcomes:
            return None
        self._pace = self._pace.after(heard_of(outcomes, seconds), time.monotonic())
        for outcome in outcomes:
            if type(outcome) is NotSent and outcome.error:
                return outcome.error
        if away := error_if_all_deferred_at_mail(outcomes):
            return away
        if all(type(outcome) is NotSent for outcome in outcomes):
            return None
        self._failures, self.fault, self._went_well_at = 0, "", time.monotonic()
        each = seconds / len(outcomes)
        self._seconds = each if not self._seconds else 0.8 * self._seconds + 0.2 * each
        return None

    def _heard(self, parcel: ClaimedDelivery, domain: str, outcome: Outcome) -> None:
        if paused := self._yard.breaker.heard(domain, outcome, time.monotonic()):
            log.warning("paused %s", paused)
        self._report(parcel, outcome)

    def _packed(self, parcels: Sequence[ClaimedDelivery]) -> tuple[list[Envelope], list[tuple[ClaimedDelivery, str]]]:
        """The messages, and their parcels with the receiving domains; what cannot be made is reported and left out."""
        window, going = [], []
        now, allows, made = time.monotonic(), self._yard.breaker.allows, self._yard.copies.build
        for parcel in parcels:
            domain = parcel.email.rpartition("@")[2].lower()
            if not allows(domain, now):
                self._put_off(parcel, domain, now)
                continue
            try:
                window.append(made(parcel))
            except MessageNotReadyError:
                self._report(parcel, Deferred(451, "4.3.0", "the message could not be made yet", SmtpStep.DATA))
            except Exception:
                log.exception("no message could be made for delivery %d", parcel.id)
                self._report(parcel, Refused(554, "5.6.0", "no message could be made for this delivery", SmtpStep.DATA))
            else:
                going.append((parcel, domain))
        return window, going

    def _put_off(self, parcel: ClaimedDelivery, domain: str, now: float) -> None:
        """Its domain is paused: it comes again some time after the pause, and not all at once."""
        left = (self._yard.breaker.until(domain, now) or now) - now
        self._yard.put_off(
            parcel, left * (1 + self._yard.chance()), "its domain is paused: too many were put off there"
        )

    def _pause_left(self) -> float:
        return max(0.0, self._again_at - asyncio.get_running_loop().time())

    def _pause(self, fault: RelayError) -> None:
        """Wait before the next try; what several lines meet in the same moment counts as one failure."""
        now = asyncio.get_running_loop().time()
        self.fault = str(fault)
        self._pace = self._pace.cut(now)
        if now >= self._again_at:
            spared = any(other.works for other in self.others)
            first = SPARED_BACKOFF_SECONDS if spared else FIRST_BACKOFF_SECONDS
            longest = MAX_REFUSED_BACKOFF_SECONDS if spared or isinstance(fault, CONFIGURATION_ERRORS) else MAX_BACKOFF_SECONDS
            pause = min(first * 2**self._failures, longest) * (1 + self._yard.chance())
            self._failures, self._again_at = min(self._failures + 1, 10), now + pause
            self._log(pause, now)

    def _log(self, pause: float, now: float) -> None:
        """Log the fault, the same one at most every LOG_INTERVAL_SECONDS seconds."""
        fault, at = self._logged
        if fault != self.fault or now - at >= LOG_INTERVAL_SECONDS:
            self._logged = self.fault, now
            log.warning("%s cannot be used, trying again in %.1f s: %s", self.name, pause, self.fault)


def _unanswered(going: Sequence[tuple[ClaimedDelivery, str]], outcomes: Sequence[Outcome | None]) -> Counter[Lane]:
    """Return how many deliveries of each lane have no outcome yet."""
    return Counter(parcel.lane for (parcel, _), known in zip(going, outcomes, strict=True) if known is None)


class RelayPools:
    """All trunks of one mailer."""

    def __init__(self, trunks: Sequence[RelayPool], yard: SendContext) -> None:
        self.trunks, self._yard, self._bench = trunks, yard, yard.bench
        for trunk in trunks:
            trunk.others = [other for other in trunks if other is not trunk]

    @property
    def up(self) -> int:
        """How many lines are connected."""
        return sum(trunk.lines_up for trunk in self.trunks)

    def figures(self) -> dict[str, Any]:
        """How the relays do: connections, and what is wrong with them."""
        relays = [
            {"relay": one.name, "connections": one.lines_up, "allowed": one.allowed, "fault": one.present_fault}
            for one in self.trunks
        ]
        paused = [str(paused) for paused in self._yard.breaker.paused()]
        return {"relays": relays, "connections": self.up, "paused": paused[:MAX_REPORTED_DOMAINS]}

    def open(self, tasks: asyncio.TaskGroup) -> None:
        """Begin to work."""
        for trunk in self.trunks:
            trunk.open(tasks)

    def rooms(self, held: Counter[Lane]) -> dict[Lane, int]:
        """How many more parcels of each lane may be taken up, when so many are in flight."""
        up: Counter[tuple[Lane, ...]] = Counter()
        moving = Counter(held)
        for trunk in self.trunks:
            up += trunk.up
            moving.subtract(trunk.hung)
        return free_capacity(up, MAX_CLAIMED_PER_CONNECTION, moving)

    def call(self) -> None:
        """There is work, and nobody is connected: the first two lines of each relay carry everything between them."""
        self._wake(tuple(Lane), 2)

    def add(self, parcels: Sequence[ClaimedDelivery]) -> None:
        """Put parcels on the bench."""
        self._bench.add(parcels)
        self._wake(tuple({parcel.lane for parcel in parcels}), len(parcels))

    def clear_if_down(self) -> None:
        """Without a line, what lies on the bench goes back."""
        if not self.up:
            self._clear("the relay is not there")

    async def close(self, grace: float) -> None:
        """Finish what is being sent, at most `grace` seconds; hand the rest back unsent."""
        self._clear("the mailer is stopping")
        for trunk in self.trunks:
            trunk.close()
        tasks = [task for trunk in self.trunks for task in trunk.tasks.values()]
        if not tasks:
            return
        _, late = await asyncio.wait(tasks, timeout=grace)
        for task in late:
            task.cancel()
        await asyncio.gather(*late, return_exceptions=True)

    def _wake(self, lanes: Sequence[Lane], most: int) -> None:
        for trunk in self.trunks:
            trunk.wake(lanes, most)

    def _clear(self, reason: str) -> None:
        for parcel in self._bench.clear():
            self._yard.report(parcel, NotSent(reason))
