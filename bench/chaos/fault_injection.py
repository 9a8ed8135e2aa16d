"""Faults of `python -m bench chaos`: connections, notifications, processes, and links between machines."""

import asyncio
import contextlib
import os
import random
import signal
from collections.abc import Awaitable, Callable, Sequence

from bench.chaos.reader_pages import Readers
from bench.processes import children
from bench.servers.installation import Installation

TERMINATE_LISTENERS = "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity WHERE query LIKE 'LISTEN %'"
"""Terminates all LISTEN connections: notifications are lost until they reconnect."""


class FaultInjector:
    """Inject one fault after the other, and count them. `database`: address of PostgreSQL, or empty."""

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
        """Inject faults until cancelled."""
        while True:
            await asyncio.sleep(self._random.uniform(0.05, 0.6))
            deed = self._random.choices(list(self._deeds), list(self._deeds.values()))[0]
            faults, name = self._readers.tale.faults, deed.__name__
            faults[name] = faults.get(name, 0) + await deed()

    async def drop_readers(self) -> bool:
        """Drop the connection of one reader in twenty."""
        pages = self._readers.pages
        for page in self._random.sample(pages, max(1, len(pages) // 20)):
            page.abort()
        return True

    async def put_readers_to_sleep(self) -> bool:
        """Suspend one reader in a hundred, long enough to miss more than the replay buffer holds."""
        pages = self._readers.pages
        for page in self._random.sample(pages, max(1, len(pages) // 100)):
            if page.transport:
                page.wait = self._random.uniform(5, 30)
                page.abort()
        return True

    async def lose_hints(self) -> bool:
        """Remove the notification sockets of one machine until its processes create them again."""
        bells = list((self._random.choice(self._installations).home / "run").glob("*.notify"))
        for path in bells:
            path.unlink(missing_ok=True)
        return bool(bells)

    async def lose_notifications(self) -> bool:
        """Break the LISTEN connections between machines until they reconnect."""
        return await asyncio.to_thread(self._cut_off)

    async def freeze_worker(self) -> bool:
        """Freeze a process with SIGSTOP for a while."""
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
        """Kill a process."""
        with contextlib.suppress(ProcessLookupError, IndexError):
            os.kill(self._random.choice(children(self._random.choice(self._installations).pid)), signal.SIGKILL)
            return True
        return False

    async def restart(self) -> bool:
        """Restart the server of one machine."""
        installation, how = (
            self._random.choice(self._installations),
            self._random.choice([signal.SIGTERM, signal.SIGINT]),
        )
        await asyncio.to_thread(_restart, installation, how)
        return True

    def _cut_off(self) -> bool:
        import psycopg

        with psycopg.connect(self._database, autocommit=True) as connection:
            found = connection.execute(TERMINATE_LISTENERS).fetchone()
        return bool(found and found[0])


def _restart(installation: Installation, how: signal.Signals) -> None:
    """Stop and start in one thread, so that a cancellation leaves a running server."""
    installation.stop(how)
    installation.start()
