"""`stoppress bench pages`: how fast readers' pages are answered, and what publishing costs."""

from argparse import ArgumentParser, Namespace
from collections.abc import Iterator

from stoppress.service.bench.figures import Figure

HELP = "pages per second beside nginx; the cost of publishing; pollers behind a cache"


def add_options(command: ArgumentParser) -> None:
    """Declare the options."""
    command.add_argument("--seconds", type=float, default=3.0, help="for each round (default: %(default)s)")


def measure(options: Namespace) -> Iterator[Figure]:
    """Yield the figures."""
    yield from ()
