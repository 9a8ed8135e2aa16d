"""The command line of `python -m bench`: one verb per measurement, figures as lines or as one JSON object."""

import argparse
import sys
from collections.abc import Sequence
from importlib import import_module

from bench.figures import as_json, as_line

VERBS = ("fanout", "pages", "alerts", "kills", "chaos")
"""Each verb is a folder of this package whose `measurement` module has HELP, `add_options(command)` and
`measure(options)`, which yields figures in the order in which they are found. The modules import nothing of Django
before `measure`, since `--help` must not need a database.
"""
INTERRUPTED = 130
"""The exit code that shells give to what Ctrl-C ended."""


def parser() -> argparse.ArgumentParser:
    """Return the parser of the whole command line."""
    top = argparse.ArgumentParser(prog="python -m bench", description="Measure this checkout's code on this machine.")
    verbs = top.add_subparsers(dest="verb", metavar="WHAT", required=True)
    for name in VERBS:
        module = import_module(f"bench.{name}.measurement")
        verb = verbs.add_parser(name, help=module.HELP)
        verb.add_argument("--json", action="store_true", help="print one JSON object")
        module.add_options(verb)
        verb.set_defaults(measure=module.measure, as_json=getattr(module, "as_json", as_json))
    return top


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure and print: each figure as soon as it is found, or all of them as one line of JSON.

    Returns:
        The exit code: 0 after a whole run, 130 if the user interrupted it.
    """
    options = parser().parse_args(arguments)
    try:
        if options.json:
            print(options.as_json(options.measure(options)))
            return 0
        for figure in options.measure(options):
            print(as_line(figure), flush=True)
    except KeyboardInterrupt:
        print(f"\npython -m bench {options.verb}: stopped.", file=sys.stderr)
        return INTERRUPTED
    return 0
