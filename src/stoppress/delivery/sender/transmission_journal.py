"""Record which deliveries have started on a connection, so that a kill makes only those uncertain.

    mailer: mark a slot ──► pass MAIL FROM to the transport ──► … ──► result committed ──► clear the slot
    successor: slots of a dead mailer ──► in flight and marked: uncertain    in flight and not marked: pending

The journal is a memory-mapped file `run/mailer-HOLDER.journal` in the home folder, one per mailer process. A store into
the mapping survives the death of the process, because the page cache belongs to the kernel. So nothing is synchronised
to the disk. That is not enough after a restart of the machine: the file contains the boot id, and a journal of another
boot proves nothing. Neither does one that is missing, foreign, damaged, overflowed, or locked by a running mailer. Then
everything in flight is uncertain.

A slot is cleared only after the result is committed and the mark of restore detection (restored_database.py) is raised
beyond it. So a database restored to a time before that commit is detected, and an empty slot never proves too much.
"""

import fcntl
import logging
import mmap
import os
from collections.abc import Iterable
from pathlib import Path
from struct import Struct

from stoppress.runtime.clock import read_boot_id

log = logging.getLogger(__name__)

MAGIC = b"stoppress-jrnl-1"
HEADER = Struct("=16s40s16sQ48x")
"""Magic, boot id, holder, overflow flag; 128 bytes."""
OVERFLOW_WORD = 72 // 8
FIRST_SLOT_WORD = HEADER.size // 8
MAX_STARTED_DELIVERIES = 32_768
"""Slots of the file: more than 25 started and unsettled deliveries for each of 1,000 connections."""
FILE_BYTES = HEADER.size + 8 * MAX_STARTED_DELIVERIES


class TransmissionJournal:
    """The deliveries of one mailer process that have started and are not settled. Without a file it records nothing.

    Args:
        words: the mapped file as 64-bit words, or None.
        path: the file.
        descriptor: its descriptor, which holds the lock.
    """

    def __init__(self, words: memoryview | None = None, path: Path | None = None, descriptor: int = -1) -> None:
        self._words, self._path, self._descriptor = words, path, descriptor
        last_word = FIRST_SLOT_WORD + MAX_STARTED_DELIVERIES - 1
        self._free = list(range(last_word, FIRST_SLOT_WORD - 1, -1))
        self._slots: dict[int, int] = {}

    @classmethod
    def create(cls, home: Path, holder: str) -> "TransmissionJournal":
        """Create the file of a mailer; if that fails, log it and return a journal without a file.

        Call it in the process that sends, after every fork: the lock on the file lasts as long as its mapping.
        """
        path = journal_path(home, holder)
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
            try:
                fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
                os.posix_fallocate(descriptor, 0, FILE_BYTES)  # a full disk is an error here, not SIGBUS at a store
                os.pwrite(descriptor, HEADER.pack(MAGIC, read_boot_id(), holder.encode("ascii"), 0), 0)
                mapped = mmap.mmap(descriptor, FILE_BYTES)
            except BaseException:
                os.close(descriptor)
                path.unlink(missing_ok=True)
                raise
        except OSError as error:
            log.warning(
                "transmission journal %s cannot be created: %s; after a kill all in flight is uncertain", path, error
            )
            return cls()
        return cls(memoryview(mapped).cast("Q"), path, descriptor)

    def mark_started(self, delivery_id: int) -> None:
        """Mark a delivery. Call it before the first byte of its MAIL command is passed to the transport."""
        words = self._words
        if words is None or delivery_id in self._slots:
            return
        if not self._free:
            words[OVERFLOW_WORD] = 1
            return
        slot = self._free.pop()
        words[slot] = delivery_id
        self._slots[delivery_id] = slot

    def clear(self, delivery_ids: Iterable[int]) -> None:
        """Clear deliveries whose result is committed."""
        words, slots, free = self._words, self._slots, self._free
        if words is None:
            return
        for delivery_id in delivery_ids:
            slot = slots.pop(delivery_id, 0)
            if slot:
                words[slot] = 0
                free.append(slot)

    def close(self) -> None:
        """Release the file, and delete it if nothing in it is unsettled."""
        if self._words is None or self._path is None:
            return
        if not self._slots:
            self._path.unlink(missing_ok=True)
        self._words.release()
        self._words = None
        os.close(self._descriptor)


def read_started(home: Path, holder: str) -> frozenset[int] | None:
    """Return the deliveries that a dead mailer had started and not settled; None if its journal proves nothing.

    A running mailer holds the lock of its file. It may start more deliveries, so its journal proves nothing either.
    """
    try:
        with journal_path(home, holder).open("rb") as file:
            fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
            content = file.read(FILE_BYTES + 1)
    except OSError:
        return None
    if len(content) != FILE_BYTES:
        return None
    magic, stored_boot_id, owner, overflow = HEADER.unpack_from(content)
    boot_id = read_boot_id()
    if magic != MAGIC or stored_boot_id.rstrip(b"\0") != boot_id or not boot_id or overflow:
        return None
    if owner.rstrip(b"\0") != holder.encode("ascii"):
        return None
    return frozenset(memoryview(content)[HEADER.size :].cast("Q")) - {0}


def delete_journals(home: Path, *, keep: str) -> None:
    """Delete the files of mailers that no longer run, except that of the mailer `keep`."""
    for path in journal_path(home, "").parent.glob("mailer-*.journal"):
        if path == journal_path(home, keep):
            continue
        try:
            with path.open("rb") as file:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
                path.unlink()
        except OSError:
            continue


def journal_path(home: Path, holder: str) -> Path:
    """Return the path of a mailer's journal."""
    return home / "run" / f"mailer-{holder}.journal"
