"""`stoppress audit`: print who logged in, was refused, or changed the access of people and tokens; newest first."""

import json
from argparse import ArgumentTypeError, Namespace, _SubParsersAction
from typing import Any

from stoppress.service.cli.desk_commands import desk_command


def add_to(commands: "_SubParsersAction[Any]") -> None:
    """Declare the command and its options."""
    command = commands.add_parser(
        "audit", help="print the log of log-ins and of changes of access", description=__doc__
    )
    command.add_argument("--name", default="", help="only entries by or about this person or token")
    command.add_argument("--changes", action="store_true", help="only changes of access, no log-ins and refusals")
    command.add_argument("--limit", type=_positive, default=100, help="default: %(default)s")
    command.add_argument("--json", action="store_true", help="print JSON")
    command.set_defaults(run=run)


@desk_command
def run(options: Namespace) -> int:
    """Print the entries."""
    from stoppress.desk.access.audit_log import CHANGES, find_entries

    entries = find_entries(options.name, CHANGES if options.changes else ())[: options.limit]
    if options.json:
        keys = ("actor", "client", "act", "target", "detail")
        lines = [{"at": entry.at.isoformat()} | {key: getattr(entry, key) for key in keys} for entry in entries]
        print(json.dumps(lines, ensure_ascii=False, indent=2))
        return 0
    for entry in entries:
        facts = (entry.actor, entry.client or "-", entry.act, entry.target, entry.detail)
        print(f"{entry.at:%Y-%m-%dT%H:%M:%SZ}", *(fact for fact in facts if fact))
    return 0


def _positive(text: str) -> int:
    if not text.isdecimal() or int(text) < 1:
        raise ArgumentTypeError(f"must be at least 1, got {text}")
    return int(text)
