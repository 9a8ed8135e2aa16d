"""The command line: one verb per file in `commands/`, exit code 2 and one clear line for bad input."""

import argparse
import os
import sys
from collections.abc import Sequence

from stoppress import __version__
from stoppress.service.cli.commands import COMMANDS
from stoppress.service.config_errors import SettingsError
from stoppress.service.errors import CommandError

EXIT_CODE_INTERRUPTED = 130
"""The exit code that shells give to what Ctrl-C ended."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; its exit code: 0 done, 1 failed, 2 bad input, 130 interrupted."""
    options = parser().parse_args(arguments)
    try:
        return int(options.run(options))
    except (CommandError, SettingsError) as error:
        for line in str(error).splitlines() or [""]:
            print(f"stoppress {options.verb}: {line}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        print(f"\nstoppress {options.verb}: stopped.", file=sys.stderr)
        return EXIT_CODE_INTERRUPTED
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0


def parser() -> argparse.ArgumentParser:
    """The whole command line."""
    top = argparse.ArgumentParser(prog="stoppress", description="Live coverage and breaking-news alerts.")
    top.add_argument("--version", action="version", version=f"stoppress {__version__}")
    verbs = top.add_subparsers(dest="verb", metavar="COMMAND", required=True)
    for verb in COMMANDS:
        verb.add_to(verbs)
    return top
