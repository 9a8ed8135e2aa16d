"""Detect a restored database, so that no mail is sent a second time.

Whenever a mailer claims or settles deliveries, it increments a counter in the database. After the commit, and before a
message leaves, it raises a mark in the home folder to the same number (runtime/restore_detection.py). So a counter
below the mark reveals a database from an older backup. The database also stores the identity of each home folder, and
so recognises a copy of it.

With PostgreSQL any number of home folders share a database, and a new one joins without a check.
"""

from dataclasses import dataclass
from pathlib import Path
from secrets import token_hex

from django.db import connection

from stoppress.delivery.models import LedgerCounter
from stoppress.runtime.restore_detection import IdentityFile, MarkFile, detect_restore

IDENTITY_FILE, MARK_FILE = "mailer.home", "mailer.marks"
MARK = "ledger"
"""Name of the mark in its file."""
TABLE = LedgerCounter._meta.db_table  # noqa: SLF001  Django documents Model._meta
INCREMENT = f"UPDATE {TABLE} SET number = number + 1 WHERE home = %s RETURNING number"


class DatabaseRestoredError(Exception):
    """The counter in the database is lower than the number of claims and settlements of this mailer."""


@dataclass(frozen=True)
class HomeMarks:
    """What the files of a home folder contain."""

    home: str | None
    """Name of the home folder, made once; None if the file is missing."""
    identity: str
    """Differs in every copy of the folder."""
    number: int | None
    """The highest counter that mail was sent for; None if the file is missing or damaged."""


def find_restore_reason(marks: HomeMarks, known: LedgerCounter | None, *, first: bool) -> str:
    """Return why the database counts as restored; "" if there is no sign of it.

    Args:
        marks: contents of the home folder.
        known: the database's row for this home folder.
        first: True if a home folder without files may be a new one.
    """
    if marks.home is None:
        return "" if first else "the home folder has lost the files that show how far mail was sent"
    if marks.number is None:
        return "the file that shows how far mail was sent is missing or damaged"
    number, recorded = (known.number, known.identity) if known else (0, marks.identity)
    return detect_restore(number, marks.number, marks.identity, recorded) or ""


class MailRestoreDetector:
    """Compares the database with one home folder."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._identity_file, self._mark_file = IdentityFile(folder / IDENTITY_FILE), MarkFile(folder / MARK_FILE)
        self._home = ""
        self._number = 0

    def check(self) -> str:
        """Return why the database counts as restored, or join it and return "" if there is no sign of it."""
        marks = self._read_marks()
        first = connection.vendor == "postgresql" or not LedgerCounter.objects.exists()
        reason = find_restore_reason(marks, self._find_row(marks), first=first)
        if not reason:
            self._join(marks)
        return reason

    def is_database_restored(self) -> bool:
        """Return True if the database counts as restored; changes nothing."""
        marks = self._read_marks()
        return bool(find_restore_reason(marks, self._find_row(marks), first=False))

    def reset(self) -> None:
        """Continue from the higher number, after the deliveries in the database have become uncertain."""
        self._join(self._read_marks())

    def advance(self) -> int:
        """Increment the counter, inside the transaction that claims or settles deliveries, and return it.

        Raises:
            DatabaseRestoredError: if the counter was lower than at the last call, or is gone.
        """
        with connection.cursor() as cursor:
            cursor.execute(INCREMENT, [self._home])
            row = cursor.fetchone()
        if row is None or row[0] <= self._number:
            raise DatabaseRestoredError
        return int(row[0])

    def raise_to(self, number: int) -> None:
        """Raise the mark to the counter, after the commit.

        Raises:
            OSError: if the file cannot be written.
        """
        self._mark_file.raise_to({MARK: number})
        self._number = max(number, self._number)

    def _find_row(self, marks: HomeMarks) -> LedgerCounter | None:
        return LedgerCounter.objects.filter(pk=marks.home or "").first()

    def _read_marks(self) -> HomeMarks:
        home = self._identity_file.content()
        if home is None:
            return HomeMarks(None, "", None)
        return HomeMarks(home, self._identity_file.identity(), self._mark_file.read().get(MARK))

    def _join(self, marks: HomeMarks) -> None:
        """Create what is missing in the home folder and in the database; the database gets the higher number."""
        if marks.home is None:
            self._folder.mkdir(parents=True, exist_ok=True)
            self._mark_file.raise_to({MARK: 0})
            self._identity_file.create(token_hex(16))
            marks = self._read_marks()
        assert marks.home, "it was just written"
        row, _ = LedgerCounter.objects.get_or_create(home=marks.home, defaults={"identity": marks.identity})
        number = max(row.number, marks.number or 0)
        LedgerCounter.objects.filter(pk=row.pk).update(number=number, identity=marks.identity)
        if marks.number is None:
            self._mark_file.raise_to({MARK: number})
        self._home, self._number = marks.home, marks.number or 0
