"""Current alarms, for people and for programs."""

import logging

from stoppress.runtime.clock import utc_now
from stoppress.runtime.log_throttle import FailureLog
from stoppress.service.monitoring.alarms import DATABASE_REPLACED, Alarm, describe_low_disks, find_alarms
from stoppress.service.monitoring.database_file import is_database_replaced
from stoppress.service.monitoring.disk_space import measure_disks
from stoppress.service.monitoring.system_status import SystemStatus, system_status_cache

log = logging.getLogger(__name__)
_failures = FailureLog(log, "the status of mail cannot be read")


def current_alarms() -> list[Alarm]:
    """Return the current alarms; the alarm `unknown` if the status cannot be read."""
    status = current_status()
    if status:
        return find_alarms(status, utc_now())
    replaced = [Alarm("database", str(DATABASE_REPLACED))] if is_database_replaced() else []
    low = describe_low_disks(measure_disks())
    full = [Alarm("disk", low)] if low else []
    return [*replaced, *full, Alarm("unknown", "The status of mail cannot be read")]


def current_status() -> SystemStatus | None:
    """Return the status; None if it cannot be read."""
    try:
        status = system_status_cache()
    except Exception:  # noqa: BLE001  (whatever the reason, pages must still be served)
        if not is_database_replaced():  # logged by the watch of the file
            _failures.record_failure()
        return None
    _failures.record_success()
    return status


def alarm_texts() -> list[str]:
    """Return a sentence for each alarm, for the desk."""
    return [alarm.text for alarm in current_alarms()]
