"""Who mails, and who is alive: what a dead mailer had in flight must be told from what a living one has.

With SQLite one mailer works for a home folder; a locked file says so, and the kernel lets go of it however the process
ends. With PostgreSQL there may be several: each holds an advisory lock of its own on its ledger's connection, so that
whoever can take a mailer's lock knows that it, or its connection, is no more.
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
"""The advisory locks' first half; any number that nobody else in this database uses."""

LOCK_WAIT_SECONDS = 3.0
"""Seconds in which the clerk of a mailer that was killed ends what it is at."""


@contextmanager
def hold_mailer_lock(home: Path) -> Iterator[None]:
    """Be the mailer of this home folder; raises AnotherMailer. With PostgreSQL nobody has to be."""
    if connection.vendor == "postgresql":
        yield
        return
    home.mkdir(parents=True, exist_ok=True)
    lock = FileLock(home / "mailer.lock")
    _wait_for(lock)
    try:
        yield
    finally:
        lock.release()


def _wait_for(lock: FileLock) -> None:
    until = monotonic() + LOCK_WAIT_SECONDS
    while not lock.acquire():
        if monotonic() > until:
            raise MailerAlreadyRunningError
        sleep(0.02)


def acquire_holder_lock(holder: str) -> None:
    """Hold this mailer's lock as long as this thread's connection lives. Raises OperationalError while a connection
    that was lost still holds it."""
    if connection.vendor == "postgresql" and not _locked(holder):
        raise OperationalError("the connection that was lost has not ended yet")


def find_dead_holders(holder: str) -> list[str]:
    """Mailers that are no more and have left something in flight. Call after `show_life`."""
    others = Delivery.objects.filter(state=DeliveryState.IN_FLIGHT).exclude(holder=holder)
    found = sorted(set(others.values_list("holder", flat=True)))
    if connection.vendor != "postgresql":
        return found
    dead = [other for other in found if _locked(other)]
    for other in dead:
        _call("pg_advisory_unlock", other)
    return dead


def _locked(holder: str) -> bool:
    return _call("pg_try_advisory_lock", holder)


def _call(function: str, holder: str) -> bool:
    """Second half of the lock's number: the beginning of the holder's, which is hexadecimal, as a signed integer."""
    number = int.from_bytes(bytes.fromhex(holder[:8]), "big", signed=True)
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {function}(%s, %s)", [ADVISORY_LOCK_CLASS, number])
        return bool(cursor.fetchone()[0])
