"""`stoppress token create`: create an API token and print it once."""

from argparse import Namespace, _SubParsersAction
from typing import Any

from stoppress.service.django_setup import migrate, set_up
from stoppress.service.errors import CommandError


def add_to(commands: "_SubParsersAction[Any]") -> None:
    """Declare the command."""
    command = commands.add_parser("token", help="create tokens for the API")
    actions = command.add_subparsers(dest="action", metavar="ACTION", required=True)
    create = actions.add_parser("create", help="create a token and print it once")
    create.add_argument("--name", required=True, help="name of its user, for the log")
    create.add_argument("--scopes", default="", help="comma-separated; default: every scope of posts, none of alerts")
    create.add_argument("--live", metavar="SLUG", default="", help="for one live blog only")
    create.set_defaults(run=run)


def run(options: Namespace) -> int:
    """Create the token and print it."""
    set_up()
    from stoppress.coverage.errors import BlogNotFoundError
    from stoppress.coverage.public_posts import find_blog
    from stoppress.desk.access.api_tokens import DEFAULT_SCOPES, SCOPES, create_token

    migrate()
    scopes = [scope.strip() for scope in options.scopes.split(",") if scope.strip()] or list(DEFAULT_SCOPES)
    if unknown := set(scopes) - set(SCOPES):
        raise CommandError(f"--scopes: unknown scope {', '.join(sorted(unknown))}; allowed are {', '.join(SCOPES)}")
    try:
        blog = find_blog(options.live) if options.live else None
    except BlogNotFoundError as error:
        raise CommandError(str(error)) from error
    print(create_token(options.name, scopes, blog))
    return 0
