"""The command line: one command per module in `commands/`; bad input ends with one clear line and exit code 2."""

import argparse
import os
import sys
from collections.abc import Sequence
from typing import NoReturn

from stoppress import __version__
from stoppress.service.cli.commands import COMMANDS
from stoppress.service.config_errors import SettingsError
from stoppress.service.errors import CommandError

EXIT_CODE_INTERRUPTED = 130
"""The exit code of shells for a program that Ctrl-C ended."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command and return the exit code: 0 done, 1 failed, 2 bad input, 130 interrupted."""
    options = parser().parse_args(arguments)
    try:
        return int(options.run(options))
    except (CommandError, SettingsError) as error:
        for line in str(error).splitlines() or [""]:
            print(f"stoppress {options.command}: {line}", file=sys.stderr)
        return 2
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except Exception as error:
        from stoppress.runtime.storage_faults import find_storage_fault

        fault = find_storage_fault(error)
        if fault is None:
            raise
        print(f"stoppress {options.command}: {fault}: {_first_line(error)}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        print(f"\nstoppress {options.command}: stopped.", file=sys.stderr)
        return EXIT_CODE_INTERRUPTED


def _first_line(error: Exception) -> str:
    return (str(error).strip() or type(error).__name__).splitlines()[0]


class OneLineParser(argparse.ArgumentParser):
    """A parser that reports a wrong option in one line."""

    def error(self, message: str) -> NoReturn:
        """Print the message without the usage, and exit with 2."""
        self.exit(2, f"{self.prog}: {' '.join(message.split())}; see {self.prog} --help\n")


def parser() -> argparse.ArgumentParser:
    """Return the parser of all commands."""
    top = OneLineParser(prog="stoppress", description="Live coverage and breaking-news alerts.")
    top.add_argument("--version", action="version", version=f"stoppress {__version__}")
    commands = top.add_subparsers(dest="command", metavar="COMMAND", required=True)
    for command in COMMANDS:
        command.add_to(commands)
    return top
