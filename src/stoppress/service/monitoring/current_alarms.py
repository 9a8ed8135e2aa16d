"""The alarms that stand now, for people and for machines."""

import logging

from stoppress.runtime.clock import utc_now
from stoppress.runtime.log_throttle import Complaint
from stoppress.service.monitoring.alarms import Alarm, alarms
from stoppress.service.monitoring.system_status import Standing, standing

log = logging.getLogger(__name__)
_unknown = Complaint(log, "it cannot be found out how mail stands")


def standing_alarms() -> list[Alarm]:
    """All of them; one of its own kind if that cannot be found out: whatever the reason, pages go on being served."""
    found = how_it_stands()
    return alarms(found, utc_now()) if found else [Alarm("unknown", "Nobody can tell how mail stands")]


def how_it_stands() -> Standing | None:
    """How things stand; None if that cannot be found out."""
    try:
        found = standing()
    except Exception:
        _unknown.make()
        return None
    _unknown.settle()
    return found


def alarm_words() -> list[str]:
    """A sentence for each, for the desk."""
    return [alarm.words for alarm in standing_alarms()]
