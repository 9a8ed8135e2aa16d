"""`stoppress token`: create, list and revoke tokens of the API. Each act is in the audit log."""

import json
from argparse import Namespace, _SubParsersAction
from typing import Any

from stoppress.runtime.clock import utc_now
from stoppress.service.cli.desk_commands import desk_command, find_live_blog
from stoppress.service.errors import CommandError


def add_to(commands: "_SubParsersAction[Any]") -> None:
    """Declare the command and its actions."""
    command = commands.add_parser("token", help="create, list and revoke tokens of the API", description=__doc__)
    actions = command.add_subparsers(dest="action", metavar="ACTION", required=True)
    create = actions.add_parser("create", help="create a token and print it once")
    create.add_argument("--name", required=True, help="name of the program, for logs; unique among valid tokens")
    create.add_argument("--scopes", default="", help="comma-separated; default: every scope of posts, none of alerts")
    create.add_argument("--live", metavar="SLUG", default="", help="for one live blog only")
    create.add_argument("--owner", metavar="NAME", default="", help="revoke it when this person is disabled")
    create.set_defaults(run=create_one)
    every = actions.add_parser("list", help="list tokens; the tokens themselves are not stored")
    every.add_argument("--json", action="store_true", help="print JSON")
    every.set_defaults(run=list_all)
    revoke = actions.add_parser("revoke", help="revoke a token at once")
    revoke.add_argument("token", metavar="NAME", help="its name, or its last four characters")
    revoke.set_defaults(run=revoke_one)


@desk_command
def create_one(options: Namespace) -> int:
    """Create the token and print it."""
    from stoppress.desk.access.api_tokens import DEFAULT_SCOPES, SCOPES, create_token
    from stoppress.desk.access.audit_log import command_line_actor
    from stoppress.desk.access.people import find_user

    scopes = [scope.strip() for scope in options.scopes.split(",") if scope.strip()] or list(DEFAULT_SCOPES)
    if unknown := set(scopes) - set(SCOPES):
        raise CommandError(f"--scopes: unknown scope {', '.join(sorted(unknown))}; allowed are {', '.join(SCOPES)}")
    owner = find_user(options.owner) if options.owner else None
    print(create_token(options.name, scopes, find_live_blog(options.live), owner=owner, by=command_line_actor()))
    return 0


@desk_command
def list_all(options: Namespace) -> int:
    """Print each token with its scopes, live blog and owner."""
    from stoppress.desk.access.people_list import list_tokens

    tokens = list_tokens()
    if options.json:
        print(json.dumps([token.as_json() for token in tokens], ensure_ascii=False, indent=2))
        return 0
    for token in tokens:
        state = f"revoked {token.revoked_at:%Y-%m-%d}" if token.revoked_at else "valid"
        where = f"/live/{token.live}" if token.live else "all live blogs"
        print(f"{token.name:<24} …{token.last4}  {state:<18} {where}  {token.owner or '-'}  {', '.join(token.scopes)}")
    return 0


@desk_command
def revoke_one(options: Namespace) -> int:
    """Revoke the token."""
    from stoppress.desk.access.api_tokens import find_valid_token, revoke_token
    from stoppress.desk.access.audit_log import command_line_actor

    token = find_valid_token(options.token)
    revoke_token(token, by=command_line_actor(), now=utc_now())
    print(f"{token} is revoked.")
    return 0
