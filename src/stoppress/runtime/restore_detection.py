"""Detect a database that was restored from an older backup, by files in the home folder.

What a process has published cannot be recalled: a message sent, a change shown to a reader. So the process stores its
progress twice: as a number in the database, and then as a *mark* in a file of the home folder. The number in the
database is never lower than the mark, unless the database was restored from an older backup.

If the home folder was restored together with the database, the marks are as old as the database. Therefore the folder
also holds an *identity file*, created once. Its inode and change time differ in every copy, and no backup program can
set them. A folder that was only moved looks the same; callers take that into account.
"""

import fcntl
import os
from collections.abc import Mapping
from enum import StrEnum
from pathlib import Path

NUMBER_DIGITS = 20


class RestoreReason(StrEnum):
    """Why a database counts as restored."""

    DATABASE_OLDER = "the database was restored from an older backup"
    HOME_COPIED = "the home folder was restored, copied or moved"


def detect_restore(number: int, mark: int, identity: str, recorded_identity: str) -> RestoreReason | None:
    """Return why the database counts as restored; None if there is no sign of it.

    Args:
        number: progress according to the database.
        mark: progress according to the home folder.
        identity: identity of the home folder now.
        recorded_identity: identity that the home folder had when the progress was stored.
    """
    if number < mark:
        return RestoreReason.DATABASE_OLDER
    if identity != recorded_identity:
        return RestoreReason.HOME_COPIED
    return None


class IdentityFile:
    """A file that is created once in a home folder, to recognise a copy of the folder."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def create(self, content: str) -> None:
        """Create the file unless it exists. Of several processes that start at once, one writes it.

        Raises:
            OSError: if the file cannot be written.
        """
        with self._path.open("ab") as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            if not os.fstat(file.fileno()).st_size:
                file.write(content.encode())

    def content(self) -> str | None:
        """Return what the file was created with; None if it is missing, empty or unreadable."""
        try:
            return self._path.read_text(encoding="utf-8").strip() or None
        except (OSError, ValueError):
            return None

    def identity(self) -> str:
        """Return what differs in every copy of the file; "" if it is missing."""
        try:
            stat = self._path.stat()
        except OSError:
            return ""
        return f"{stat.st_ino}.{stat.st_ctime_ns}"

    def change_identity(self) -> None:
        """Change the identity as a copy would: the next start treats the database as restored.

        Raises:
            OSError: if the file is missing or belongs to another user.
        """
        self._path.chmod(self._path.stat().st_mode & 0o7777)  # sets the change time


class MarkFile:
    """Marks by name, each a number that only rises, whichever process of the home folder stores it.

    A line is the number with 20 digits, a space and the name. A number is overwritten in place by one write, which
    needs no room on a full disk and leaves no half number after a crash.
    """

    def __init__(self, path: Path) -> None:
        self._path = path

    def read(self) -> dict[str, int]:
        """Return the marks. Damaged lines are left out; a missing file holds no marks."""
        try:
            lines = _parse(self._path.read_bytes())
        except OSError:
            return {}
        return {name: number for name, (number, _) in lines.items()}

    def raise_to(self, marks: Mapping[str, int]) -> None:
        """Store each mark, unless the file holds a higher one of that name.

        Args:
            marks: numbers of at least 0 by names without line breaks.

        Raises:
            OSError: if the file cannot be written.
        """
        descriptor = os.open(self._path, os.O_RDWR | os.O_CREAT, 0o666)
        with os.fdopen(descriptor, "r+b", buffering=0) as file:
            fcntl.flock(descriptor, fcntl.LOCK_EX)
            data = file.read()
            lines = _parse(data)
            added = b"\n" if data and not data.endswith(b"\n") else b""
            for name, number in marks.items():
                digits = b"%0*d" % (NUMBER_DIGITS, number)
                if name not in lines:
                    added += b"%b %b\n" % (digits, name.encode())
                elif number > lines[name][0]:
                    os.pwrite(descriptor, digits, lines[name][1])
            if added:
                os.pwrite(descriptor, added, len(data))


def _parse(data: bytes) -> dict[str, tuple[int, int]]:
    """Return each name with its number and the position of the number in `data`."""
    found: dict[str, tuple[int, int]] = {}
    position = 0
    for line in data.split(b"\n")[:-1]:
        digits, _, name = line.partition(b" ")
        if name and len(digits) == NUMBER_DIGITS and digits.isdigit():
            found[name.decode(errors="replace")] = int(digits), position
        position += len(line) + 1
    return found
