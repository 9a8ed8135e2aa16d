"""When a job is due. Pure: jobs, what is known of their last runs, and the time go in.

Time is cut into slots of `every`, counted from the epoch and moved by `offset`; a job is due once in each. So a restart
neither repeats a job nor puts it off, and what shall happen at a full hour does. A run that failed is tried again
sooner, but more slowly each time.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
FIRST_RETRY = timedelta(minutes=1)
DOUBLINGS = 6


@dataclass(frozen=True)
class Job:
    """Something to be done every so often. `work` takes the time and returns how many things it did."""

    name: str
    every: timedelta
    work: Callable[[datetime], int]
    offset: timedelta = timedelta()


@dataclass(frozen=True)
class Record:
    """What is known of a job: its last run, and its runs added up. `failures` are those in a row up to now."""

    at: datetime
    well_at: datetime | None = None
    failures: int = 0
    runs: int = 0
    failed: int = 0

    def after(self, at: datetime, *, well: bool) -> "Record":
        """The record with one more run."""
        again = replace(self, at=at, runs=self.runs + 1)
        if well:
            return replace(again, well_at=at, failures=0)
        return replace(again, failures=self.failures + 1, failed=self.failed + 1)


def due(jobs: Iterable[Job], records: Mapping[str, Record], now: datetime) -> list[Job]:
    """The jobs whose time has come, in the order of the table."""
    return [job for job in jobs if is_due(job, records.get(job.name), now)]


def is_due(job: Job, record: Record | None, now: datetime) -> bool:
    """Whether one job's time has come. A last run that lies ahead shows that the machine's time was set back."""
    if record is None or record.at > now:
        return True
    if record.failures:
        pause: timedelta = FIRST_RETRY * 2 ** min(record.failures - 1, DOUBLINGS)
        return now >= record.at + min(job.every, pause)
    return _slot(job, now) > _slot(job, record.at)


def _slot(job: Job, moment: datetime) -> int:
    return (moment - EPOCH - job.offset) // job.every
