"""`stoppress migrate`: migrate the database to this version; `serve` and `import` do so too."""

from argparse import Namespace, _SubParsersAction
from typing import Any

from stoppress.service.django_setup import migrate, set_up


def add_to(commands: "_SubParsersAction[Any]") -> None:
    """Declare the command."""
    commands.add_parser("migrate", help="migrate the database to this version").set_defaults(run=run)


def run(options: Namespace) -> int:
    """Migrate the database."""
    set_up()
    migrate()
    return 0
