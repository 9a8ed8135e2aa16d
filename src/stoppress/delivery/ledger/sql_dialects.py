"""What SQLite and PostgreSQL say differently, for the ledger's own statements.

Rows come out of SQLite as one JSON text: its driver lets go of the interpreter's lock at every row it steps over, and
beside a busy thread each of these costs milliseconds until it has the lock again.
"""

import json
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from django.db import connection, models

from stoppress.coverage.models import Change, LiveBlog
from stoppress.delivery.models import Alert, Delivery
from stoppress.subscribers.models import Mute, Subscriber, Subscription, Suppression


def _table(model: type[models.Model]) -> str:
    return model._meta.db_table


ALERT, DELIVERY, SUBSCRIBER = _table(Alert), _table(Delivery), _table(Subscriber)
SUBSCRIPTION, SUPPRESSION, MUTE = _table(Subscription), _table(Suppression), _table(Mute)
CHANGE, BLOG = _table(Change), _table(LiveBlog)


def is_sqlite() -> bool:
    """Whether one writer has the whole database to itself."""
    return connection.vendor == "sqlite"


def select_rows(columns: str, rest: str, params: Sequence[Any]) -> Sequence[Sequence[Any]]:
    """`SELECT columns FROM rest`. On SQLite times come as text and truth as 0 and 1: see `moment_of`."""
    with connection.cursor() as cursor:
        if not is_sqlite():
            cursor.execute(f"SELECT {columns} FROM {rest}", params)
            fetched: list[tuple[Any, ...]] = cursor.fetchall()
            return fetched
        cursor.execute(f"SELECT json_group_array(json_array({columns})) FROM {rest}", params)
        found: list[list[Any]] = json.loads(cursor.fetchone()[0])
        return found


def execute(statement: str, params: Sequence[Any]) -> int:
    """Run a statement that changes rows; how many those were."""
    with connection.cursor() as cursor:
        cursor.execute(statement, params)
        changed: int = cursor.rowcount
        return changed


def in_keys() -> str:
    """`column {among()}`: whether it is one of `ids(…)`, which is the statement's parameter here."""
    return "IN (SELECT value FROM json_each(%s))" if is_sqlite() else "= ANY(%s)"


def keys_parameter(keys: Iterable[int | UUID]) -> Any:
    """The parameter for `among()`."""
    found = [key if type(key) is int else key_parameter(key) for key in keys]
    return json.dumps(found) if is_sqlite() else found


def key_parameter(key: int | UUID) -> Any:
    """A key as this database keeps it."""
    return key.hex if is_sqlite() and isinstance(key, UUID) else key


def parse_uuid(value: object) -> UUID | None:
    """A UUID as it came out of `rows`."""
    return value if value is None or isinstance(value, UUID) else UUID(str(value))


def time_parameter(value: datetime) -> Any:
    """A time as this database keeps it."""
    return connection.ops.adapt_datetimefield_value(value)


def parse_time(value: object) -> datetime:
    """A time as it came out of `rows`."""
    return value if isinstance(value, datetime) else datetime.fromisoformat(str(value)).replace(tzinfo=UTC)
