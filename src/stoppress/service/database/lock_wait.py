"""Limit the time that a statement waits for locks of PostgreSQL; SQLite's limit is part of its settings."""

from typing import Any

LOCK_WAIT_SECONDS = 20
"""As for SQLite (sqlite/base.py): a request then gets 503 instead of holding its thread."""


def limit_lock_wait(sender: Any, connection: Any, **_: Any) -> None:
    """Set the limit on a new connection (receiver of Django's `connection_created`)."""
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute(f"SET lock_timeout = '{LOCK_WAIT_SECONDS}s'")
