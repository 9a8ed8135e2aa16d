"""Distinguish an unreachable database from a wrong statement: only an unreachable one may recover."""

import sqlite3

from django.db import InterfaceError, OperationalError


def is_database_unreachable(fault: BaseException | None) -> bool:
    """Return True if the database does not answer; False for a wrong statement."""
    if not isinstance(fault, InterfaceError | OperationalError):
        return False
    code, state = getattr(fault.__cause__, "sqlite_errorcode", 0), getattr(fault.__cause__, "sqlstate", None)
    if code & 0xFF == sqlite3.SQLITE_ERROR:
        return False  # a wrong statement
    return state is None or state.startswith(("08", "53", "57P"))  # PostgreSQL: connections, resources, shutting down
