"""Put Sends and changes of subscriptions into one order, the order of their commits, without comparing clocks.

A counter in the database holds the number of Sends so far: the generation. An alert stores the generation before its
Send; a subscription stores the generation in which it last changed. A subscription has changed since Send if its
generation is greater than the alert's.

On PostgreSQL a Send takes an exclusive lock. A transaction that changes subscriptions, or claims deliveries, takes the
same lock in shared mode. So no change that began before a Send commits after it. On SQLite a transaction that writes is
alone with the database.

The lock comes first in its transaction, before any row is locked, so that two transactions cannot deadlock.
"""

from django.db import connection

from stoppress.delivery.models import SendCounter

COUNTER_TABLE = SendCounter._meta.db_table  # noqa: SLF001  Django documents Model._meta
CURRENT_GENERATION = f"COALESCE((SELECT number FROM {COUNTER_TABLE} WHERE id = 1), 0)"
"""SQL for the generation now."""
SEND_LOCK_KEY = (0x5709_9E56, 1)
"""PostgreSQL's advisory lock of Sends: any two numbers that nothing else in this database uses."""
NEXT_GENERATION = f"""
INSERT INTO {COUNTER_TABLE} (id, number) VALUES (1, 1)
ON CONFLICT (id) DO UPDATE SET number = {COUNTER_TABLE}.number + 1
RETURNING number - 1
"""


def begin_send() -> int:
    """Wait for changes that are under way, block others until the transaction ends, and count this Send.

    Returns:
        The generation before this Send, for the alert to store.
    """
    _lock("pg_advisory_xact_lock")
    with connection.cursor() as cursor:
        cursor.execute(NEXT_GENERATION)
        generation: int = cursor.fetchone()[0]
    return generation


def block_sends() -> None:
    """Block Sends from committing until this transaction ends."""
    _lock("pg_advisory_xact_lock_shared")


def current_generation() -> int:
    """Return the number of Sends so far. Call `block_sends` first if the number is stored."""
    return SendCounter.objects.filter(pk=1).values_list("number", flat=True).first() or 0


def _lock(function: str) -> None:
    if not connection.in_atomic_block:
        raise RuntimeError("the lock of Sends must be taken inside a transaction, got none")
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute(f"SELECT {function}(%s, %s)", SEND_LOCK_KEY)
