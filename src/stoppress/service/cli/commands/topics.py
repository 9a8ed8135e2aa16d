"""`stoppress topics add|list`: what readers can sign up for."""

from argparse import Namespace, _SubParsersAction
from typing import Any

from stoppress.service.django_setup import migrate, set_up
from stoppress.service.errors import CommandError


def add_to(verbs: "_SubParsersAction[Any]") -> None:
    """Declare the command and its options."""
    command = verbs.add_parser("topics", help="what readers can sign up for", description=__doc__)
    actions = command.add_subparsers(dest="action", metavar="ACTION", required=True)
    add = actions.add_parser("add", help="add a section, which sign-up forms then offer")
    add.add_argument("slug", metavar="SLUG", help="its address, such as politics")
    add.add_argument("--name", required=True, help="as readers see it")
    add.add_argument("--description", default="", help="one sentence about what comes")
    add.set_defaults(run=add_one)
    actions.add_parser("list", help="all topics, and how many get them").set_defaults(run=list_topics)


def add_one(options: Namespace) -> int:
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
        print(f"{topic.slug:<40} {count_active_subscribers(topic):>10,}  {topic.name}{' (retired)' if topic.retired_at else ''}")
    return 0
