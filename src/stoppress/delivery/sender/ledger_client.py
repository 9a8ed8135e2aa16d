"""The ledger as the mailer asks it: one question at a time, and the loop never waits for a disk.

    loop ──question──► clerk: a process of its own (clerk.py), or a thread of this one ──► books ──► database

What a copy needs is asked for here, by a thread that has a connection of its own and hardly ever anything to do.
"""

import asyncio
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any, Protocol

from django.db import connection

from stoppress.delivery.choices import Lane
from stoppress.delivery.relays.message_factory import MessageFactory
from stoppress.delivery.sender.ledger_store import LedgerStore
from stoppress.delivery.transitions.claim_deliveries import ClaimedDelivery
from stoppress.delivery.transitions.settle import SettledDelivery


class LedgerBackend(Protocol):
    """Who has the books."""

    async def ask(self, name: str, *args: Any) -> tuple[Any, bool]:
        """What `Books.name(*args)` gives, or raises; and whether the books are stale."""

    async def leave(self) -> None:
        """Nothing more will be asked."""


class LedgerThread:
    """The books in a thread of this process."""

    def __init__(self, books: LedgerStore) -> None:
        self._books = books
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="ledger")

    async def ask(self, name: str, *args: Any) -> tuple[Any, bool]:
        """As LedgerBackend has it."""
        answer = await asyncio.get_running_loop().run_in_executor(self._thread, getattr(self._books, name), *args)
        return answer, self._books.stale

    async def leave(self) -> None:
        """As LedgerBackend has it."""
        self._thread.shutdown()


class LedgerClient:
    """Everything the mailer reads and writes. Each call returns when it is committed.

    `stale`: more is open than was found by the last look.
    """

    def __init__(self, clerk: LedgerBackend, copies: MessageFactory) -> None:
        self._clerk, self._copies = clerk, copies
        self._reader = ThreadPoolExecutor(max_workers=1, thread_name_prefix="copies")
        self.stale = False

    async def take_over(self) -> int:
        """As LedgerStore.take_over."""
        return int(await self._ask("take_over"))

    async def find_work(self) -> tuple[set[Lane], bool, bool]:
        """As LedgerStore.look."""
        due, untidy, pressing = await self._ask("find_work")
        return due, untidy, pressing

    async def tidy(self, seconds: float, *, pressing: bool = False) -> bool:
        """As LedgerStore.tidy."""
        return bool(await self._ask("tidy", seconds, pressing))

    async def turn(self, settlements: Sequence[SettledDelivery], rooms: Mapping[Lane, int]) -> Sequence[ClaimedDelivery]:
        """As Books.turn; and what the parcels' copies need is there."""
        parcels: Sequence[ClaimedDelivery] = await self._ask("turn", settlements, rooms)
        if self._copies.missing_content(parcels):
            await asyncio.get_running_loop().run_in_executor(self._reader, self._copies.load, parcels)
        return parcels

    async def beat(self, figures: dict[str, Any]) -> int:
        """As LedgerStore.beat."""
        return int(await self._ask("beat", figures))

    async def close(self) -> None:
        """Let go of the database."""
        try:
            await self._ask("close")
        finally:
            await self._clerk.leave()
            await asyncio.get_running_loop().run_in_executor(self._reader, _hang_up)
            self._reader.shutdown()

    async def _ask(self, name: str, *args: Any) -> Any:
        answer, self.stale = await self._clerk.ask(name, *args)
        return answer


def _hang_up() -> None:
    """Of the thread that this is called in."""
    connection.close()
