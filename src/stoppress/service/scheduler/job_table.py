"""The clock's jobs."""

from datetime import timedelta

from django.conf import settings

from stoppress.alerts.digests.compile_digests import compile_digests
from stoppress.alerts.digests.editions import SETTLING
from stoppress.alerts.digests.replace_outdated import replace_overtaken
from stoppress.delivery.canary import fly
from stoppress.service.scheduler.data_retention import erase_unconfirmed, sweep_brakes, sweep_canaries, sweep_runs
from stoppress.service.scheduler.job_schedule import Job

MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
QUARTER = timedelta(minutes=15)
"""All zones' hours begin at some quarter of an hour."""
NIGHT = timedelta(hours=3)


def jobs() -> list[Job]:
    """What this installation's clock has to do."""
    canary = [Job("canary", MINUTE, fly)] if settings.CANARY_ADDRESS else []
    return [
        Job("digests", QUARTER, compile_digests, offset=SETTLING),
        Job("overtaken digests", MINUTE, replace_overtaken),
        *canary,
        Job("brakes", HOUR, sweep_brakes),
        Job("unconfirmed sign-ups", DAY, erase_unconfirmed, offset=NIGHT),
        Job("runs of mailers", DAY, sweep_runs, offset=NIGHT),
        Job("old canaries", DAY, sweep_canaries, offset=NIGHT),
    ]
