"""Free space of the disks that hold the home folder and the SQLite database: an alarm before a disk is full."""

import contextlib
import logging
import os
from dataclasses import dataclass
from pathlib import Path

from django.conf import settings
from django.db import connection

log = logging.getLogger(__name__)

MIN_FREE_BYTES, MIN_FREE_SHARE = 1 << 30, 0.1
"""The alarm is raised below 1 GiB, or below a tenth of a smaller disk; and below a hundredth of all files."""
MIN_FREE_FILES_SHARE = 0.01
CHECK_SECONDS, REPEAT_SECONDS = 30.0, 3600.0


@dataclass(frozen=True)
class DiskSpace:
    """One disk; `files` is 0 if its file system has no limit of files."""

    folder: str
    size: int
    free: int
    files: int = 0
    free_files: int = 0

    @property
    def is_low(self) -> bool:
        """Return True if the disk is nearly full."""
        needed = min(MIN_FREE_BYTES, self.size * MIN_FREE_SHARE)
        return self.free < needed or self.free_files < self.files * MIN_FREE_FILES_SHARE

    def describe(self) -> str:
        """Return what is left, for a log line or an alarm."""
        if self.free_files < self.files * MIN_FREE_FILES_SHARE:
            return f"{self.folder}: {self.free_files} files"
        return f"{self.folder}: {self.free / (1 << 20):,.0f} MiB"


def measure_disks() -> list[DiskSpace]:
    """Return the disks of the home folder and of the SQLite database, each once."""
    folders = [Path(settings.HOME)]
    if connection.vendor == "sqlite" and not str(connection.settings_dict["NAME"]).startswith("file:"):
        folders.append(Path(connection.settings_dict["NAME"]).parent)
    found: dict[int, DiskSpace] = {}
    for folder in folders:
        with contextlib.suppress(OSError):
            stat = os.statvfs(folder)
            size, free = stat.f_blocks * stat.f_frsize, stat.f_bavail * stat.f_frsize
            space = DiskSpace(str(folder), size, free, stat.f_files, stat.f_favail)
            found.setdefault(folder.stat().st_dev, space)
    return list(found.values())


class DiskWatch:
    """Log a disk that is nearly full: at once, and then every hour."""

    def __init__(self) -> None:
        self._checked_at = self._logged_at = float("-inf")

    def check(self, now: float) -> None:
        """Check twice a minute; `now` is in seconds of a monotonic clock."""
        if now - self._checked_at < CHECK_SECONDS:
            return
        self._checked_at = now
        low = [space.describe() for space in measure_disks() if space.is_low]
        if low and now - self._logged_at >= REPEAT_SECONDS:
            self._logged_at = now
            log.warning("the disk is nearly full; left: %s", "; ".join(low))
        elif not low:
            self._logged_at = float("-inf")
