"""Django's SQLite backend with write precedence for requests and a short retry interval for the write lock.

SQLite itself retries after ever longer pauses, up to 0.1 s (decision 018).
"""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.db import OperationalError
from django.db.backends.sqlite3 import base

from stoppress.service.database.sqlite.file_identity import refuse_lost_wal, refuse_replaced_file
from stoppress.service.database.sqlite.write_precedence import YIELD_STEP_SECONDS, WritePrecedence

LOCK_TIMEOUT_SECONDS = 20.0
"""Seconds after which a transaction gives up waiting for the write lock."""


READING = ("SELECT", "PRAGMA", "BEGIN ", "SAVEPO", "RELEAS", "ROLLBA", "COMMIT", "EXPLAI")
"""First letters of statements that write nothing by themselves."""


class GuardedCursor(base.SQLiteCursorWrapper):
    """Django's cursor, which refuses to write outside a transaction if the database file was replaced."""

    path = ""

    def execute(self, query: str, params: Any = None) -> Any:
        """Execute one statement."""
        self._refuse_write(query)
        return super().execute(query, params)

    def executemany(self, query: str, param_list: Any) -> Any:
        """Execute a statement many times."""
        self._refuse_write(query)
        return super().executemany(query, param_list)

    def _refuse_write(self, query: str) -> None:
        # The beginning and the end of a transaction have checks of their own.
        if not self.connection.in_transaction and query[:6].upper() not in READING:
            refuse_replaced_file(self.path)


class DatabaseWrapper(base.DatabaseWrapper):
    """Django's wrapper, whose transactions begin in order of precedence.

    It refuses to write, and to open new connections, if the database file was replaced under a running server.

    `yields`: transactions of this process begin after those of requests.
    """

    # Django's hooks for backends are not in its stubs: hence the ignores.
    yields = False

    def __init__(self, settings_dict: dict[str, Any], alias: str = "default") -> None:
        super().__init__(settings_dict, alias)
        self._path = "" if self.is_in_memory_db() else str(settings_dict["NAME"])
        self.precedence = WritePrecedence(f"{self._path}-first" if self._path else "")
        self._has_precedence = self._has_wal = False

    def get_new_connection(self, conn_params: Any) -> Any:
        """Open the database, unless its file was replaced: opening a missing file would create an empty database."""
        refuse_replaced_file(self._path)
        opened = super().get_new_connection(conn_params)
        self._has_wal = opened.execute("PRAGMA journal_mode").fetchone()[0] == "wal"
        try:
            refuse_replaced_file(self._path)
        except BaseException:
            opened.close()
            raise
        return opened

    def create_cursor(self, name: str | None = None) -> Any:
        """Return a cursor that refuses to write to a replaced file."""
        cursor = self.connection.cursor(factory=GuardedCursor)
        cursor.path = self._path
        return cursor

    @contextmanager
    def first(self) -> Iterator[None]:
        """Give writes inside this context precedence over processes that yield."""
        self._has_precedence = True
        self.precedence.begin_request()
        try:
            yield
        finally:
            self._has_precedence = False
            self.precedence.end_request()

    def _start_transaction_under_autocommit(self) -> None:
        refuse_replaced_file(self._path)
        if self.yields:
            self.precedence.wait_for_requests()
            super()._start_transaction_under_autocommit()  # type: ignore[misc]
            return
        self.precedence.begin_request()
        try:
            self._begin_with_short_retries()
        except BaseException:
            self._end_request()
            raise

    def _begin_with_short_retries(self) -> None:
        until = time.monotonic() + LOCK_TIMEOUT_SECONDS
        self._set_busy_timeout(0)
        try:
            with self.cursor() as cursor:
                while not _try_to_begin(cursor, until):
                    time.sleep(YIELD_STEP_SECONDS)
        finally:
            self._set_busy_timeout(LOCK_TIMEOUT_SECONDS)

    def _set_busy_timeout(self, seconds: float) -> None:
        """Set how long SQLite itself waits for its lock."""
        self.connection.execute(f"PRAGMA busy_timeout = {seconds * 1000:.0f}")

    def _commit(self) -> None:
        try:
            if self._has_wal and self.connection is not None:
                refuse_lost_wal(self._path)
            super()._commit()  # type: ignore[misc]
        finally:
            self._end_request()

    def _rollback(self) -> None:
        try:
            super()._rollback()  # type: ignore[misc]
        finally:
            self._end_request()

    def _close(self) -> None:
        super()._close()  # type: ignore[misc]
        self.precedence.close()

    def _end_request(self) -> None:
        if not self._has_precedence:
            self.precedence.end_request()


def yield_to_requests() -> None:
    """Make transactions of this process begin after those of requests."""
    DatabaseWrapper.yields = True


def _try_to_begin(cursor: Any, until: float) -> bool:
    try:
        cursor.execute("BEGIN IMMEDIATE")
    except OperationalError as error:
        if "locked" not in str(error) or time.monotonic() > until:
            raise
        return False
    return True
