"""Several queries that see the same state of the database, whatever is written meanwhile.

Without it, each query sees what was committed before it: a post that is pinned between two of them could stand in
neither place of a page, or in both. Nothing is locked, and nobody who writes waits.
"""

from collections.abc import Iterator
from contextlib import contextmanager

from django.db import Error, connection

BEGIN_STATEMENTS = {"sqlite": "BEGIN_STATEMENTS DEFERRED", "postgresql": "BEGIN_STATEMENTS ISOLATION LEVEL REPEATABLE READ READ ONLY"}
"""By the database: what makes all that follows see what the first query sees."""


@contextmanager
def read_snapshot() -> Iterator[None]:
    """Read everything inside as of one moment; nothing may be written. A transaction has its own way of seeing."""
    if connection.in_atomic_block:
        yield
        return
    _say(BEGIN_STATEMENTS[connection.vendor])
    try:
        yield
        _say("COMMIT")
    except BaseException:
        _leave()
        raise


def _leave() -> None:
    """See the present again; on a new connection, if this one cannot."""
    try:
        _say("ROLLBACK")
    except Error:
        connection.close()


def _say(statement: str) -> None:
    """Past Django's own transactions, which on SQLite take the lock of those who write."""
    with connection.cursor() as cursor:
        cursor.execute(statement)
