"""Django's SQLite backend with write precedence for requests and a short retry interval for the write lock.

SQLite itself retries after ever longer pauses, up to 0.1 s (decision 018).
"""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.db import OperationalError
from django.db.backends.sqlite3 import base

from stoppress.service.database.sqlite.write_precedence import YIELD_STEP_SECONDS, WritePrecedence

LOCK_TIMEOUT_SECONDS = 20.0
"""Seconds after which a transaction gives up waiting for the write lock."""


class DatabaseWrapper(base.DatabaseWrapper):
    """Django's wrapper, whose transactions begin in order of precedence.

    `yields`: transactions of this process begin after those of requests.
    """

    # Django's hooks for backends are not in its stubs: hence the ignores.
    yields = False

    def __init__(self, settings_dict: dict[str, Any], alias: str = "default") -> None:
        super().__init__(settings_dict, alias)
        self.precedence = WritePrecedence("" if self.is_in_memory_db() else f"{settings_dict['NAME']}-first")
        self._has_precedence = False

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
