"""Which ways a hint goes from this process: to its siblings on this machine, and over PostgreSQL to other machines."""

from functools import cache

from django.conf import settings

from stoppress.runtime import notifications
from stoppress.service.notifications import postgres
from stoppress.service.notifications.unix_datagrams import Bell, folder_of


@cache
def bell() -> Bell:
    """This process's bell; from the first call on, its hints are carried to siblings."""
    settings.HOME.mkdir(parents=True, exist_ok=True)
    return Bell(folder_of(settings.HOME))


@cache
def carry_hints() -> None:
    """Carry what is rung in this process everywhere else; for every command that may write."""
    bell()
    if postgres.in_use():
        notifications.carry(postgres.notify)
