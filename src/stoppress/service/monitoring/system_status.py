"""Status of mail and scheduler, read from database, scheduler lock and journal at most once a second."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from django.conf import settings

from stoppress.runtime.clock import utc_now
from stoppress.runtime.storage_faults import StorageFault
from stoppress.runtime.ttl_cache import TtlCache
from stoppress.service.monitoring.database_file import is_database_replaced
from stoppress.service.monitoring.disk_space import DiskSpace, measure_disks
from stoppress.service.monitoring.mail_statistics import MailStatistics, mail_statistics
from stoppress.service.notifications.transports import process_socket
from stoppress.service.scheduler.job_journal import read_journal
from stoppress.service.scheduler.job_schedule import JobRecord
from stoppress.service.scheduler.scheduler_lock import is_scheduler_lock_held

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
    """Why nothing can be written to the database (write_probe.py)."""

    @property
    def is_mailer_missing(self) -> bool:
        """Return True if mail is due and no mailer reports."""
        return not self.mail.mailers.running and any(self.mail.oldest_due.values())


def _read_status() -> SystemStatus:
    now = utc_now()
    return SystemStatus(
        mail=mail_statistics(now, watched_since=PROCESS_STARTED_AT),
        is_scheduler_running=is_scheduler_lock_held(settings.HOME),
        jobs=read_journal(process_socket().folder),
        is_database_replaced=is_database_replaced(),
        disks=measure_disks(),
    )


system_status_cache = TtlCache(_read_status)
"""Call it for the status, at most a second old. Raises DatabaseError."""
