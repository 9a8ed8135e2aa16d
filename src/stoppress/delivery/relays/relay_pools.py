"""All relays of one mailer."""

import asyncio
from collections import Counter
from collections.abc import Sequence
from typing import Any

from stoppress.delivery.choices import Lane
from stoppress.delivery.relays.mail_transport import RelayConfig
from stoppress.delivery.relays.relay_pool import ALL_LANES, MAX_CLAIMED_PER_CONNECTION, RelayPool
from stoppress.delivery.relays.send_context import SendContext
from stoppress.delivery.relays.send_queue import free_capacity
from stoppress.delivery.transitions.claim_deliveries import ClaimedDelivery
from stoppress.smtp import NotSent

MAX_REPORTED_DOMAINS = 20
"""Paused domains that the status names."""


class RelayPools:
    """The pools of one mailer, one for each relay."""

    def __init__(self, relays: Sequence[RelayConfig], context: SendContext) -> None:
        self._context = context
        self._pools = [RelayPool(relay, context) for relay in relays]
        for pool in self._pools:
            pool.others = [other for other in self._pools if other is not pool]

    @property
    def open_connections(self) -> int:
        """How many connections are open."""
        return sum(pool.open_connections for pool in self._pools)

    def status(self) -> dict[str, Any]:
        """Return the state of the relays for the mailer's status: connections, errors and paused domains."""
        relays = [
            {
                "relay": pool.name,
                "connections": pool.open_connections,
                "allowed": pool.allowed,
                "fault": pool.current_error,
            }
            for pool in self._pools
        ]
        paused = [str(paused) for paused in self._context.breaker.paused_domains()]
        return {"relays": relays, "connections": self.open_connections, "paused": paused[:MAX_REPORTED_DOMAINS]}

    def open(self, tasks: asyncio.TaskGroup) -> None:
        """Start the tasks of all connections."""
        for pool in self._pools:
            pool.open(tasks)

    def free_capacity(self, in_flight: Counter[Lane]) -> dict[Lane, int]:
        """Return how many more deliveries of each lane may be claimed while these are in flight."""
        connections: Counter[tuple[Lane, ...]] = Counter()
        moving = Counter(in_flight)
        for pool in self._pools:
            connections += pool.connected_by_lanes
            moving.subtract(pool.suspended)
        return free_capacity(connections, MAX_CLAIMED_PER_CONNECTION, moving)

    def connect(self) -> None:
        """Open the first two connections of each relay, which carry all lanes between them; none is open yet."""
        self._wake(ALL_LANES, 2)

    def add(self, deliveries: Sequence[ClaimedDelivery]) -> None:
        """Add deliveries to the queue and wake connections for them."""
        self._context.queue.add(deliveries)
        self._wake(tuple({delivery.lane for delivery in deliveries}), len(deliveries))

    def return_queue_if_disconnected(self) -> None:
        """Report the queue as not sent if no connection is open."""
        if not self.open_connections:
            self._return_queue("no relay is connected")

    async def close(self, grace_seconds: float) -> None:
        """Start no further message, and wait for the outcomes of started ones.

        Args:
            grace_seconds: how long to wait; then the connections are closed, and messages without a reply to their last
                byte are uncertain.
        """
        self._return_queue("the mailer is stopping")
        for pool in self._pools:
            pool.close()
        tasks = [task for pool in self._pools for task in pool.tasks.values()]
        if not tasks:
            return
        _, unfinished = await asyncio.wait(tasks, timeout=grace_seconds)
        for task in unfinished:
            task.cancel()
        await asyncio.gather(*unfinished, return_exceptions=True)

    def _wake(self, lanes: Sequence[Lane], limit: int) -> None:
        for pool in self._pools:
            pool.wake(lanes, limit)

    def _return_queue(self, reason: str) -> None:
        for delivery in self._context.queue.clear():
            self._context.report(delivery, NotSent(reason))
