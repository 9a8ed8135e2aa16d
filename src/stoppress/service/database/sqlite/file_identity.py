"""Detect that the database file was replaced or deleted while a server has it open.

SQLite would write on into a file that no path leads to any more: everything would be lost at the next restart. So a
server remembers device and inode of the file at its start (it *pins* the file), its child processes inherit them, and
each write compares them.
"""

import os

from django.db import OperationalError

VARIABLE = "_STOPPRESS_DATABASE_FILE"
"""Environment variable by which child processes inherit the pinned file. No setting."""

_pinned = os.environ.get(VARIABLE, "")
_is_wal_lost = False


class DatabaseFileReplacedError(OperationalError):
    """The database file is not the one that this server opened at its start."""


def pin_database_file(path: str) -> None:
    """Remember the file for this process and its children; a child keeps what its parent pinned."""
    global _pinned
    _pinned = os.environ.setdefault(VARIABLE, _identity(path))


def is_file_replaced(path: str) -> bool:
    """Return True if this server pinned the database file, and the path leads to another file or to none."""
    if not _pinned or not _pinned.endswith(f" {path}"):
        return False
    return _is_wal_lost or _identity(path) != _pinned


def refuse_replaced_file(path: str) -> None:
    """Raise an error if the database file was replaced.

    Raises:
        DatabaseFileReplacedError: the path leads to another file, or to none.
    """
    if is_file_replaced(path):
        raise DatabaseFileReplacedError(f"the database file {path} was replaced or deleted while the server runs")


def refuse_lost_wal(path: str) -> None:
    """Raise an error if the write-ahead log of an open database was deleted: it holds the newest commits.

    Raises:
        DatabaseFileReplacedError: the file is missing. From then on the database counts as replaced.
    """
    global _is_wal_lost
    if _pinned.endswith(f" {path}") and _stat(f"{path}-wal") is None:
        _is_wal_lost = True
    refuse_replaced_file(path)


def _identity(path: str) -> str:
    """Return device, inode and path; device and inode are 0 if the file is missing."""
    stat = _stat(path)
    return f"{stat.st_dev} {stat.st_ino} {path}" if stat else f"0 0 {path}"


def _stat(path: str) -> os.stat_result | None:
    try:
        return os.stat(path)  # noqa: PTH116  before every write: a Path costs more than the call
    except OSError:
        return None
