"""How far the logs have been told to readers, kept in the home folder: a database from the past is known by it.

Whoever follows the log compares what it finds with what it found before, also before the last stop. A log that has
gone back gets a new epoch (coverage/actions/restored.py): its readers, and caches with old pages, then start afresh.
"""

import contextlib
import json
import logging
import os
import time
from collections.abc import Callable, Mapping
from pathlib import Path

from stoppress.coverage.actions import start_new_epoch
from stoppress.coverage.state import Cursor

log = logging.getLogger(__name__)

NAME = "edge.cursors"
EVERY = 1.0
"""Seconds between two writings, at least."""


class HighWater:
    """The highest number of each log that this home has seen."""

    def __init__(self, folder: Path, clock: Callable[[], float] = time.monotonic) -> None:
        self._path, self._clock = folder / NAME, clock
        self._marks = _read(self._path)
        self._written, self._wrote = dict(self._marks), float("-inf")

    def check(self, found: Mapping[str, Cursor]) -> bool:
        """Give a new epoch to every log that has gone back; whether there was one. Asks the database only then."""
        back = {
            slug: mark
            for slug, mark in self._marks.items()
            if slug in found and found[slug].epoch == mark.epoch and found[slug].seq < mark.seq
        }
        for slug, mark in back.items():
            if start_new_epoch(slug, mark.epoch, mark.seq):
                log.error("%s was put back from change %d to %d: readers start afresh", slug, mark.seq, found[slug].seq)
            del self._marks[slug]
        self._marks |= {slug: cursor for slug, cursor in found.items() if slug not in back}
        return bool(back)

    def write(self) -> None:
        """Keep the marks, unless that was done a moment ago; other processes of this home write the same."""
        now = self._clock()
        if self._marks == self._written or now - self._wrote < EVERY:
            return
        self._wrote = now
        text = json.dumps({slug: str(cursor) for slug, cursor in self._marks.items()})
        fresh = self._path.with_suffix(f".{os.getpid()}")
        with contextlib.suppress(OSError):  # a full disk: the next change is another chance
            fresh.write_text(text, encoding="utf-8")
            fresh.replace(self._path)
            self._written = dict(self._marks)


def _read(path: Path) -> dict[str, Cursor]:
    """The marks of before; none where there are none, or nobody can read them."""
    try:
        told = json.loads(path.read_text(encoding="utf-8"))
        cursors = {slug: Cursor.parse(text) for slug, text in told.items()}
    except (OSError, ValueError, AttributeError, TypeError):
        return {}
    return {slug: cursor for slug, cursor in cursors.items() if cursor is not None}
