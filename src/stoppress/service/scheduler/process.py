"""The scheduler process.

wait ──► hold the lock? ──► which jobs are due? ──► run each ──► journal

A job that fails is logged and counted, and does not stop the others.
"""

import logging
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

from django.conf import settings
from django.db import DatabaseError, InterfaceError, close_old_connections, connection

from stoppress.runtime.clock import utc_now
from stoppress.runtime.processes.heartbeat import process_heartbeat
from stoppress.runtime.processes.leader_lock import LeaderLock
from stoppress.runtime.processes.stop_signal import StopSignal
from stoppress.service.notifications.transports import process_socket
from stoppress.service.scheduler.due_posts import DuePosts
from stoppress.service.scheduler.job_journal import read_journal, write_journal
from stoppress.service.scheduler.job_schedule import Job, JobRecord, due_jobs
from stoppress.service.scheduler.job_table import scheduled_jobs
from stoppress.service.scheduler.scheduler_lock import scheduler_lock

log = logging.getLogger(__name__)

POLL_INTERVAL_SECONDS = 1.0
"""Seconds between two checks of the time."""
MAX_JOB_SECONDS = 900.0
"""A job that takes longer counts as hung: the supervisor replaces the scheduler."""


def main() -> int:
    """Run until a stop signal, or the end of standard input if it is a pipe from a parent; return the exit code."""
    lock = scheduler_lock(settings.HOME)
    with StopSignal() as stop:
        scheduler = Scheduler(scheduled_jobs(), lock, process_socket().folder)
        due_posts = DuePosts(lambda: scheduler.is_active)
        due_posts.start()
        try:
            while not stop.is_set:
                process_heartbeat.check_in(MAX_JOB_SECONDS)
                scheduler.run_due_jobs(utc_now(), stop)
                stop.wait(POLL_INTERVAL_SECONDS)
        finally:
            due_posts.stop()
            lock.release()
            connection.close()
    return 0


class Scheduler:
    """Run due jobs while this process holds the lock."""

    def __init__(self, table: Sequence[Job], lock: LeaderLock, folder: Path) -> None:
        self._table, self._lock, self._folder = table, lock, folder
        self._records: dict[str, JobRecord] | None = None
        self._is_standby = False
        self.is_active = False

    def run_due_jobs(self, now: datetime, stop: StopSignal | None = None) -> None:
        """Run the jobs that are due, if this scheduler holds the lock."""
        self.is_active = self._lock.acquire()
        if not self.is_active:
            self._records = None  # the active scheduler continues the journal
            if not self._is_standby:
                self._is_standby = True
                log.info("another scheduler is active; this one is on standby")
            return
        if self._records is None:
            self._records = read_journal(self._folder)
        if self._is_standby:
            self._is_standby = False
            log.info("this scheduler takes over")
        for job in due_jobs(self._table, self._records, now):
            if stop and stop.is_set:
                return
            self._run(job, now, self._records)

    def _run(self, job: Job, now: datetime, records: dict[str, JobRecord]) -> None:
        process_heartbeat.check_in(MAX_JOB_SECONDS)
        succeeded = _run_job(job, now)
        records[job.name] = records.get(job.name, JobRecord(now)).after(now, succeeded=succeeded)
        try:
            write_journal(self._folder, records)
        except OSError as error:
            log.warning("scheduler journal cannot be written: %s", error)


def _run_job(job: Job, now: datetime) -> bool:
    """Run one job and return True on success; log whatever it raises."""
    close_old_connections()
    try:
        count = job.work(now)
    except Exception as error:
        log.exception("job %s failed", job.name)
        if isinstance(error, DatabaseError | InterfaceError):
            connection.close()
        return False
    if count:
        log.info("%s: %d", job.name, count)
    return True
