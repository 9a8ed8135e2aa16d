"""What the commands about people, tokens and the audit log share."""

from argparse import Namespace
from collections.abc import Callable
from functools import wraps
from typing import Any

from stoppress.service.django_setup import migrate, set_up
from stoppress.service.errors import CommandError


def desk_command(command: Callable[[Namespace], int]) -> Callable[[Namespace], int]:
    """Decorate a command: set up Django, migrate the database, and report what is not allowed as one line."""

    @wraps(command)
    def run(options: Namespace) -> int:
        set_up()
        from stoppress.runtime.errors import StopPressError

        migrate()
        try:
            return command(options)
        except StopPressError as error:
            raise CommandError(str(error)) from error

    return run


def find_live_blog(slug: str) -> Any:
    """Return the live blog with this slug; None for an empty one.

    Raises:
        CommandError: there is no such live blog.
    """
    from stoppress.coverage.errors import BlogNotFoundError
    from stoppress.coverage.public_posts import find_blog

    try:
        return find_blog(slug) if slug else None
    except BlogNotFoundError as error:
        raise CommandError(f"--live: {error}") from error
