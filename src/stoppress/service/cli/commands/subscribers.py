"""`stoppress subscribers import|export FILE.csv`: import or export subscribers and account for every row."""

import csv
import os
import sys
from argparse import Namespace, _SubParsersAction
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from io import TextIOWrapper
from pathlib import Path
from typing import Any, BinaryIO, TextIO

from stoppress.runtime.atomic_files import open_atomically
from stoppress.runtime.clock import utc_now
from stoppress.runtime.mail_masking import mask_mail_address
from stoppress.service.django_setup import migrate, set_up
from stoppress.service.errors import CommandError
from stoppress.service.progress_bar import ProgressBar

FORMATS = ["auto", "stoppress", "ghost", "listmonk", "mailchimp", "substack"]
FIELDS = ["email", "topic", "state", "frequency", "language", "zone", "requested_at", "confirmed_at", "unsubscribed_at"]


def add_to(commands: "_SubParsersAction[Any]") -> None:
    """Declare the command and its options."""
    command = commands.add_parser("subscribers", help="import or export lists of subscribers", description=__doc__)
    actions = command.add_subparsers(dest="action", metavar="ACTION", required=True)
    into = actions.add_parser(
        "import", help="import a list; existing, unsubscribed and suppressed addresses stay unchanged"
    )
    into.add_argument("file", metavar="FILE", help="CSV; - reads standard input")
    into.add_argument("--topic", default="breaking", help="topic of rows without one; default: %(default)s")
    into.add_argument(
        "--format", choices=FORMATS, default="auto", help="system that exported the file; default: %(default)s"
    )
    into.add_argument(
        "--as",
        dest="how",
        choices=["confirmed", "ask"],
        default="confirmed",
        help="confirmed: you vouch for their consent; ask: each address gets a mail to confirm. Default: %(default)s",
    )
    into.add_argument(
        "--column",
        metavar="FIELD=HEADING",
        action="append",
        default=[],
        help=f"column of a field, by heading or number, if it is not found by itself. Fields: {', '.join(FIELDS)}",
    )
    into.add_argument(
        "--only",
        metavar="HEADING=VALUE",
        action="append",
        default=[],
        help="import only rows with this value, such as Estado=activo; the others are rejected",
    )
    into.add_argument("--dry-run", action="store_true", help="read and report, change nothing")
    into.add_argument("--report", metavar="FILE", default="", help="CSV of refused rows: row, reason, address, detail")
    into.set_defaults(run=import_file)
    out = actions.add_parser("export", help="export all subscriptions")
    out.add_argument("file", metavar="FILE", help="CSV; - writes to standard output")
    out.add_argument("--topic", default="", help="export one topic only")
    out.set_defaults(run=export_file)


def import_file(options: Namespace) -> int:
    """Import the list and print the result of every row."""
    set_up()
    from stoppress.signup.lists import ImportRun, InvalidListError, import_subscribers, map_rows, read_records

    columns, only = _pairs("--column", options.column), _pairs("--only", options.only)
    if unknown := [field for field in columns if field not in FIELDS]:
        raise CommandError(f"--column: fields must be among {', '.join(FIELDS)}; got {unknown[0]!r}")
    migrate()
    import_run = ImportRun(
        topic=_topic(options.topic),
        origin=f"import of {'standard input' if options.file == '-' else Path(options.file).name}",
        now=utc_now(),
        must_confirm=options.how == "ask",
        dry_run=options.dry_run,
    )
    with ExitStack() as stack:
        file = stack.enter_context(_source(options.file))
        if options.report:
            import_run.on_rejected = stack.enter_context(_report(options.report))
        progress = stack.enter_context(ProgressBar(_size(options.file)))
        try:
            import_subscribers(
                progress.through(
                    map_rows(read_records(file), options.format, columns, only), file, lambda: import_run.report.read
                ),
                import_run,
            )
        except InvalidListError as error:
            raise CommandError(f"{options.file}: {error}") from error
    print("\n".join([*import_run.report.lines(), *(["Nothing was changed."] if options.dry_run else [])]))
    return 0


def export_file(options: Namespace) -> int:
    """Export the subscriptions and print their number on standard error."""
    set_up()
    from stoppress.signup.lists import export_subscriptions

    migrate()
    topic = _topic(options.topic) if options.topic else None
    count = 0
    with open_output(options.file) as file, ProgressBar(None) as progress:
        for count in export_subscriptions(file, topic):
            progress.show(count)
    print(f"{count:,} subscriptions exported", file=sys.stderr)
    return 0


def _pairs(option: str, values: list[str]) -> dict[str, str]:
    """Return `NAME=VALUE` arguments as a dictionary."""
    for value in values:
        if not all(part.strip() for part in (value.partition("=")[0], value.partition("=")[2])):
            raise CommandError(f"{option} must be NAME=VALUE; got {value!r}")
    return {name.strip(): rest.strip() for name, _, rest in (value.partition("=") for value in values)}


def _topic(slug: str) -> Any:
    from stoppress.subscribers.models import Topic
    from stoppress.subscribers.topics import breaking_topic

    breaking_topic()
    found = Topic.objects.filter(slug=slug).first()
    if found is None:
        there = ", ".join(Topic.objects.filter(listed=True).order_by("slug").values_list("slug", flat=True))
        raise CommandError(f"--topic must be one of {there}; got {slug!r}")
    return found


def _size(name: str) -> int | None:
    return None if name == "-" else Path(name).stat().st_size


@contextmanager
def _source(name: str) -> Iterator[BinaryIO]:
    if name == "-":
        yield sys.stdin.buffer
        return
    try:
        with Path(name).open("rb") as file:
            yield file
    except OSError as error:
        raise CommandError(f"{name}: {error.strerror or error}") from error


@contextmanager
def _report(name: str) -> Iterator[Any]:
    """Yield a function that writes one refused row, with its address masked."""
    from stoppress.runtime.formula_escaping import escape_formula
    from stoppress.service.log_format import redact

    with _file(name) as file:
        writer = csv.writer(file)
        writer.writerow(("row", "reason", "address", "detail"))

        def write_rejected(refused: Any) -> None:
            detail = redact(refused.detail)
            writer.writerow((refused.row, refused.reason, escape_formula(_mask(refused.email)), escape_formula(detail)))

        yield write_rejected


def _mask(email: str) -> str:
    email = email.strip()
    return mask_mail_address(email)[:100] if "@" in email else email[:1] + "…" if email else ""


@contextmanager
def open_output(name: str) -> Iterator[TextIO]:
    """Yield standard output, or a file that is written atomically.

    Raises:
        CommandError: the file cannot be written, or is a folder, pipe or device, which the new file would replace.
    """
    if name == "-":
        sys.stdout.reconfigure(encoding="utf-8", newline="")  # type: ignore[union-attr]  # a real stream, not a test's
        yield sys.stdout
        return
    try:
        if not name or (os.path.lexists(name) and not os.path.isfile(name)):  # noqa: PTH113  Path's raises if too long
            raise CommandError(f"{name!r} must be a new file or a regular file: it would be replaced")
        with open_atomically(Path(name)) as file:
            text = TextIOWrapper(file, encoding="utf-8", newline="")
            yield text
            text.detach()  # flushes
    except OSError as error:
        raise CommandError(f"{name}: {error.strerror or error}") from error


@contextmanager
def _file(name: str) -> Iterator[TextIO]:
    try:
        with Path(name).open("w", encoding="utf-8", newline="") as file:
            yield file
    except OSError as error:
        raise CommandError(f"{name}: {error.strerror or error}") from error
