"""Detect logs that went back because the database was restored, and reset their readers.

A log must never end before a change that was sent to readers, and no other change may get that change's number. So each
process that follows the logs stores its progress in the home folder, and compares the logs with it. A log that went
back gets a new epoch (coverage/actions/reset_epochs.py): its readers load their page again, and cached pages become
stale. All logs get a new epoch if the home folder is a copy. A folder that was only moved looks like a copy: one reset
too many does no harm.
"""

import contextlib
import logging
import time
from collections.abc import Callable, Mapping
from pathlib import Path

from django.utils import timezone

from stoppress.coverage.actions import reset_epoch
from stoppress.coverage.public_state import Cursor
from stoppress.runtime.restore_detection import IdentityFile, MarkFile, RestoreReason, detect_restore

log = logging.getLogger(__name__)

MARK_FILE, IDENTITY_FILE = "edge.marks", "edge.home"
MIN_WRITE_INTERVAL_SECONDS = 1.0


class RestoredLogDetector:
    """The highest change number of each log and epoch that this home folder has seen."""

    def __init__(self, folder: Path, clock: Callable[[], float] = time.monotonic) -> None:
        self._mark_file, self._identity_file = MarkFile(folder / MARK_FILE), IdentityFile(folder / IDENTITY_FILE)
        self._clock = clock
        self._identity = self._identity_file.identity()
        self._marks: dict[tuple[str, str], int] = {}
        """Change numbers by slug and epoch."""
        self._recorded: dict[tuple[str, str], str] = {}
        """Identity of the home folder when a mark was stored; for marks that this process has not checked yet."""
        for name, seq in self._mark_file.read().items():
            self._load(name, seq)
        self._stored: dict[tuple[str, str], int] = {}
        self._written_at = float("-inf")

    def _load(self, name: str, seq: int) -> None:
        identity, _, slug_and_epoch = name.partition(" ")
        slug, _, epoch = slug_and_epoch.rpartition(" ")
        key = slug, epoch
        self._marks[key] = max(seq, self._marks.get(key, 0))
        if self._recorded.get(key) != self._identity:
            self._recorded[key] = identity

    def check(self, positions: Mapping[str, Cursor]) -> bool:
        """Start a new epoch for every log that went back. The database is queried only for those.

        Args:
            positions: where each log ends, by slug.

        Returns:
            True if a log went back.
        """
        reasons = {slug: self._restore_reason(slug, cursor) for slug, cursor in positions.items()}
        restored = {slug: reason for slug, reason in reasons.items() if reason}
        for slug, reason in restored.items():
            cursor = positions[slug]
            mark = self._marks.pop((slug, cursor.epoch))
            is_first = reset_epoch(slug, cursor.epoch, cursor.seq + 1, timezone.now())
            if is_first and reason is RestoreReason.DATABASE_OLDER:
                log.error(
                    "coverage %s: log ends at change %d but %d was already sent; database restored? resetting readers",
                    *(slug, cursor.seq, mark),
                )
        if RestoreReason.HOME_COPIED in restored.values():
            log.error("%s: resetting the readers of all live blogs", RestoreReason.HOME_COPIED)
        self._recorded.clear()
        for slug, cursor in positions.items():
            if slug not in restored:
                self._marks[slug, cursor.epoch] = cursor.seq
        return bool(restored)

    def _restore_reason(self, slug: str, cursor: Cursor) -> RestoreReason | None:
        mark = self._marks.get((slug, cursor.epoch))
        if mark is None:
            return None
        recorded = self._recorded.get((slug, cursor.epoch), self._identity)
        return detect_restore(number=cursor.seq, mark=mark, identity=self._identity, recorded_identity=recorded)

    def write(self) -> None:
        """Store the marks that have risen, at most once a second; other processes of this home folder do the same."""
        now = self._clock()
        risen = {key: seq for key, seq in self._marks.items() if self._stored.get(key) != seq}
        if not risen or now - self._written_at < MIN_WRITE_INTERVAL_SECONDS:
            return
        self._written_at = now
        with contextlib.suppress(OSError):  # the disk is full: the next change is another opportunity
            self._identity_file.create("Inode and change time of this file identify the home folder.\n")
            identity = self._identity_file.identity()
            self._mark_file.raise_to({f"{identity} {slug} {epoch}": seq for (slug, epoch), seq in risen.items()})
            self._stored |= risen
