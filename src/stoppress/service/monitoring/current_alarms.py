"""Current alarms, for people and for programs."""

import logging
from dataclasses import replace

from stoppress.runtime.clock import utc_now
from stoppress.runtime.log_throttle import FailureLog
from stoppress.service.monitoring.alarms import (
    DATABASE_REPLACED,
    Alarm,
    describe_low_disks,
    describe_write_fault,
    find_alarms,
)
from stoppress.service.monitoring.database_file import is_database_replaced
from stoppress.service.monitoring.disk_space import measure_disks
from stoppress.service.monitoring.system_status import SystemStatus, system_status_cache
from stoppress.service.monitoring.write_probe import write_probe

log = logging.getLogger(__name__)
_failures = FailureLog(log, "the status of mail cannot be read")


def current_alarms() -> list[Alarm]:
    """Return the current alarms; the alarm `unknown` if the status cannot be read."""
    status = current_status()
    if status:
        return find_alarms(status, utc_now())
    if is_database_replaced():
        database = [Alarm("database", str(DATABASE_REPLACED))]
    else:
        fault = write_probe(accept_first=True)
        database = [Alarm("database", describe_write_fault(fault))] if fault else []
    low = describe_low_disks(measure_disks())
    full = [Alarm("disk", low)] if low else []
    return [*database, *full, Alarm("unknown", "The status of mail cannot be read")]


def current_status() -> SystemStatus | None:
    """Return the status; None if it cannot be read."""
    try:
        status = system_status_cache()
        status = replace(status, write_fault=write_probe(accept_first=status.is_mailer_missing))
    except Exception:  # noqa: BLE001  (whatever the reason, pages must still be served)
        if not is_database_replaced():  # logged by the watch of the file
            _failures.record_failure()
        return None
    _failures.record_success()
    return status


def alarm_texts() -> list[str]:
    """Return a sentence for each alarm, for the desk."""
    return [alarm.text for alarm in current_alarms()]
