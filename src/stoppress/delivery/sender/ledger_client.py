"""The ledger for the mailer's event loop: one call at a time, and the loop never waits for a disk.

    loop ──call──► ledger process (ledger_process.py), or a thread of this process ──► ledger store ──► database

The content of messages is loaded here, in a thread with its own connection, which is nearly always idle.
"""

import asyncio
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any, Protocol

from django.db import connection

from stoppress.delivery.choices import Lane
from stoppress.delivery.relays.message_factory import MessageFactory
from stoppress.delivery.sender.ledger_store import LedgerStore, Work
from stoppress.delivery.transitions.claim_deliveries import ClaimedDelivery
from stoppress.delivery.transitions.settle import SettledDelivery


class LedgerBackend(Protocol):
    """Runs the methods of a `LedgerStore` outside the event loop."""

    async def call(self, method: str, *args: Any) -> tuple[Any, bool]:
        """Return the result of a method of the store, and the store's `is_stale`; raise what the method raises."""

    async def close(self) -> None:
        """Stop; no further call follows."""


class LedgerThread:
    """A `LedgerBackend` in a thread of this process."""

    def __init__(self, store: LedgerStore) -> None:
        self._store = store
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="ledger")

    async def call(self, method: str, *args: Any) -> tuple[Any, bool]:
        """Call a method in the thread."""
        loop = asyncio.get_running_loop()
        result = await loop.run_in_executor(self._thread, getattr(self._store, method), *args)
        return result, self._store.is_stale

    async def close(self) -> None:
        """Stop the thread."""
        self._thread.shutdown()


class LedgerClient:
    """Everything the mailer reads and writes; the methods are those of `LedgerStore`."""

    def __init__(self, backend: LedgerBackend, messages: MessageFactory) -> None:
        self._backend, self._messages = backend, messages
        self._loader = ThreadPoolExecutor(max_workers=1, thread_name_prefix="content")
        self.is_stale = False
        """True if there is work that the last `find_work` did not return."""

    async def take_over(self) -> int:
        """Call `LedgerStore.take_over`."""
        return int(await self._call("take_over"))

    async def find_work(self) -> Work:
        """Call `LedgerStore.find_work`."""
        work: Work = await self._call("find_work")
        return work

    async def process_batch(self, seconds: float, *, urgent_only: bool = False) -> bool:
        """Call `LedgerStore.process_batch`."""
        return bool(await self._call("process_batch", seconds, urgent_only))

    async def settle_and_claim(
        self, settled: Sequence[SettledDelivery], lane_limits: Mapping[Lane, int]
    ) -> Sequence[ClaimedDelivery]:
        """Call `LedgerStore.settle_and_claim`, and load the content of the claimed deliveries' messages."""
        claimed: Sequence[ClaimedDelivery] = await self._call("settle_and_claim", settled, lane_limits)
        if self._messages.missing_content(claimed):
            await asyncio.get_running_loop().run_in_executor(self._loader, self._messages.load, claimed)
        return claimed

    async def record_heartbeat(self, status: dict[str, Any]) -> int:
        """Call `LedgerStore.record_heartbeat`."""
        return int(await self._call("record_heartbeat", status))

    async def close(self) -> None:
        """Close the store, the backend and the connection of the loading thread."""
        try:
            await self._call("close")
        finally:
            await self._backend.close()
            await asyncio.get_running_loop().run_in_executor(self._loader, _close_connection)
            self._loader.shutdown()

    async def _call(self, method: str, *args: Any) -> Any:
        result, self.is_stale = await self._backend.call(method, *args)
        return result


def _close_connection() -> None:
    """Close the database connection of the calling thread."""
    connection.close()
