"""The clock as a process of its own.

wait ──► is it our turn? ──► which jobs are due? ──► each by itself ──► journal

A job that fails is logged and counted, and stops nobody else.
"""

import logging
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

from django.conf import settings
from django.db import DatabaseError, close_old_connections, connection

from stoppress.runtime.clock import utc_now
from stoppress.runtime.processes.leader_lock import LeaderLock
from stoppress.runtime.processes.stop_signal import StopSignal
from stoppress.service.notifications.transports import bell
from stoppress.service.scheduler.job_journal import read_journal, write_journal
from stoppress.service.scheduler.job_schedule import Job, Record, due
from stoppress.service.scheduler.job_table import jobs
from stoppress.service.scheduler.scheduler_lock import turn

log = logging.getLogger(__name__)

LOOK_AGAIN = 1.0
"""Seconds between two looks at the time."""


def main() -> int:
    """Run until told to stop: by SIGTERM or SIGINT, or by the end of standard input if that is a pipe from a parent."""
    mine = turn(settings.HOME)
    with StopSignal() as stop:
        clock = Clock(jobs(), mine, bell().folder)
        try:
            while not stop.is_set:
                clock.look(utc_now(), stop)
                stop.wait(LOOK_AGAIN)
        finally:
            mine.release()
            connection.close()
    return 0


class Clock:
    """One clock; `look` does what is due."""

    def __init__(self, table: Sequence[Job], mine: LeaderLock, folder: Path) -> None:
        self._table, self._turn, self._folder = table, mine, folder
        self._records: dict[str, Record] | None = None
        self._stands_by = False

    def look(self, now: datetime, stop: StopSignal | None = None) -> None:
        """Do what is due, if it is our turn."""
        if not self._turn.acquire():
            self._records = None  # Whoever works now goes on with the journal.
            if not self._stands_by:
                self._stands_by = True
                log.info("another clock works; this one stands by")
            return
        if self._records is None:
            self._records = read_journal(self._folder)
        if self._stands_by:
            self._stands_by = False
            log.info("this clock takes over")
        for job in due(self._table, self._records, now):
            if stop and stop.is_set:
                return
            self._do(job, now, self._records)

    def _do(self, job: Job, now: datetime, records: dict[str, Record]) -> None:
        well = _well(job, now)
        records[job.name] = records.get(job.name, Record(now)).after(now, well=well)
        try:
            write_journal(self._folder, records)
        except OSError as error:
            log.warning("the clock's journal cannot be written: %s", error)


def _well(job: Job, now: datetime) -> bool:
    """Do one job; whether it went well. Whatever it raises ends here, and is told."""
    close_old_connections()
    try:
        done = job.work(now)
    except DatabaseError as error:
        log.warning("the database does not answer, %s waits: %s", job.name, error)
        connection.close()
        return False
    except Exception:
        log.exception("%s failed", job.name)
        return False
    if done:
        log.info("%s: %d", job.name, done)
    return True
