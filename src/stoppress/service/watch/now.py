"""The alarms that stand now, for people and for machines."""

import logging
from datetime import UTC, datetime

from stoppress.service.watch.alarms import Alarm, alarms
from stoppress.service.watch.standing import Standing, standing

log = logging.getLogger(__name__)


def standing_alarms() -> list[Alarm]:
    """All of them; one of its own kind if that cannot be found out: whatever the reason, pages go on being served."""
    found = how_it_stands()
    return alarms(found, datetime.now(UTC)) if found else [Alarm("unknown", "Nobody can tell how mail stands")]


def how_it_stands() -> Standing | None:
    """How things stand; None if that cannot be found out."""
    try:
        return standing()
    except Exception:
        log.exception("it cannot be found out how mail stands")
        return None


def alarm_words() -> list[str]:
    """A sentence for each, for the desk."""
    return [alarm.words for alarm in standing_alarms()]
