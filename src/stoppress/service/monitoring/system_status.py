"""How mail and clock stand: asked of the database, the clock's lock and its journal, at most once a second."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from django.conf import settings

from stoppress.runtime.clock import utc_now
from stoppress.runtime.ttl_cache import Kept
from stoppress.service.monitoring.mail_statistics import MailFigures, mail_figures
from stoppress.service.notifications.transports import bell
from stoppress.service.scheduler.job_journal import read_journal
from stoppress.service.scheduler.job_schedule import Record
from stoppress.service.scheduler.scheduler_lock import anybody_has_it

STARTED = utc_now()
"""When this process began to look."""


@dataclass(frozen=True)
class Standing:
    """Everything that alarms and metrics are made of."""

    mail: MailFigures = field(default_factory=MailFigures)
    clock_works: bool = True
    jobs: Mapping[str, Record] = field(default_factory=dict)
    watched_since: datetime = STARTED


def _look() -> Standing:
    now = utc_now()
    return Standing(
        mail=mail_figures(now, watched_since=STARTED),
        clock_works=anybody_has_it(settings.HOME),
        jobs=read_journal(bell().folder),
    )


standing = Kept(_look)
"""`standing()`: how things stand, at most a second ago. Raises DatabaseError."""
