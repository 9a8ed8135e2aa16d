"""Status of mail and scheduler, read from database, scheduler lock and journal at most once a second."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from django.conf import settings
from django.db import Error, connection

from stoppress.runtime.clock import utc_now
from stoppress.runtime.models import RateLimitCount
from stoppress.runtime.storage_faults import StorageFault, find_storage_fault, has_other_version
from stoppress.runtime.ttl_cache import TtlCache
from stoppress.service.monitoring.database_file import is_database_replaced
from stoppress.service.monitoring.disk_space import DiskSpace, measure_disks
from stoppress.service.monitoring.mail_statistics import MailStatistics, mail_statistics
from stoppress.service.notifications.transports import process_socket
from stoppress.service.scheduler.job_journal import read_journal
from stoppress.service.scheduler.job_schedule import JobRecord
from stoppress.service.scheduler.scheduler_lock import is_scheduler_lock_held

FULL_BYTES = 1 << 20
"""A disk with less counts as full."""
PROBE_MILLISECONDS = 1000
"""Time that the probe waits for a lock of SQLite."""
PROCESS_STARTED_AT = utc_now()
"""Start of observation by this process."""


@dataclass(frozen=True)
class SystemStatus:
    """The data that alarms and metrics are computed from."""

    mail: MailStatistics = field(default_factory=MailStatistics)
    is_scheduler_running: bool = True
    jobs: Mapping[str, JobRecord] = field(default_factory=dict)
    watched_since: datetime = PROCESS_STARTED_AT
    is_database_replaced: bool = False
    disks: Sequence[DiskSpace] = ()
    write_fault: StorageFault | None = None
    """Why nothing can be written to the database; looked for only while mail is due and no mailer reports."""


def _read_status() -> SystemStatus:
    now = utc_now()
    mail, disks = mail_statistics(now, watched_since=PROCESS_STARTED_AT), measure_disks()
    is_mailer_missing = not mail.mailers.running and any(mail.oldest_due.values())
    return SystemStatus(
        mail=mail,
        is_scheduler_running=is_scheduler_lock_held(settings.HOME),
        jobs=read_journal(process_socket().folder),
        is_database_replaced=is_database_replaced(),
        disks=disks,
        write_fault=find_write_fault(disks) if is_mailer_missing else None,
    )


def find_write_fault(disks: Sequence[DiskSpace]) -> StorageFault | None:
    """Try to write without changing anything; return why the database refuses it, or that a disk is full."""
    if any(space.free < FULL_BYTES for space in disks):
        return StorageFault.FULL
    if has_other_version():
        return StorageFault.OTHER_VERSION
    probe = connection.copy()  # not the request's connection: the short time-out and the end are the probe's own
    try:
        with probe.cursor() as cursor:
            if probe.vendor == "sqlite":
                cursor.execute(f"PRAGMA busy_timeout = {PROBE_MILLISECONDS}")
            cursor.execute(f"DELETE FROM {RateLimitCount._meta.db_table} WHERE counter_key = ''")  # noqa: SLF001
    except Error as error:
        return find_storage_fault(error)
    finally:
        probe.close()
    return None


system_status_cache = TtlCache(_read_status)
"""Call it for the status, at most a second old. Raises DatabaseError."""
