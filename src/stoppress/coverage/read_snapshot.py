"""Read several queries from one consistent state of the database, whatever is written meanwhile.

Without it, each query sees what was committed before it. A post that is pinned between two queries could then be
missing from a page, or appear twice. No rows are locked, and no writer waits.
"""

from collections.abc import Iterator
from contextlib import contextmanager

from django.db import Error, connection

BEGIN_STATEMENTS = {"sqlite": "BEGIN DEFERRED", "postgresql": "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY"}
"""By database: the statement after which every query sees the state that the first query sees."""


@contextmanager
def read_snapshot() -> Iterator[None]:
    """Run all queries in the block on one snapshot; they must not write.

    Within a transaction the block changes nothing: the isolation of that transaction applies.
    """
    if connection.in_atomic_block:
        yield
        return
    _execute(BEGIN_STATEMENTS[connection.vendor])
    try:
        yield
        _execute("COMMIT")
    except BaseException:
        _roll_back()
        raise


def _roll_back() -> None:
    """End the snapshot, or close the connection if that fails."""
    try:
        _execute("ROLLBACK")
    except Error:
        connection.close()


def _execute(statement: str) -> None:
    """Execute a statement outside Django's transaction management, which takes the write lock on SQLite."""
    with connection.cursor() as cursor:
        cursor.execute(statement)
