"""`stoppress topics add|list`: topics that readers can subscribe to."""

from argparse import Namespace, _SubParsersAction
from typing import Any

from stoppress.service.django_setup import migrate, set_up
from stoppress.service.errors import CommandError


def add_to(commands: "_SubParsersAction[Any]") -> None:
    """Declare the command and its options."""
    command = commands.add_parser("topics", help="add and list topics", description=__doc__)
    actions = command.add_subparsers(dest="action", metavar="ACTION", required=True)
    add = actions.add_parser("add", help="add a topic, which sign-up forms then offer")
    add.add_argument("slug", metavar="SLUG", help="part of its address, such as politics")
    add.add_argument("--name", required=True, help="name for readers")
    add.add_argument("--description", default="", help="one sentence about its mail")
    add.set_defaults(run=add_to_topics)
    actions.add_parser("list", help="list topics with their numbers of subscribers").set_defaults(run=list_topics)


def add_to_topics(options: Namespace) -> int:
    """Add a topic."""
    set_up()
    from stoppress.subscribers.topics import add_topic

    migrate()
    try:
        topic = add_topic(options.slug, options.name, options.description)
    except ValueError as error:
        raise CommandError(str(error)) from error
    print(f"Readers can now sign up for “{topic.name}”.")
    return 0


def list_topics(options: Namespace) -> int:
    """List topics."""
    set_up()
    from stoppress.subscribers.models import Topic
    from stoppress.subscribers.topics import breaking_topic, count_active_subscribers

    migrate()
    breaking_topic()
    for topic in Topic.objects.order_by("-listed", "slug"):
        retired = " (retired)" if topic.retired_at else ""
        print(f"{topic.slug:<40} {count_active_subscribers(topic):>10,}  {topic.name}{retired}")
    return 0
