"""One mailer per home folder, and which mailers are alive: what a dead one had in flight must be settled.

With SQLite one mailer works for a home folder. It holds a `FileLock`, which the kernel releases when the process ends.
So a mailer that holds it may treat every other holder in the ledger as dead.

With PostgreSQL several mailers may run. Each holds an advisory lock of its own name on its ledger connection. Another
mailer that can take this lock has proof that the first one, or its connection, has ended. `DatabaseLock` does not fit
here: it uses a separate connection, which may end before or after the one that writes to the ledger.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from time import monotonic, sleep

from django.db import OperationalError, connection

from stoppress.delivery.choices import DeliveryState
from stoppress.delivery.errors import MailerAlreadyRunningError
from stoppress.delivery.models import Delivery
from stoppress.runtime.processes.leader_lock import FileLock

ADVISORY_LOCK_CLASS = 0x5709_9E55
"""First half of the advisory locks' ids; no other lock of this database uses it."""

LOCK_WAIT_SECONDS = 3.0
"""The ledger process of a killed mailer finishes its last call within this time."""
LOCK_POLL_SECONDS = 0.02


@contextmanager
def hold_mailer_lock(home: Path) -> Iterator[None]:
    """Hold the lock of this home folder; with PostgreSQL do nothing.

    Raises:
        MailerAlreadyRunningError: another mailer holds it.
    """
    if connection.vendor == "postgresql":
        yield
        return
    home.mkdir(parents=True, exist_ok=True)
    lock = FileLock(home / "mailer.lock")
    give_up_at = monotonic() + LOCK_WAIT_SECONDS
    while not lock.acquire():
        if monotonic() > give_up_at:
            raise MailerAlreadyRunningError
        sleep(LOCK_POLL_SECONDS)
    try:
        yield
    finally:
        lock.release()


def acquire_holder_lock(holder: str) -> None:
    """Hold this mailer's advisory lock as long as this thread's connection exists; with SQLite do nothing.

    Raises:
        OperationalError: a lost connection of this mailer still holds it.
    """
    if connection.vendor == "postgresql" and not _try_lock(holder):
        raise OperationalError("the lost connection of this mailer has not ended yet")


def find_dead_holders(holder: str) -> list[str]:
    """Return the dead mailers with deliveries in flight. Call it after `acquire_holder_lock`."""
    in_flight_elsewhere = Delivery.objects.filter(state=DeliveryState.IN_FLIGHT).exclude(holder=holder)
    names = sorted(set(in_flight_elsewhere.values_list("holder", flat=True)))
    if connection.vendor != "postgresql":
        return names
    dead = [name for name in names if _try_lock(name)]
    for name in dead:
        _call_lock_function("pg_advisory_unlock", name)
    return dead


def _try_lock(holder: str) -> bool:
    return _call_lock_function("pg_try_advisory_lock", holder)


def _call_lock_function(function: str, holder: str) -> bool:
    """Call a lock function; the second half of the id is the start of the hexadecimal name, as a signed integer."""
    number = int.from_bytes(bytes.fromhex(holder[:8]), "big", signed=True)
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {function}(%s, %s)", [ADVISORY_LOCK_CLASS, number])
        return bool(cursor.fetchone()[0])
