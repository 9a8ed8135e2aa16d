"""No second mailer at the same time: what it found in flight it would take for orphaned.

On one machine a locked file in the home folder says so; the kernel lets go of it however the process ends. Where
several machines share PostgreSQL, an advisory lock of the ledger's own connection does, while that connection lives.
"""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from django.db import connection

from stoppress.alerts.errors import AnotherMailer

NUMBER = 0x5709_9E55
"""The advisory lock's; any number that nobody else in this database uses."""


@contextmanager
def only_one(home: Path) -> Iterator[None]:
    """Be the mailer of this home folder; raises AnotherMailer."""
    home.mkdir(parents=True, exist_ok=True)
    descriptor = os.open(home / "mailer.lock", os.O_RDWR | os.O_CREAT, 0o600)
    try:
        _lock(descriptor)
        yield
    finally:
        os.close(descriptor)


def _lock(descriptor: int) -> None:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError as error:
        raise AnotherMailer from error


def lock_database() -> None:
    """Be the mailer of this database, in the thread that will write; raises AnotherMailer. SQLite needs no lock."""
    if connection.vendor != "postgresql":
        return
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_lock(%s)", [NUMBER])
        if not cursor.fetchone()[0]:
            raise AnotherMailer
