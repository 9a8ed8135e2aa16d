"""`stoppress migrate`: bring the database to this version (serve and import do so by themselves)."""

from argparse import Namespace, _SubParsersAction
from typing import Any

from stoppress.service.django_setup import migrate, set_up


def add_to(verbs: "_SubParsersAction[Any]") -> None:
    """Declare the command."""
    verbs.add_parser("migrate", help="bring the database to this version").set_defaults(run=run)


def run(options: Namespace) -> int:
    """Migrate."""
    set_up()
    migrate()
    return 0
