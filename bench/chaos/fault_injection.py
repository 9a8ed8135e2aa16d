"""What breaks in `python -m bench chaos`: connections, hints, processes, and what machines hear of each other."""

import asyncio
import contextlib
import os
import random
import signal
from collections.abc import Awaitable, Callable, Sequence

from bench.chaos.reader_pages import Readers
from bench.processes import children
from bench.servers.installation import Installation

DEAF = "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity WHERE query LIKE 'LISTEN %'"
"""Cuts off all who listen on PostgreSQL: what is told until they have come back is lost."""


class FaultInjector:
    """Breaks one thing after the other, and counts what it broke. `database`: a PostgreSQL's address, or nothing."""

    def __init__(
        self, installations: Sequence[Installation], readers: Readers, chance: random.Random, database: str
    ) -> None:
        self._installations, self._readers, self._random, self._database = installations, readers, chance, database
        self._deeds: dict[Callable[[], Awaitable[bool]], int] = {
            self.drop_readers: 60,
            self.put_readers_to_sleep: 5,
            self.lose_hints: 20,
            self.restart: 2,
        }
        if installations[0].workers > 1:
            self._deeds |= {self.freeze_worker: 4, self.kill_worker: 6}
        if database:
            self._deeds[self.lose_notifications] = 10

    async def inject_faults(self) -> None:
        """Go on until cancelled."""
        while True:
            await asyncio.sleep(self._random.uniform(0.05, 0.6))
            deed = self._random.choices(list(self._deeds), list(self._deeds.values()))[0]
            faults, name = self._readers.tale.faults, deed.__name__
            faults[name] = faults.get(name, 0) + await deed()

    async def drop_readers(self) -> bool:
        """One in twenty loses its connection."""
        pages = self._readers.pages
        for page in self._random.sample(pages, max(1, len(pages) // 20)):
            page.abort()
        return True

    async def put_readers_to_sleep(self) -> bool:
        """One in a hundred is away for so long that it may miss more than the server keeps, and must load the page."""
        pages = self._readers.pages
        for page in self._random.sample(pages, max(1, len(pages) // 100)):
            if page.transport:
                page.wait = self._random.uniform(5, 30)
                page.abort()
        return True

    async def lose_hints(self) -> bool:
        """The processes of one machine no longer hear each other, until they notice."""
        bells = list((self._random.choice(self._installations).home / "run").glob("*.notify"))
        for path in bells:
            path.unlink(missing_ok=True)
        return bool(bells)

    async def lose_notifications(self) -> bool:
        """The machines no longer hear each other, until they have connected again."""
        return await asyncio.to_thread(self._cut_off)

    async def freeze_worker(self) -> bool:
        """A process stands still for a while."""
        if not (workers := children(self._random.choice(self._installations).pid)):
            return False
        frozen = self._random.choice(workers)
        with contextlib.suppress(ProcessLookupError):
            os.kill(frozen, signal.SIGSTOP)
        try:
            await asyncio.sleep(self._random.uniform(0.5, 2))
        finally:
            with contextlib.suppress(ProcessLookupError):
                os.kill(frozen, signal.SIGCONT)
        return True

    async def kill_worker(self) -> bool:
        """A process dies."""
        with contextlib.suppress(ProcessLookupError, IndexError):
            os.kill(self._random.choice(children(self._random.choice(self._installations).pid)), signal.SIGKILL)
            return True
        return False

    async def restart(self) -> bool:
        """A machine's server is stopped and started."""
        installation, how = (
            self._random.choice(self._installations),
            self._random.choice([signal.SIGTERM, signal.SIGINT]),
        )
        await asyncio.to_thread(_restart, installation, how)
        return True

    def _cut_off(self) -> bool:
        import psycopg

        with psycopg.connect(self._database, autocommit=True) as connection:
            found = connection.execute(DEAF).fetchone()
        return bool(found and found[0])


def _restart(installation: Installation, how: signal.Signals) -> None:
    """Both in one thread: who is cancelled meanwhile leaves a server that runs."""
    installation.stop(how)
    installation.start()
