"""Set up Django inside a command: settings, home folder, database."""

import os
from pathlib import Path

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
    from django.conf import settings

    from stoppress.service.config.home_folder import check_home_folder
    from stoppress.service.config_errors import SettingsError
    from stoppress.service.notifications.transports import start_transports

    check_home_folder(settings.HOME)
    try:
        start_transports()
    except OSError as error:
        raise SettingsError(f"the subfolder run of home cannot be used: {error.strerror or error}") from error


def migrate() -> None:
    """Migrate the database to this version; safe at every start and from several processes.

    Raises:
        CommandError: the database cannot be opened, is damaged or locked, belongs to a newer version, or is missing in
            a home folder in use.
    """
    from django.conf import settings
    from django.core.management import call_command

    from stoppress.service.config.home_folder import mark_database_created
    from stoppress.service.database import start_check
    from stoppress.service.database.schema_version import check_schema_version

    with start_check.one_line_faults():
        _check_database(settings.HOME)
        check_schema_version(must_be_current=False)
        start_check.check_is_writable()
        with start_check.limited_lock_wait():
            call_command("migrate", interactive=False, verbosity=0)
    try:
        mark_database_created(settings.HOME)
    except OSError as error:
        raise CommandError(
            f"home must be a folder that can be written, got {str(settings.HOME)!r}: {error.strerror}"
        ) from error


def check_database() -> None:
    """Check that the database can be used and has exactly this version; for processes that do not migrate it.

    Raises:
        CommandError: as `migrate`, and if the database belongs to an older version.
    """
    from django.conf import settings

    from stoppress.service.database import start_check
    from stoppress.service.database.schema_version import check_schema_version

    with start_check.one_line_faults():
        _check_database(settings.HOME)
        check_schema_version(must_be_current=True)


def pin_database() -> None:
    """Let this process write only to this version of the database, and to the SQLite file that exists now; for servers.

    Child processes inherit the file.
    """
    from stoppress.runtime.storage_faults import known_version
    from stoppress.service.database.sqlite.file_identity import pin_database_file
    from stoppress.service.database.start_check import database_path

    known_version.remember()
    if path := database_path():
        pin_database_file(str(path))


def _check_database(home: Path) -> None:
    from django.db import connection

    from stoppress.runtime.processes.parent_pipe import parent_descriptor
    from stoppress.service.config.home_folder import database_traces
    from stoppress.service.database import start_check

    traces = database_traces(home)
    start_check.check_database_exists(home, traces)
    connection.ensure_connection()
    if parent_descriptor() is None:  # a parent has checked it before it started this process
        start_check.check_for_damage()
    start_check.check_database_is_not_empty(home, traces)
    _refuse_new_key_for_used_database(home)


def _refuse_new_key_for_used_database(home: Path) -> None:
    """Refuse a key that was created by this start if other machines use the database with another key.

    Raises:
        CommandError: the key is new and the database is in use. The key is deleted, so that the next start refuses too.
    """
    from stoppress.service.config.secret_key import KEY_FILE, discard_new_key
    from stoppress.service.database.start_check import is_migrated

    if is_migrated() and discard_new_key(home):
        raise CommandError(
            f"{home / KEY_FILE} is missing, but the database is in use; set STOPPRESS_SECRET_KEY to the key of the "
            "other machines, or copy their secret.key: with another one, links in mail that was sent stop working"
        )
