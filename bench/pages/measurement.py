"""`python -m bench pages`: how fast pages are answered, what publishing costs, and what a cache leaves to us."""

from argparse import ArgumentParser, Namespace
from collections.abc import Iterator

from bench.figures import Figure

HELP = "pages per second beside nginx; the cost of publishing; pollers behind a cache"


def add_options(command: ArgumentParser) -> None:
    """Declare the options."""
    command.add_argument("--seconds", type=float, default=3.0, help="for each round (default: %(default)s)")


def measure(options: Namespace) -> Iterator[Figure]:
    """Yield the figures. Everything happens in a home folder that is thrown away."""
    from bench.pages.cache_offload import pollers
    from bench.pages.page_installation import temporary_home
    from bench.pages.publishing_cost import publishing
    from bench.pages.requests_per_second import speed

    with temporary_home() as home:
        yield from speed(home, options.seconds)
        yield from publishing()
        yield from pollers(home)
