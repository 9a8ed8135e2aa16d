"""Set up Django inside a command: settings, home folder, database."""

import os

import django

from stoppress.service.errors import CommandError


def set_up() -> None:
    """Read the settings and load the packages.

    Files created afterwards are readable by their owner alone: database and stored mail contain addresses.

    Raises:
        SettingsError: a setting cannot be used.
    """
    os.umask(0o077)
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "stoppress.service.settings")
    django.setup()
    from stoppress.service.notifications.transports import start_transports

    start_transports()


def migrate() -> None:
    """Migrate the database to this version; safe at every start and from several processes.

    Raises:
        CommandError: the database cannot be opened.
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
