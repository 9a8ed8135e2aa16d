"""`stoppress bench pages`: how fast pages are answered, what publishing costs, and what a cache leaves to us."""

from argparse import ArgumentParser, Namespace
from collections.abc import Iterator

from stoppress.service.bench.figures import Figure

HELP = "pages per second beside nginx; the cost of publishing; pollers behind a cache"


def add_options(command: ArgumentParser) -> None:
    """Declare the options."""
    command.add_argument("--seconds", type=float, default=3.0, help="for each round (default: %(default)s)")


def measure(options: Namespace) -> Iterator[Figure]:
    """Yield the figures. Everything happens in a home folder that is thrown away."""
    from stoppress.service.bench.pollers import pollers
    from stoppress.service.bench.publishing import publishing
    from stoppress.service.bench.speed import speed
    from stoppress.service.bench.trial import installation

    with installation() as home:
        yield from speed(home, options.seconds)
        yield from publishing()
        yield from pollers(home)
