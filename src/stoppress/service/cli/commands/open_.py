"""`stoppress open SLUG --headline H`: open a live blog."""

from argparse import Namespace, _SubParsersAction
from typing import Any

from stoppress.runtime.clock import utc_now
from stoppress.service.cli.commands.import_ import STATES
from stoppress.service.django_setup import migrate, set_up
from stoppress.service.errors import CommandError


def add_to(commands: "_SubParsersAction[Any]") -> None:
    """Declare the command and its options."""
    command = commands.add_parser("open", help="open a live blog", description=__doc__)
    command.add_argument("slug", metavar="SLUG", help="end of its address, such as storm-maren")
    command.add_argument("--headline", required=True, help="what the story is, for readers")
    command.add_argument("--standfirst", default="", help="introduction above the posts")
    command.add_argument("--zone", default="", help="IANA time zone of its times; default: STOPPRESS_TIME_ZONE")
    command.add_argument("--language", default="", help="language of its page; default: the newsroom's own")
    command.add_argument("--state", choices=STATES, default="live", help="default: %(default)s")
    command.set_defaults(run=run)


def run(options: Namespace) -> int:
    """Open the live blog and print its address."""
    set_up()
    from django.conf import settings

    from stoppress.coverage.actions import open_blog
    from stoppress.coverage.choices import BlogState
    from stoppress.coverage.errors import InvalidContentError, SlugTakenError
    from stoppress.coverage.newsroom import newsroom

    migrate()
    try:
        blog = open_blog(
            slug=options.slug,
            headline=options.headline,
            standfirst=options.standfirst,
            zone=options.zone or settings.DEFAULT_ZONE,
            language=options.language,
            state=BlogState(options.state),
            by="command line",
            now=utc_now(),
        )
    except InvalidContentError as error:
        raise CommandError(f"{_option(error.field)}: {error}") from error
    except SlugTakenError as error:
        raise CommandError(str(error)) from error
    print(newsroom().absolute_url(f"/live/{blog.slug}"))
    return 0


def _option(field: str) -> str:
    return "SLUG" if field == "slug" else f"--{field}"
