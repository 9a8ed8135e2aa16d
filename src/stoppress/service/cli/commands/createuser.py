"""`stoppress createuser NAME`: create a person who may log in at the desk."""

import getpass
import os
import sys
from argparse import Namespace, _SubParsersAction
from typing import Any

from stoppress.service.django_setup import migrate, set_up
from stoppress.service.errors import CommandError


def add_to(commands: "_SubParsersAction[Any]") -> None:
    """Declare the command."""
    command = commands.add_parser(
        "createuser",
        help="create a person who may log in at the desk",
        description="The password comes from a prompt, STOPPRESS_PASSWORD, or standard input (--password-stdin).",
    )
    command.add_argument("name", help="log-in name")
    command.add_argument("--display", default="", help="name for bylines, such as “Ines Okafor”")
    command.add_argument("--role", choices=["reporter", "editor", "admin"], default="editor")
    command.add_argument("--password-stdin", action="store_true", help="read the password from standard input")
    command.set_defaults(run=run)


def run(options: Namespace) -> int:
    """Create the user."""
    set_up()
    from stoppress.desk.access.people import UserCreationError, create_user

    migrate()
    try:
        create_user(options.name, _password(options), options.role, display=options.display)
    except UserCreationError as error:
        raise CommandError(str(error)) from error
    print(f"{options.name} may now log in at /desk/ as {options.role}.")
    return 0


def _password(options: Namespace) -> str:
    if options.password_stdin:
        return sys.stdin.readline().rstrip("\n")
    if given := os.environ.get("STOPPRESS_PASSWORD"):
        return given
    if not sys.stdin.isatty():
        raise CommandError("no password: set STOPPRESS_PASSWORD or use --password-stdin")
    first = getpass.getpass("Password: ")
    if getpass.getpass("Again: ") != first:
        raise CommandError("the two passwords differ")
    return first
