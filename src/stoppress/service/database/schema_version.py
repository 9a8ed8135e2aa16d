"""Compare the migrations of the database with those of this program."""

from django.db import connection
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.recorder import MigrationRecorder

from stoppress.service.errors import CommandError

MigrationName = tuple[str, str]
"""Name of the app and of the migration."""


def find_unknown_migrations(applied: set[MigrationName], known: set[MigrationName]) -> list[str]:
    """Return the migrations of the database that this program does not have, as texts in order."""
    return [f"{app}.{name}" for app, name in sorted(applied - known)]


def check_schema_version(*, must_be_current: bool) -> None:
    """Refuse a database of a newer version; its tables may not fit the statements of this program.

    Args:
        must_be_current: refuse a database of an older version, too.

    Raises:
        CommandError: the version does not fit.
    """
    applied = set(MigrationRecorder(connection).applied_migrations())
    migrations = MigrationLoader(None).disk_migrations
    known = set(migrations).union(*(migration.replaces for migration in migrations.values()))
    if unknown := find_unknown_migrations(applied, known):
        raise CommandError(
            f"the database belongs to a newer version of the program (it has the migration {unknown[0]}, unknown "
            "here); update the program, or restore a backup of this version"
        )
    if not must_be_current:
        return
    if not applied:
        raise CommandError("the database has no tables yet; run `stoppress migrate` first")
    if unapplied := [leaf for leaf in MigrationLoader(connection).graph.leaf_nodes() if leaf not in applied]:
        app, name = sorted(unapplied)[0]
        raise CommandError(
            f"the database belongs to an older version of the program (it lacks the migration {app}.{name}); "
            "run `stoppress migrate` first"
        )
