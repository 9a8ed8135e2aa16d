"""Find out why nothing can be written to the database, whether or not mail is due."""

import threading
import time
from collections.abc import Callable

from django.db import Error, connection, transaction

from stoppress.runtime.models import RateLimitCount
from stoppress.runtime.storage_faults import StorageFault, find_storage_fault, has_other_version, recent_fault
from stoppress.service.monitoring.disk_space import measure_disks

FULL_BYTES = 1 << 20
"""A disk with less counts as full."""
LOCK_WAIT_MILLISECONDS = 1000
"""Time that the probe waits for a lock."""
PROBE_SECONDS = 5.0
"""Shortest time between two probes of this process."""


def find_write_fault() -> StorageFault | None:
    """Try to write without changing anything; return why the database refuses it, or that a disk is full.

    A full disk of PostgreSQL refuses only what needs more room. So a fault that a request met recently counts too.
    """
    if any(space.free < FULL_BYTES for space in measure_disks()):
        return StorageFault.FULL
    if has_other_version():
        return StorageFault.OTHER_VERSION
    try:
        _write_nothing()
    except Error as error:
        fault = find_storage_fault(error)
        if fault is StorageFault.UNREACHABLE and not connection.in_atomic_block:
            connection.close()
        return fault
    return recent_fault.current()


def _write_nothing() -> None:
    statement = f"DELETE FROM {RateLimitCount._meta.db_table} WHERE counter_key = ''"  # noqa: SLF001
    with connection.cursor() as cursor:
        if connection.vendor != "sqlite":
            with transaction.atomic():
                cursor.execute(f"SET LOCAL lock_timeout = {LOCK_WAIT_MILLISECONDS}")
                cursor.execute(statement)
            return
        cursor.execute("PRAGMA busy_timeout")
        usual = int(cursor.fetchone()[0])
        cursor.execute(f"PRAGMA busy_timeout = {LOCK_WAIT_MILLISECONDS}")
        try:
            cursor.execute(statement)
        finally:
            cursor.execute(f"PRAGMA busy_timeout = {usual}")


class WriteProbe:
    """Probe at most every PROBE_SECONDS. A lock counts as a fault if two probes in a row meet it."""

    def __init__(
        self, probe: Callable[[], StorageFault | None] = find_write_fault, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._probe, self._clock, self._lock = probe, clock, threading.Lock()
        self.invalidate()

    def invalidate(self) -> None:
        """Forget earlier probes."""
        self._next = float("-inf")
        self._last: StorageFault | None = None
        self._was_repeated = False

    def __call__(self, *, accept_first: bool = False) -> StorageFault | None:
        """Return the fault, at most PROBE_SECONDS old; with `accept_first` also a lock that one probe met."""
        with self._lock:
            if self._clock() >= self._next:
                fault = self._probe()
                self._was_repeated, self._last = fault == self._last, fault
                self._next = self._clock() + PROBE_SECONDS
            is_sure = self._was_repeated or accept_first or self._last is not StorageFault.LOCKED
            return self._last if is_sure else None


write_probe = WriteProbe()
