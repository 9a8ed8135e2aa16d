"""Decide when jobs are due: a pure function of jobs, records of their last runs, and the time.

Time is divided into slots of `interval` from the epoch, shifted by `offset`; a job is due once per slot. So a restart
neither repeats nor delays a job, and hourly jobs run at full hours. A failed run is retried sooner, with growing delay.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
FIRST_RETRY_DELAY = timedelta(minutes=1)
MAX_RETRY_DOUBLINGS = 6


@dataclass(frozen=True)
class Job:
    """A job that runs once per `interval`. `work` takes the time and returns the number of things that it did."""

    name: str
    interval: timedelta
    work: Callable[[datetime], int]
    offset: timedelta = timedelta()


@dataclass(frozen=True)
class JobRecord:
    """Last run of a job, and its runs added up. `failures` counts those in a row up to now."""

    at: datetime
    succeeded_at: datetime | None = None
    failures: int = 0
    runs: int = 0
    failed: int = 0

    def after(self, at: datetime, *, succeeded: bool) -> "JobRecord":
        """Return the record with one more run."""
        record = replace(self, at=at, runs=self.runs + 1)
        if succeeded:
            return replace(record, succeeded_at=at, failures=0)
        return replace(record, failures=self.failures + 1, failed=self.failed + 1)


def due_jobs(jobs: Iterable[Job], records: Mapping[str, JobRecord], now: datetime) -> list[Job]:
    """Return the jobs that are due, in the order of the table."""
    return [job for job in jobs if is_due(job, records.get(job.name), now)]


def is_due(job: Job, record: JobRecord | None, now: datetime) -> bool:
    """Return True if a job is due. A last run in the future means that the clock was set back."""
    if record is None or record.at > now:
        return True
    if record.failures:
        pause: timedelta = FIRST_RETRY_DELAY * 2 ** min(record.failures - 1, MAX_RETRY_DOUBLINGS)
        return now >= record.at + min(job.interval, pause)
    return _slot(job, now) > _slot(job, record.at)


def _slot(job: Job, moment: datetime) -> int:
    return (moment - EPOCH - job.offset) // job.interval
