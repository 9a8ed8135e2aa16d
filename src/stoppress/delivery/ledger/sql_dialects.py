"""Differences between SQLite and PostgreSQL in the ledger's own statements.

SQLite returns rows as one JSON text. Its driver releases the interpreter lock at every row it steps over. Beside a busy
thread, each release costs milliseconds until the thread has the lock again.
"""

import json
from collections.abc import Callable, Iterable, Sequence
from datetime import UTC, datetime
from typing import Any, TypeVar
from uuid import UUID

from django.db import connection, models

from stoppress.coverage.models import Change, LiveBlog
from stoppress.delivery.models import Alert, Delivery
from stoppress.subscribers.models import Mute, Subscriber, Subscription, Suppression

T = TypeVar("T")


def _table(model: type[models.Model]) -> str:
    return model._meta.db_table  # noqa: SLF001  Django documents Model._meta


ALERT, DELIVERY, SUBSCRIBER = _table(Alert), _table(Delivery), _table(Subscriber)
SUBSCRIPTION, SUPPRESSION, MUTE = _table(Subscription), _table(Suppression), _table(Mute)
CHANGE, BLOG = _table(Change), _table(LiveBlog)


def is_sqlite() -> bool:
    """Return True if the database is SQLite, where one writer has the whole database to itself."""
    return connection.vendor == "sqlite"


def select_rows(make: Callable[[Iterable[Any]], T], columns: str, rest: str, parameters: Sequence[Any]) -> list[T]:
    """Run `SELECT columns FROM rest` and return one named tuple per row.

    Args:
        make: the `_make` of the row's NamedTuple, whose fields are the columns in their order.
        columns: the expressions to select.
        rest: the statement after FROM.
        parameters: values for `%s` in both.

    Returns:
        The rows. On SQLite, times are text and booleans are 0 or 1 (see `parse_time`).
    """
    with connection.cursor() as cursor:
        if not is_sqlite():
            cursor.execute(f"SELECT {columns} FROM {rest}", parameters)
            return list(map(make, cursor.fetchall()))
        cursor.execute(f"SELECT json_group_array(json_array({columns})) FROM {rest}", parameters)
        return list(map(make, json.loads(cursor.fetchone()[0])))


def execute(statement: str, parameters: Sequence[Any]) -> int:
    """Run a statement that changes rows; return how many it changed."""
    with connection.cursor() as cursor:
        cursor.execute(statement, parameters)
        row_count: int = cursor.rowcount
        return row_count


def in_keys() -> str:
    """Return the SQL after a column that tests if its value is one of the keys, with parameter `keys_parameter(…)`."""
    return "IN (SELECT value FROM json_each(%s))" if is_sqlite() else "= ANY(%s)"


def keys_parameter(keys: Iterable[int | UUID]) -> Any:
    """Return the parameter for `in_keys()`."""
    keys_to_pass = [key if type(key) is int else key_parameter(key) for key in keys]
    return json.dumps(keys_to_pass) if is_sqlite() else keys_to_pass


def key_parameter(key: int | UUID) -> Any:
    """Return a key in the form in which this database stores it."""
    return key.hex if is_sqlite() and isinstance(key, UUID) else key


def parse_uuid(value: object) -> UUID | None:
    """Return a UUID out of a row of `select_rows`."""
    return value if value is None or isinstance(value, UUID) else UUID(str(value))


def time_parameter(value: datetime) -> Any:
    """Return a time in the form in which this database stores it."""
    return connection.ops.adapt_datetimefield_value(value)


def parse_time(value: object) -> datetime:
    """Return a time out of a row of `select_rows`."""
    return value if isinstance(value, datetime) else datetime.fromisoformat(str(value)).replace(tzinfo=UTC)
