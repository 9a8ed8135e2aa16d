"""The commands, in the order in which `--help` lists them."""

from argparse import Namespace, _SubParsersAction
from typing import Any, Protocol

from stoppress.service.cli.commands import (
    audit,
    check,
    demo,
    dkim,
    import_,
    migrate,
    open_,
    people,
    serve,
    subscribers,
    token,
    topics,
)


class Command(Protocol):
    """A module with one command."""

    def add_to(self, commands: "_SubParsersAction[Any]") -> None:
        """Declare the command and its options."""

    def run(self, options: Namespace) -> int:
        """Run the command and return the exit code."""


COMMANDS: tuple[Any, ...] = (
    *(demo, serve, open_, import_, subscribers, topics, people, token, audit, dkim, check, migrate),
)
