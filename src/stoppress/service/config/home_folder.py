"""Recognise a home folder that has been used, and folders in it that cannot be used."""

import os
import tempfile
from pathlib import Path

from stoppress.service.config.model import Config
from stoppress.service.config_errors import SettingsError
from stoppress.service.database.database_url import sqlite_path

CREATED_MARKER = "database.created"
"""File that is created after the first migration of the database."""
TRACES = (CREATED_MARKER, "edge.home", "edge.marks", "mailer.home", "mailer.marks")
"""Files in the home folder that exist only after its database was created."""
SUBFOLDERS = ("run", "media", "mail")


def find_traces_of_use(config: Config) -> list[str]:
    """Return the names of files which show that the installation had a database; an empty list for a new home."""
    found = database_traces(config.home)
    database = sqlite_path(config.database_url.get_secret_value(), config.home)
    if database and database.is_file() and database.stat().st_size:
        found.append(database.name)
    return found


def database_traces(home: Path) -> list[str]:
    """Return the names of files in the home folder that exist only after its database was created."""
    return [name for name in TRACES if (home / name).exists()]


def mark_database_created(home: Path) -> None:
    """Record that the home folder has a database, so that a lost database is not replaced silently by an empty one.

    Raises:
        OSError: the file cannot be written.
    """
    path = home / CREATED_MARKER
    if not path.exists():
        path.write_text("The database was created. If it is missing later, the program refuses to start.\n")


def check_home_folder(home: Path) -> None:
    """Check that files can be created in the home folder and in its subfolders that exist.

    Raises:
        SettingsError: a folder is a file, or cannot be written.
    """
    for folder in (home, *(home / name for name in SUBFOLDERS if os.path.lexists(home / name))):
        try:
            with tempfile.TemporaryFile(dir=folder):
                pass
        except OSError as error:
            name = "home" if folder == home else f"the subfolder {folder.name} of home"
            raise SettingsError(
                f"{name} must be a folder that can be written, got {str(folder)!r}: {error.strerror}"
            ) from error
