"""How far the logs have been told to readers, kept in the home folder: a database from the past is known by it.

Whoever follows the log compares what it finds with what it found before, also before the last stop. A log that has
gone back gets a new epoch (coverage/actions/reset_epochs.py): its readers, and caches with old pages, then start afresh.
If the whole home folder was put back, the marks are from the past as well; but then the file that was made once is
another file, which no backup can hide. It may only have been moved: to start afresh once more than needed does no harm.
"""

import contextlib
import json
import logging
import time
from collections.abc import Callable, Mapping
from pathlib import Path

from django.utils import timezone

from stoppress.coverage.actions import reset_epoch
from stoppress.coverage.public_state import Cursor
from stoppress.runtime.atomic_files import write_atomically

log = logging.getLogger(__name__)

MARKS, ONCE = "edge.cursors", "edge.home"
EVERY = 1.0
"""Seconds between two writings, at least."""


class HighWater:
    """The highest number of each log that this home has seen."""

    def __init__(self, folder: Path, clock: Callable[[], float] = time.monotonic) -> None:
        self._path, self._once, self._clock = folder / MARKS, folder / ONCE, clock
        home, self._marks = _read(self._path)
        self._moved = bool(self._marks) and home != identity(self._once)
        self._written: dict[str, Cursor] = {}
        self._wrote = float("-inf")

    def check(self, found: Mapping[str, Cursor]) -> bool:
        """Give a new epoch to every log that has gone back; whether there was one. Asks the database only then."""
        back = {
            slug: mark for slug, mark in self._marks.items() if slug in found and self._is_behind(found[slug], mark)
        }
        for slug, mark in back.items():
            if reset_epoch(slug, mark.epoch, found[slug].seq + 1, timezone.now()) and not self._moved:
                log.error("%s ends at change %d, and told %d: readers start afresh", slug, found[slug].seq, mark.seq)
            self._marks.pop(slug, None)
        if self._moved and back:
            log.error("the home folder was put back, moved, or its files given to others: all readers start afresh")
        self._moved = False
        self._marks |= {slug: cursor for slug, cursor in found.items() if slug not in back}
        return bool(back)

    def _is_behind(self, now: Cursor, mark: Cursor) -> bool:
        return now.epoch == mark.epoch and (now.seq < mark.seq or self._moved)

    def write(self) -> None:
        """Keep the marks, unless that was done a moment ago; other processes of this home write the same."""
        now = self._clock()
        if self._marks == self._written or now - self._wrote < EVERY:
            return
        self._wrote = now
        with contextlib.suppress(OSError):  # a full disk: the next change is another chance
            if not self._once.exists():
                self._once.write_text("Which home folder this is, by where and when this file was made.\n", "utf-8")
            marks = {slug: str(cursor) for slug, cursor in self._marks.items()}
            text = json.dumps({"home": identity(self._once), "cursors": marks})
            write_atomically(self._path, text.encode(), durable=False)
            self._written = dict(self._marks)


def identity(path: Path) -> str:
    """What changes when a file is copied or put back; "" if there is none."""
    try:
        stat = path.stat()
    except OSError:
        return ""
    return f"{stat.st_ino}.{stat.st_ctime_ns}"


def _read(path: Path) -> tuple[str, dict[str, Cursor]]:
    """The home and the marks of before; none where there are none, or nobody can read them."""
    try:
        told = json.loads(path.read_text(encoding="utf-8"))
        cursors = {slug: Cursor.parse(text) for slug, text in told["cursors"].items()}
        return told["home"], {slug: cursor for slug, cursor in cursors.items() if cursor is not None}
    except (OSError, ValueError, AttributeError, TypeError, KeyError):
        return "", {}
