"""`stoppress token create`: one API token, printed once."""

from argparse import Namespace, _SubParsersAction
from typing import Any

from stoppress.service.django_setup import migrate, set_up
from stoppress.service.errors import CommandError


def add_to(verbs: "_SubParsersAction[Any]") -> None:
    """Declare the command."""
    command = verbs.add_parser("token", help="make tokens for the API")
    actions = command.add_subparsers(dest="action", metavar="ACTION", required=True)
    create = actions.add_parser("create", help="make a token and print it, once")
    create.add_argument("--name", required=True, help="who or what uses it; stands in the log")
    create.add_argument("--scopes", default="", help="comma-separated; default: all of posts, none of alerts")
    create.add_argument("--live", metavar="SLUG", default="", help="for one live blog only")
    create.set_defaults(run=run)


def run(options: Namespace) -> int:
    """Create and print."""
    set_up()
    from stoppress.coverage.errors import BlogNotFoundError
    from stoppress.coverage.public_posts import find_blog
    from stoppress.desk.access.api_tokens import SCOPES, DEFAULT_SCOPES, create_token

    migrate()
    scopes = [scope.strip() for scope in options.scopes.split(",") if scope.strip()] or list(DEFAULT_SCOPES)
    if unknown := set(scopes) - set(SCOPES):
        raise CommandError(f"--scopes: {', '.join(sorted(unknown))} unknown; known are {', '.join(SCOPES)}")
    try:
        blog = find_blog(options.live) if options.live else None
    except BlogNotFoundError as error:
        raise CommandError(str(error)) from error
    print(create_token(options.name, scopes, blog))
    return 0
