"""Watch the database file of a running server: log its replacement, and let the next start treat it as restored.

The same task watches the free space of the disks.
"""

import asyncio
import contextlib
import logging
import time
from pathlib import Path

from django.conf import settings
from django.db import connection

from stoppress.runtime.restore_detection import IdentityFile
from stoppress.service.database.sqlite.file_identity import is_file_replaced
from stoppress.service.monitoring.disk_space import DiskWatch

log = logging.getLogger(__name__)

IDENTITY_FILES = ("edge.home", "mailer.home")
"""Identity files of restore detection: edge/follower/restored_logs.py and delivery/sender/restored_database.py."""
WATCH_INTERVAL_SECONDS, REPEAT_SECONDS = 1.0, 60.0


def is_database_replaced() -> bool:
    """Return True if the SQLite file was replaced or deleted since this server started."""
    return connection.vendor == "sqlite" and is_file_replaced(str(connection.settings_dict["NAME"]))


async def watch_database_file() -> None:
    """Log a replaced database file at once and then every minute."""
    watch, disk_watch = DatabaseFileWatch(settings.HOME), DiskWatch()
    while True:
        watch.check(time.monotonic())
        disk_watch.check(time.monotonic())
        await asyncio.sleep(WATCH_INTERVAL_SECONDS)


class DatabaseFileWatch:
    """Log lines and consequences of a replaced database file."""

    def __init__(self, home: Path) -> None:
        self._home = home
        self._logged_at: float | None = None

    def check(self, now: float) -> None:
        """Check once; `now` is in seconds of a monotonic clock."""
        if not is_database_replaced() or (self._logged_at is not None and now - self._logged_at < REPEAT_SECONDS):
            return
        if self._logged_at is None:
            for name in IDENTITY_FILES:
                with contextlib.suppress(OSError):
                    IdentityFile(self._home / name).change_identity()
        self._logged_at = now
        log.critical(
            "the database file %s was replaced or deleted while the server runs; all writes are refused; put the "
            "right file in its place and restart: it will count as restored",
            connection.settings_dict["NAME"],
        )
