"""`python -m bench pages`: pages per second, cost of publishing, and load of the origin behind a cache."""

from argparse import ArgumentParser, Namespace
from collections.abc import Iterator

from bench.figures import Figure

HELP = "pages per second beside nginx; the cost of publishing; pollers behind a cache"


def add_options(command: ArgumentParser) -> None:
    """Declare the options."""
    command.add_argument("--seconds", type=float, default=3.0, help="for each round (default: %(default)s)")


def measure(options: Namespace) -> Iterator[Figure]:
    """Yield the figures. The home folder is removed afterwards."""
    from bench.pages.cache_offload import measure_polling
    from bench.pages.page_installation import temporary_home
    from bench.pages.publishing_cost import measure_publishing
    from bench.pages.requests_per_second import measure_speed

    with temporary_home() as home:
        yield from measure_speed(home, options.seconds)
        yield from measure_publishing()
        yield from measure_polling(home)
