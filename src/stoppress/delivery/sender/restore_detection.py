"""The fence: a database from the past sends nothing a second time.

With every window that a mailer takes up or settles, a number in the database goes up by one; once that is committed,
and before anything leaves, a file in the home folder is raised to it. So the database is never behind the file, unless
it was put back to an earlier time. A second file is made once; what copying it changes is kept in the database, so that
a copy of the whole home folder is known as well.

On PostgreSQL any number of homes share a database, and a new one joins freely.
"""

import fcntl
import os
from dataclasses import dataclass
from pathlib import Path
from secrets import token_hex

from django.db import connection

from stoppress.delivery.models import LedgerCounter

HOME, NUMBER = "mailer.home", "mailer.fence"
WIDTH = 20
"""Digits of the number: always written over whole, at once."""


class DatabaseRestoredError(Exception):
    """The database is older than what has left from here."""


@dataclass(frozen=True)
class HomeMarks:
    """What the home folder says: its name, what copying changes, how far mail has left; None for what is missing."""

    home: str | None
    identity: str
    number: int | None


def find_restore_reason(marks: HomeMarks, known: LedgerCounter | None, *, first: bool) -> str:
    """Why this database must be taken for one from the past; "" if nothing speaks for that.

    Args:
        known: what the database knows of this home.
        first: whether a home without marks may be a new one.
    """
    if marks.home is None:
        return "" if first else "the home folder has lost the files that say how far mail has left"
    if marks.number is None:
        return "the file that says how far mail has left is missing or damaged"
    if (known.number if known else 0) < marks.number:
        return "the database has been put back to an earlier time"
    if known and known.identity != marks.identity:
        return "the home folder is a copy, or was moved"
    return ""


class MailRestoreDetector:
    """The fence of one home folder."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._home = ""
        self._number = 0

    def check(self) -> str:
        """Why the database must be taken for one from the past, or ""; a new home joins."""
        marks = self._read()
        known = LedgerCounter.objects.filter(pk=marks.home or "").first()
        first = connection.vendor == "postgresql" or not LedgerCounter.objects.exists()
        why = find_restore_reason(marks, known, first=first)
        if not why:
            self._join(marks)
        return why

    def is_database_restored(self) -> bool:
        """Return True if the database must be taken for one from the past; changes nothing."""
        marks = self._read()
        known = LedgerCounter.objects.filter(pk=marks.home or "").first()
        return bool(find_restore_reason(marks, known, first=False))

    def reset(self) -> None:
        """Go on from here, after what the database held was set aside."""
        self._join(self._read())

    def advance(self) -> int:
        """One step in the database, inside the transaction that takes up or settles deliveries. Raises DatabaseRestoredError."""
        with connection.cursor() as cursor:
            statement = f"UPDATE {LedgerCounter._meta.db_table} SET number = number + 1 WHERE home = %s RETURNING number"
            cursor.execute(statement, [self._home])
            found = cursor.fetchone()
        if found is None or found[0] <= self._number:
            raise DatabaseRestoredError
        return int(found[0])

    def raise_to(self, number: int) -> None:
        """The same in the file, after the commit. Several mailers may share a home: the number never goes down."""
        with open(self._folder / NUMBER, "r+b") as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            if number > (_number(file.read()) or 0):
                os.pwrite(file.fileno(), _line(number), 0)
        self._number = max(number, self._number)

    def _read(self) -> HomeMarks:
        try:
            home = (self._folder / HOME).read_text("ascii").strip()
            stat = (self._folder / HOME).stat()
        except (OSError, ValueError):
            return HomeMarks(None, "", None)
        try:
            number = _number((self._folder / NUMBER).read_bytes())
        except OSError:
            number = None
        return HomeMarks(home, f"{stat.st_ino}.{stat.st_ctime_ns}", number)

    def _join(self, marks: HomeMarks) -> None:
        """Make what is missing, here and in the database, and let both say the larger number."""
        if marks.home is None:
            self._folder.mkdir(parents=True, exist_ok=True)
            (self._folder / NUMBER).write_bytes(_line(0))
            (self._folder / HOME).write_text(token_hex(16), "ascii")
            marks = self._read()
        assert marks.home, "it was just written"
        known, _ = LedgerCounter.objects.get_or_create(home=marks.home, defaults={"identity": marks.identity})
        number = max(known.number, marks.number or 0)
        LedgerCounter.objects.filter(pk=known.pk).update(number=number, identity=marks.identity)
        if marks.number is None:
            (self._folder / NUMBER).write_bytes(_line(number))
        self._home, self._number = marks.home, marks.number or 0


def _line(number: int) -> bytes:
    return b"%0*d\n" % (WIDTH, number)


def _number(line: bytes) -> int | None:
    digits = line.strip()
    return int(digits) if len(digits) == WIDTH and digits.isdigit() else None
