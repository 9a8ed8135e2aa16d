"""Django's SQLite, in which requests write before the mailer, and nobody sleeps much longer than the lock is taken.

SQLite's own way of waiting is to sleep ever longer, up to a tenth of a second at a time.
"""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.db import OperationalError
from django.db.backends.sqlite3 import base

from stoppress.service.database.sqlite.write_precedence import STEP, Precedence

WAIT = 20.0
"""Seconds for which a transaction waits for the lock."""


class DatabaseWrapper(base.DatabaseWrapper):
    """Django's, whose transactions begin in order of precedence. `gives_way`: after those whom somebody waits for."""

    # Django's hooks for backends are not in its stubs: hence the ignores.
    gives_way = False

    def __init__(self, settings_dict: dict[str, Any], alias: str = "default") -> None:
        super().__init__(settings_dict, alias)
        self.precedence = Precedence("" if self.is_in_memory_db() else f"{settings_dict['NAME']}-first")
        self._first = False

    @contextmanager
    def first(self) -> Iterator[None]:
        """Whatever is written inside goes before what gives way, and that has often ended by the time it comes."""
        self._first = True
        self.precedence.go_ahead()
        try:
            yield
        finally:
            self._first = False
            self.precedence.done()

    def _start_transaction_under_autocommit(self) -> None:
        if self.gives_way:
            self.precedence.give_way()
            super()._start_transaction_under_autocommit()  # type: ignore[misc]
            return
        self.precedence.go_ahead()
        try:
            self._begin_soon()
        except BaseException:
            self._done()
            raise

    def _begin_soon(self) -> None:
        until = time.monotonic() + WAIT
        self._sleep_at_most(0)
        try:
            with self.cursor() as cursor:
                while not _begun(cursor, until):
                    time.sleep(STEP)
        finally:
            self._sleep_at_most(WAIT)

    def _sleep_at_most(self, seconds: float) -> None:
        """How long SQLite itself waits for its lock; said to the driver, since it is no query."""
        self.connection.execute(f"PRAGMA busy_timeout = {seconds * 1000:.0f}")

    def _commit(self) -> None:
        try:
            super()._commit()  # type: ignore[misc]
        finally:
            self._done()

    def _rollback(self) -> None:
        try:
            super()._rollback()  # type: ignore[misc]
        finally:
            self._done()

    def _close(self) -> None:
        super()._close()  # type: ignore[misc]
        self.precedence.close()

    def _done(self) -> None:
        if not self._first:
            self.precedence.done()


def stand_back() -> None:
    """From now on this process writes after those whom somebody waits for."""
    DatabaseWrapper.gives_way = True


def _begun(cursor: Any, until: float) -> bool:
    try:
        cursor.execute("BEGIN IMMEDIATE")
    except OperationalError as error:
        if "locked" not in str(error) or time.monotonic() > until:
            raise
        return False
    return True
