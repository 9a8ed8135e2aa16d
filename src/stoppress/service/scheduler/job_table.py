"""The scheduled jobs of an installation."""

from datetime import timedelta

from django.conf import settings

from stoppress.alerts.digests.compile_digests import compile_digests
from stoppress.alerts.digests.editions import COMPILE_DELAY
from stoppress.alerts.digests.replace_outdated import replace_outdated_digests
from stoppress.delivery.canary_mail import queue_canary
from stoppress.service.scheduler.data_retention import (
    delete_old_audit_entries,
    delete_old_canaries,
    delete_old_mailer_runs,
    delete_old_rate_limits,
    erase_unconfirmed,
)
from stoppress.service.scheduler.job_schedule import Job
from stoppress.signup.actions.erasure_traces import remove_erasure_traces

MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
QUARTER_HOUR = timedelta(minutes=15)
"""Full hours of every time zone fall on a quarter of an hour."""
NIGHT = timedelta(hours=3)


def scheduled_jobs() -> list[Job]:
    """Return the jobs of this installation."""
    canary = [Job("canary", MINUTE, queue_canary)] if settings.CANARY_ADDRESS else []
    return [
        Job("digests", QUARTER_HOUR, compile_digests, offset=COMPILE_DELAY),
        Job("outdated digests", MINUTE, replace_outdated_digests),
        *canary,
        Job("rate limits", HOUR, delete_old_rate_limits),
        Job("traces of erasures", MINUTE, remove_erasure_traces),
        Job("unconfirmed sign-ups", DAY, erase_unconfirmed, offset=NIGHT),
        Job("mailer runs", DAY, delete_old_mailer_runs, offset=NIGHT),
        Job("old log-ins", DAY, delete_old_audit_entries, offset=NIGHT),
        Job("old canaries", DAY, delete_old_canaries, offset=NIGHT),
    ]
