"""Distinguish an unreachable database from a wrong statement: only an unreachable one may recover."""

import sqlite3

from django.db import InterfaceError, OperationalError, ProgrammingError


def is_database_unreachable(fault: BaseException | None) -> bool:
    """Return True if the database does not answer; False for a wrong statement."""
    if not isinstance(fault, InterfaceError | OperationalError):
        return False
    state = getattr(fault.__cause__, "sqlstate", None)
    if is_wrong_statement(fault):
        return False
    return state is None or state.startswith(("08", "53", "57P"))  # PostgreSQL: connections, resources, shutting down


def is_wrong_statement(fault: BaseException) -> bool:
    """Return True if the statement does not fit the database, for example because its tables have another version.

    Waiting does not help. SQLite reports it as an OperationalError, like a database that does not answer.
    """
    if isinstance(fault, ProgrammingError):
        return True
    return getattr(fault.__cause__, "sqlite_errorcode", 0) & 0xFF == sqlite3.SQLITE_ERROR
