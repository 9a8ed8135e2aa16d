"""The ledger as the mailer asks it: from one thread, so there is one writer and the loop never waits for a disk."""

import asyncio
import logging
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from secrets import token_hex
from typing import ParamSpec, TypeVar

from django.db import OperationalError, connection

from stoppress.alerts.ledger.claiming import anything_due, claim
from stoppress.alerts.ledger.expiring import expire
from stoppress.alerts.ledger.freezing import freeze_slice
from stoppress.alerts.ledger.halting import halt_overtaken
from stoppress.alerts.ledger.settling import Settlement, give_up_for_dead, settle
from stoppress.alerts.mailer.copies import Consignment, Copies
from stoppress.alerts.mailer.only_one import lock_database

log = logging.getLogger(__name__)
P = ParamSpec("P")
T = TypeVar("T")

TRIES = 5
"""How often settling is tried while the database does not answer: what is known must not become uncertain for that."""


class PostOffice:
    """Everything the mailer reads and writes. Each call returns when it is committed."""

    def __init__(self, clock: Callable[[], datetime]) -> None:
        self._clock = clock
        self._holder = token_hex(8)
        self._copies = Copies()
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="ledger")

    async def take_over(self) -> int:
        """Begin: what an earlier mailer had in flight is uncertain now. Returns how many that were."""
        return await self._ask(self._take_over)

    async def freeze(self) -> bool:
        """Write one slice of an alert's recipients; False if there is none to write."""
        return await self._ask(freeze_slice, now=self._clock())

    async def anything_due(self) -> bool:
        """Whether something waits to be sent."""
        return await self._ask(anything_due, now=self._clock())

    async def expire(self) -> int:
        """Expire what is too late."""
        return await self._ask(expire, now=self._clock())

    async def claim(self, size: int) -> list[Consignment]:
        """A window of messages, in flight from now on."""
        return await self._ask(self._claim, size)

    async def settle(self, settlements: Sequence[Settlement]) -> None:
        """Write down what became of messages."""
        await self._ask(self._settle, settlements)

    async def close(self) -> None:
        """Let go of the database."""
        await self._ask(_hang_up)
        self._thread.shutdown()

    async def _ask(self, function: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        return await asyncio.get_running_loop().run_in_executor(self._thread, lambda: function(*args, **kwargs))

    def _take_over(self) -> int:
        lock_database()
        return give_up_for_dead(now=self._clock())

    def _claim(self, size: int) -> list[Consignment]:
        now = self._clock()
        if stopped := halt_overtaken(now=now).halted:
            log.info("%d deliveries halted: their post was corrected or withdrawn", stopped)
        return [self._copies.made(parcel) for parcel in claim(size, holder=self._holder, now=now)]

    def _settle(self, settlements: Sequence[Settlement]) -> None:
        for tries_left in reversed(range(TRIES)):
            try:
                return settle(settlements, holder=self._holder, now=self._clock())
            except OperationalError as error:
                if not tries_left:
                    raise
                log.warning("the database does not answer, settling waits: %s", error)
                connection.close()
                time.sleep(1)
                lock_database()
        return None


def _hang_up() -> None:
    connection.close()  # which one that is depends on the thread that asks
