"""Remove what an erasure leaves outside of its rows: mail that was kept as files, and SQLite's write-ahead log.

    erase ──► marker file `run/erasures/HASH` ──► commit ──► remove traces ──► marker `HASH.swept`
    scheduler, every minute: remove traces again ──► after an hour delete the marker

The second look finds mail that was in flight during the erasure, and waits for readers that held the log. The marker's
name is the keyed hash that also replaces the address in its row. In the database file, SQLite itself overwrites what is
deleted (`PRAGMA secure_delete`).
"""

import contextlib
import logging
from datetime import UTC, datetime, timedelta
from pathlib import Path

from django.conf import settings
from django.db import DatabaseError, connection

from stoppress.delivery.kept_mail import delete_kept_mail
from stoppress.subscribers.address_validation import parse_address
from stoppress.subscribers.erased_addresses import ERASED_KEY_PREFIX, erased_key
from stoppress.subscribers.errors import InvalidAddressError
from stoppress.subscribers.models import Subscriber

log = logging.getLogger(__name__)

KEEP_MARKERS = timedelta(hours=1)
"""Time in which mail that was in flight during the erasure is still looked for."""
MAX_WAIT_MILLISECONDS = 500
"""Time to wait for readers of the write-ahead log."""
SWEPT_SUFFIX = ".swept"
OVERLAP_SECONDS = 60.0
"""Files this much older than a marker that was swept are searched again."""


def mark_erasure(key: str) -> None:
    """Note that the address with this key is being erased. Call it before the commit.

    Raises:
        OSError: the marker cannot be written.
    """
    _markers_folder().mkdir(parents=True, exist_ok=True)
    (_markers_folder() / erased_key(key).removeprefix(ERASED_KEY_PREFIX)).touch()


def remove_erasure_traces(now: datetime) -> int:
    """Remove the traces of all marked erasures; return the number of files deleted."""
    try:
        markers = {path: path.stat().st_mtime for path in _markers_folder().iterdir()}
    except FileNotFoundError:
        return 0
    if not markers:
        return 0
    since = min(at - OVERLAP_SECONDS if path.suffix else 0.0 for path, at in markers.items())
    hashes = {path.stem for path in markers}
    deleted = delete_kept_mail(Path(settings.KEPT_MAIL), lambda recipient: _is_erased(recipient, hashes), since)
    is_complete = _empty_write_ahead_log()
    for path, at in markers.items():
        with contextlib.suppress(FileNotFoundError):  # another process was faster
            if not path.suffix:
                path.rename(path.with_name(f"{path.name}{SWEPT_SUFFIX}"))
            elif is_complete and datetime.fromtimestamp(at, UTC) < now - KEEP_MARKERS:
                path.unlink()
    return deleted


def remove_erasure_traces_now(now: datetime) -> None:
    """Remove the traces after a commit. A fault is logged: the scheduler tries again."""
    try:
        remove_erasure_traces(now)
    except (OSError, DatabaseError):
        log.warning("traces of an erasure could not be removed yet; trying again in a minute", exc_info=True)


def _markers_folder() -> Path:
    return Path(settings.HOME) / "run" / "erasures"


def _is_erased(recipient: str, hashes: set[str]) -> bool:
    """Return True if this address was erased, and has not signed up again."""
    try:
        key = parse_address(recipient).key
    except InvalidAddressError:
        return False
    is_marked = erased_key(key).removeprefix(ERASED_KEY_PREFIX) in hashes
    return is_marked and not Subscriber.objects.filter(key=key).exists()


def _empty_write_ahead_log() -> bool:
    """Copy SQLite's write-ahead log into the database and empty it; return False if that must wait.

    It must wait for readers of the log, and for the end of a transaction of this connection.
    """
    if connection.vendor != "sqlite":
        return True
    if connection.in_atomic_block:
        return False
    with connection.cursor() as cursor:
        [usual] = cursor.execute("PRAGMA busy_timeout").fetchone()
        cursor.execute(f"PRAGMA busy_timeout = {MAX_WAIT_MILLISECONDS}")
        try:
            is_busy, *_ = cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
        finally:
            cursor.execute(f"PRAGMA busy_timeout = {usual}")
    return not is_busy
