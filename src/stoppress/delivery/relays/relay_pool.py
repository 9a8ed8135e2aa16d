"""The connections to one relay; each sends one window of messages after the other.

A connection is opened only when there is work, and closed after a while without work. If the relay fails, its
connections wait together (backoff.py); deliveries that no connection can take return to the ledger meanwhile.
"""

import asyncio
import logging
import time
from collections import Counter
from collections.abc import Sequence

from stoppress.delivery.choices import Lane
from stoppress.delivery.relays.adaptive_concurrency import (
    AdaptiveConcurrency,
    error_if_all_deferred_at_mail,
    summarise_window,
)
from stoppress.delivery.relays.backoff import Backoff
from stoppress.delivery.relays.mail_transport import MailTransport, RelayConfig
from stoppress.delivery.relays.send_context import PreparedDelivery, SendContext
from stoppress.delivery.relays.send_queue import lanes_for_connection
from stoppress.delivery.relays.silent_connections import SilenceMonitor
from stoppress.delivery.transitions.claim_deliveries import ClaimedDelivery
from stoppress.smtp import NotSent, Outcome, RelayError, RelayUnavailableError, Uncertain

log = logging.getLogger(__name__)

MAX_CLAIMED_PER_CONNECTION = 25
"""Maximum number of deliveries claimed for one connection; as many may become uncertain if this process is killed."""
MAX_WINDOW_MESSAGES = MAX_CLAIMED_PER_CONNECTION // 2
"""Messages of one window, so that the next ones are ready when these have left."""
TARGET_WINDOW_SECONDS = 1.0
"""How long a window should take: connections of a slow relay get fewer messages."""
IDLE_SECONDS = 20.0
"""After this time without work a connection is closed."""
PROBE_INTERVAL_SECONDS = 5.0
"""While connections wait for a silent relay and none is open, one more connects after this time."""
PROBE_TIMEOUT_SECONDS = 10.0
"""Timeout of such a connection; the one that has waited longest gets the time of a slow relay (smtp/timeouts.py)."""
REPORT_SILENCE_SECONDS = 30.0
"""Without a reply for this time the relay is reported as faulty."""
ALL_LANES = tuple(Lane)


class RelayPool:
    """All connections to one relay.

    Args:
        relay: how to connect; how many windows are sent at once is adapted (adaptive_concurrency.py).
        context: what the pools of the mailer share.
    """

    def __init__(self, relay: RelayConfig, context: SendContext) -> None:
        self.name, self.max_connections = relay.name, relay.max_connections
        self._make_transport, self._context, self._queue = relay.make_transport, context, context.queue
        self._group: asyncio.TaskGroup | None = None
        self._is_closing = False
        self._backoff = Backoff(relay.name, context.random_fraction)
        self._concurrency = AdaptiveConcurrency(relay.max_connections)
        self._active_windows = 0
        self._last_success_at = 0.0
        self._seconds_per_message = 0.0
        # By index of the connection:
        self.tasks: dict[int, asyncio.Task[None]] = {}
        self._waiting: dict[int, asyncio.Future[None]] = {}
        self._connecting_since: dict[int, float] = {}
        self._connected: set[int] = set()
        self._sending: dict[int, MailTransport] = {}
        self._last_reply_at: dict[int, float] = {}
        self._retired: set[int] = set()
        self.connected_by_lanes: Counter[tuple[Lane, ...]] = Counter()
        self.suspended: Counter[Lane] = Counter()
        """Deliveries in flight on silent connections."""
        self.others: Sequence[RelayPool] = ()
        """The mailer's other pools."""

    @property
    def allowed(self) -> int:
        """How many windows may be sent to the relay at once at present."""
        return self._concurrency.allowed

    @property
    def open_connections(self) -> int:
        """How many connections are open and not silent."""
        return sum(self.connected_by_lanes.values())

    @property
    def is_working(self) -> bool:
        """True if the last window succeeded and nothing has failed since."""
        return self._last_success_at > 0 and not self.current_error

    @property
    def current_error(self) -> str:
        """The relay's last error, or how long it has not replied; "" if there is no problem."""
        connecting = [since for since in self._connecting_since.values() if since > self._last_success_at]
        since = min((*self._last_reply_at.values(), *connecting), default=None)
        silent = time.monotonic() - since if since is not None else 0.0
        error = self._backoff.error
        return f"no reply for {silent:.0f} s" if silent > REPORT_SILENCE_SECONDS and not error else error

    def open(self, tasks: asyncio.TaskGroup) -> None:
        """Start the tasks of the connections."""
        self._group = tasks
        for index in range(self.max_connections):
            self._start_connection(index)

    def wake(self, lanes: Sequence[Lane], limit: int) -> None:
        """Wake up to `limit` idle connections that carry these lanes, open ones first."""
        idle = [(n not in self._connected, n) for n, future in self._waiting.items() if not future.done()]
        suitable = [n for _, n in sorted(idle) if not set(lanes).isdisjoint(self._lanes(n))]
        for index in suitable[: limit if self._is_closing else self._limit_while_silent(limit)]:
            self._waiting[index].set_result(None)

    def close(self) -> None:
        """Start no further message. Messages whose transmission has started still get their outcome."""
        self._is_closing = True
        self.wake(ALL_LANES, len(self._waiting))
        for index in self._connecting_since:
            self.tasks[index].cancel()
        for transport in tuple(self._sending.values()):
            transport.cancel_unstarted("the mailer is stopping")

    # Silent connections (silent_connections.py)

    def last_reply_at(self, index: int) -> float:
        """Return when the relay last replied on a connection, or got its window (seconds of the monotonic clock)."""
        return self._last_reply_at[index]

    def suspend_connection(self, index: int, unanswered: Counter[Lane]) -> None:
        """Stop counting a silent connection as open and active, and its deliveries as in flight."""
        self.connected_by_lanes[self._lanes(index)] -= 1
        self._connected.discard(index)
        self._active_windows -= 1
        self.suspended.update(unanswered)
        self._context.on_change()

    def restore_connection(self, index: int, unanswered: Counter[Lane]) -> None:
        """Undo `suspend_connection`, and close the substitute."""
        self.connected_by_lanes[self._lanes(index)] += 1
        self._connected.add(index)
        self._active_windows += 1
        self.suspended.subtract(unanswered)
        if (substitute := self._substitute_for(index)) in self.tasks:
            self._retired.add(substitute)
            if (waiting := self._waiting.get(substitute)) and not waiting.done():
                waiting.set_result(None)
        self._context.on_change()

    def replace_connection(self, index: int) -> None:
        """Open a substitute for a silent connection, until that one is restored, if no connection is open.

        The silent connection must be kept, because its message may have arrived; but news must not wait for it.
        """
        substitute = self._substitute_for(index)
        is_needed = not self.open_connections and not self._is_closing and substitute not in self.tasks
        if index < self.max_connections and is_needed:
            self._start_connection(substitute)
            self._context.on_change()

    def _substitute_for(self, index: int) -> int:
        """Return an index beyond `max_connections` that carries the same lanes (`lanes_for_connection`)."""
        return index + 8 * -(-self.max_connections // 8)

    # One connection

    def _lanes(self, index: int) -> tuple[Lane, ...]:
        return lanes_for_connection(index, self.max_connections)

    def _start_connection(self, index: int) -> None:
        assert self._group, "the pool is open"
        self.tasks[index] = self._group.create_task(self._run_connection(index), name=f"{self.name} connection {index}")

    def _limit_while_silent(self, limit: int) -> int:
        """Return how many connections may be woken: few while others wait for a greeting and none is open."""
        if not self._connecting_since or self._connected:
            return limit
        return 1 if time.monotonic() - max(self._connecting_since.values()) >= PROBE_INTERVAL_SECONDS else 0

    async def _run_connection(self, index: int) -> None:
        transport = self._make_transport()
        try:
            while not self._must_end(index):
                if seconds := self._backoff.remaining(time.monotonic()):
                    await self._wait_for_wake(index, seconds)
                elif await self._wait_for_work(index) and await self._connect(transport, index):
                    await self._use_connection(transport, index)
        finally:
            await transport.close()
            if index >= self.max_connections:
                self._retired.discard(index)
                del self.tasks[index]

    def _must_end(self, index: int) -> bool:
        return self._is_closing or index in self._retired

    async def _wait_for_work(self, index: int) -> bool:
        """Wait until `wake` is called; return False if the connection cannot be used now."""
        await self._wait_for_wake(index, None)
        return not self._must_end(index) and not self._backoff.remaining(time.monotonic())

    async def _wait_for_wake(self, index: int, seconds: float | None) -> None:
        """Wait until the connection is woken, at most `seconds`."""
        self._waiting[index] = asyncio.get_running_loop().create_future()
        try:
            async with asyncio.timeout(seconds):
                await self._waiting[index]
        except TimeoutError:
            pass
        finally:
            del self._waiting[index]

    async def _connect(self, transport: MailTransport, index: int) -> bool:
        is_probe = bool(self._connecting_since) and not self._connected
        self._connecting_since[index] = time.monotonic()
        try:
            async with asyncio.timeout(PROBE_TIMEOUT_SECONDS if is_probe else None):
                await transport.connect()
        except (RelayError, TimeoutError) as error:
            if self._connecting_since[index] > self._last_success_at:  # else the relay has answered others since
                silent = RelayUnavailableError(f"{self.name}: no greeting in {PROBE_TIMEOUT_SECONDS:g} s")
                self._record_failure(error if isinstance(error, RelayError) else silent)
            return False
        finally:
            del self._connecting_since[index]
        return True

    async def _use_connection(self, transport: MailTransport, index: int) -> None:
        self.connected_by_lanes[self._lanes(index)] += 1
        self._connected.add(index)
        self._context.on_change()
        error: RelayError | None = None
        try:
            error = await self._send_windows(transport, index)
        finally:
            self.connected_by_lanes[self._lanes(index)] -= 1
            self._connected.discard(index)
            if error:
                self._record_failure(error)
            self._context.on_change()
        await transport.close()

    async def _send_windows(self, transport: MailTransport, index: int) -> RelayError | None:
        """Send until there is no work for a while (return None) or the relay fails (return its error)."""
        lanes = self._lanes(index)
        idle_since = time.monotonic()
        while transport.is_ready and not self._must_end(index):
            if self._may_send(lanes) and (deliveries := self._queue.take(lanes, self._window_size())):
                self._context.on_change()
                self._active_windows += 1
                try:
                    error = await self._send_window(transport, deliveries, index)
                finally:
                    self._active_windows -= 1
                if error:
                    return error
                if self._active_windows + 1 < self._concurrency.allowed and len(self._queue):
                    self.wake(ALL_LANES, 1)
                idle_since = time.monotonic()
            elif (remaining := idle_since + IDLE_SECONDS - time.monotonic()) > 0:
                await self._wait_for_wake(index, remaining)
            else:
                return None
        return None

    def _may_send(self, lanes: tuple[Lane, ...]) -> bool:
        """Return True if the relay takes one more window now; a connection without digests may always send."""
        return self._active_windows < self._concurrency.allowed or Lane.DIGEST not in lanes

    def _window_size(self) -> int:
        """Return how many deliveries to take: idle connections need some too, and the window must not take long."""
        fair_share = -(-len(self._queue) // (len(self._waiting) + 1))
        fast_enough = int(TARGET_WINDOW_SECONDS / self._seconds_per_message) if self._seconds_per_message else 1
        return max(1, min(fair_share, MAX_WINDOW_MESSAGES, fast_enough))

    # One window

    async def _send_window(
        self, transport: MailTransport, deliveries: Sequence[ClaimedDelivery], index: int
    ) -> RelayError | None:
        """Send a window, report the outcome of each delivery in any case, and return the relay's error if it failed."""
        begun = time.monotonic()
        window = self._context.prepare(deliveries)
        outcomes: list[Outcome | None] = [None] * len(window)
        started: set[int] = set()

        def on_start(position: int) -> None:
            self._context.mark_started(window[position].delivery.id)
            started.add(position)

        def on_outcome(position: int, outcome: Outcome) -> None:
            outcomes[position] = outcome
            self._last_reply_at[index] = time.monotonic()
            self._context.record(window[position], outcome)

        reason = "the mailer was stopped before the reply"
        self._last_reply_at[index], self._sending[index] = begun, transport
        monitor = SilenceMonitor(self, transport, index, lambda: _count_unanswered(window, outcomes))
        try:
            if window:
                await transport.send_window([prepared.envelope for prepared in window], on_outcome, on_start)
        except Exception as error:  # How far it came is unknown: that is an outcome, not a reason to retry.
            log.exception("%s: a window ended unexpectedly", self.name)
            reason = f"unexpected: {type(error).__name__}"
            await transport.close()
        finally:
            monitor.end()
            for position, outcome in enumerate(outcomes):
                if outcome is None:
                    on_outcome(position, Uncertain(reason) if position in started else NotSent(reason))
            del self._last_reply_at[index], self._sending[index]
        return self._evaluate([outcome for outcome in outcomes if outcome], time.monotonic() - begun)

    def _evaluate(self, outcomes: Sequence[Outcome], seconds: float) -> RelayError | None:
        """Adapt the concurrency to a window's outcomes; return the relay's error if it failed."""
        if not outcomes:
            return None
        self._concurrency = self._concurrency.after_window(summarise_window(outcomes, seconds), time.monotonic())
        for outcome in outcomes:
            if type(outcome) is NotSent and outcome.error:
                return outcome.error
        if error := error_if_all_deferred_at_mail(outcomes):
            return error
        if all(type(outcome) is NotSent for outcome in outcomes):
            return None
        self._backoff.record_success()
        self._last_success_at = time.monotonic()
        each, average = seconds / len(outcomes), self._seconds_per_message
        self._seconds_per_message = 0.8 * average + 0.2 * each if average else each
        return None

    def _record_failure(self, error: RelayError) -> None:
        now = time.monotonic()
        self._concurrency = self._concurrency.reduce(now)
        self._backoff.record_failure(error, now, is_spared=any(other.is_working for other in self.others))


def _count_unanswered(window: Sequence[PreparedDelivery], outcomes: Sequence[Outcome | None]) -> Counter[Lane]:
    """Return how many deliveries of each lane have no outcome yet."""
    return Counter(
        prepared.delivery.lane for prepared, outcome in zip(window, outcomes, strict=True) if outcome is None
    )
