"""Django, made ready inside a command: settings read, home folder there, database migrated."""

import os

import django

from stoppress.service.errors import CommandError


def set_up() -> None:
    """Read the settings and load the packages. Raises BadSetting.

    From here on files are made for their owner alone: the database and kept mail hold readers' addresses.
    """
    os.umask(0o077)
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "stoppress.service.settings")
    django.setup()
    from stoppress.service.notifications.transports import start_transports

    start_transports()


def migrate() -> None:
    """Bring the database to this version; safe to call at every start and from several processes.

    Raises Refused if it cannot be opened.
    """
    from django.conf import settings
    from django.core.management import call_command
    from django.db import OperationalError, connection

    settings.HOME.mkdir(parents=True, exist_ok=True)
    try:
        connection.ensure_connection()
    except OperationalError as error:
        raise CommandError(f"the database cannot be opened: {str(error).splitlines()[0]}") from error
    call_command("migrate", interactive=False, verbosity=0)
