"""`stoppress bench …`: measures this installation's own code on this machine, and prints the figures."""

from argparse import Namespace, _SubParsersAction
from importlib import import_module
from pathlib import Path
from typing import Any

from stoppress.service import bench
from stoppress.service.bench.figures import as_json, as_line

NOT_MEASUREMENTS = {"__init__", "figures"}


def add_to(verbs: "_SubParsersAction[Any]") -> None:
    """Declare the command and its measurements."""
    command = verbs.add_parser("bench", help="measure this machine: what the edge holds")
    kinds = command.add_subparsers(dest="bench", metavar="WHAT", required=True)
    for name in measurements():
        module = import_module(f"{bench.__name__}.{name}")
        kind = kinds.add_parser(name, help=module.HELP)
        kind.add_argument("--json", action="store_true", help="print one JSON object")
        module.add_options(kind)
        kind.set_defaults(run=run, measure=module.measure, as_json=getattr(module, "as_json", as_json))


def measurements() -> list[str]:
    """The names of all measurements: a module each that has HELP."""
    files = sorted(Path(bench.__file__).parent.glob("*.py"))
    return [path.stem for path in files if path.stem not in NOT_MEASUREMENTS and "\nHELP = " in path.read_text("utf-8")]


def run(options: Namespace) -> int:
    """Measure and print: line by line as figures are found, or all of them as JSON."""
    if options.json:
        print(options.as_json(options.measure(options)))
        return 0
    for figure in options.measure(options):
        print(as_line(figure), flush=True)
    return 0
